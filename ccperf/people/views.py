"""Pages of people for the administrator: who works here, as what, where, and who may sign in."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.audit.services import record
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.forms import StaleEdit
from ccperf.core.identifiers import as_id
from ccperf.core.models import Submission
from ccperf.core.pagination import paginate
from ccperf.people import selectors, services, services_accounts, services_teams
from ccperf.people.access import require_capability
from ccperf.people.forms import (
    AccountForm,
    InvitationForm,
    LeaveForm,
    MoveForm,
    PersonForm,
    RolesForm,
    SpanForm,
    open_teams,
)
from ccperf.people.models import Membership, Person, Role, Site, Span, User
from ccperf.people.naming import free_login_name

FILTERS = ("query", "site", "team", "role", "status")


@dataclass(frozen=True)
class LeadsTo:
    """What ``SubmissionMixin.once`` remembers: the page a form leads to, here never one with figures."""

    address: str

    def get_absolute_url(self) -> str:
        return self.address


def sent_before(request: HttpRequest) -> str:
    """Where this very form led when it was sent before, else an empty string.

    Asked before the form is checked: once the first press has saved, the second finds its names taken.
    """
    token = request.POST.get("submission", "")
    rows = Submission.objects.filter(user=request.user, token=token) if token else Submission.objects.none()
    return rows.values_list("address", flat=True).first() or ""


def attempt(form: Form, save: Callable[[], object]) -> bool:
    """Run a service for a valid form; what it refuses becomes an error of the form."""
    if not form.is_valid():
        return False
    try:
        save()
    except StaleEdit as refusal:
        form.show_stale(refusal)
        return False
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    return True


def form_page(
    request: HttpRequest, form: Form, *, title: str, button: str, back: str, **more: object
) -> HttpResponse:
    """A page that is one form; 422 when what was sent cannot be saved."""
    context = {"form": form, "title": title, "button": button, "back": back, **more}
    return render(request, "people/form_page.html", context, status=422 if form.errors else 200)


@require_GET
@require_capability("people.manage")
def person_list(request: HttpRequest) -> HttpResponse:
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    people = selectors.people_list(user=request.user, **chosen)
    if kind := wanted_format(request):
        rows = selectors.person_rows(list(people))
        record("people.list.exported", by=request.user, after={"rows": len(rows), "filters": chosen})
        return table_response(kind, "people", selectors.EXPORT_HEADER, map(selectors.export_line, rows))
    page = paginate(request, people)
    context = {
        "page": page,
        "rows": selectors.person_rows(list(page)),
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "sites": Site.objects.order_by("name"),
        "teams": open_teams(),
        "roles": Role.choices,
        "statuses": selectors.STATUSES.items(),
    }
    return render(request, "people/person_list.html", context)


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def person_invite(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None, user=request.user)
    if address := sent_before(request):
        return redirect(address)
    if request.method == "POST" and form.is_valid():
        try:
            address, _ = form.once(lambda: LeadsTo(_page_of(_invite(request, form.cleaned_data))))
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect(address)
    return form_page(
        request,
        form,
        title="Invite a person",
        button="Send invitation",
        back=reverse("people:person-list"),
        hint="The person gets an e-mail with a link to set a password. Nothing else is sent.",
    )


def _invite(request: HttpRequest, data: dict) -> Person:
    fields = ("name", "email", "role", "starts_on", "employee_number", "team", "leads", "site")
    invitation = services_accounts.Invitation(
        **{name: data[name] for name in fields},
        username=data["username"] or _free_username(data["name"]),
    )
    return services_accounts.invite_person(
        by=request.user, invitation=invitation, address=request.build_absolute_uri("/").rstrip("/")
    )


def _free_username(name: str) -> str:
    return free_login_name(name, lambda wanted: User.objects.filter(username__iexact=wanted).exists())


def _person(request: HttpRequest, pk: int) -> Person:
    return get_object_or_404(Person.objects.visible_to(request.user).select_related("user"), pk=pk)


def _page_of(person: Person) -> str:
    return reverse("people:person-edit", args=[person.pk])


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    initial = {
        "name": person.name,
        "email": person.email,
        "employee_number": person.employee_number,
        "version": person.version,
    }
    form = PersonForm(request.POST or None, user=request.user, person=person, initial=initial)
    if request.method == "POST" and attempt(
        form, lambda: services.update_person(by=request.user, person=person, **form.cleaned_data)
    ):
        messages.success(request, "The details were saved.")
        return redirect(_page_of(person))
    awaits = services_accounts.awaits_password(person.user)
    context = {
        "form": form,
        "person": person,
        "file": selectors.person_file(person),
        "awaits_password": awaits,
        # Without a mail server the administrator hands the link over; it is never shown once it was used.
        "link": request.build_absolute_uri(services_accounts.password_link(person.user))
        if awaits and not settings.EMAIL_URL_HOST
        else "",
        "link_days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    return render(request, "people/person_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def person_roles(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    held = list(person.role_assignments.on().values_list("role", flat=True))
    form = RolesForm(
        request.POST or None, user=request.user, initial={"roles": held, "version": person.version}
    )
    if request.method == "POST" and attempt(
        form, lambda: services.set_roles(by=request.user, person=person, **form.cleaned_data)
    ):
        messages.success(request, f"The roles of {person} hold from now on.")
        return redirect(_page_of(person))
    return form_page(
        request, form, title=f"Roles of {person}", button="Save roles", back=_page_of(person), person=person
    )


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def person_move(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    form = MoveForm(request.POST or None, user=request.user, initial={"version": person.version})
    if request.method == "POST" and attempt(
        form, lambda: services_teams.move_to_team(by=request.user, person=person, **form.cleaned_data)
    ):
        messages.success(request, "The move was recorded.")
        return redirect(_page_of(person))
    return form_page(
        request, form, title=f"Move {person}", button="Record move", back=_page_of(person), person=person
    )


@require_POST
@require_capability("people.manage")
def move_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    people = Person.objects.visible_to(request.user)
    move = get_object_or_404(Membership.objects.filter(person__in=people).select_related("person"), pk=pk)
    try:
        services_teams.remove_future_move(by=request.user, membership=move)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "The planned move was taken back.")
    return redirect(_page_of(move.person))


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def person_leave(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    form = LeaveForm(request.POST or None, user=request.user)
    if request.method == "POST" and attempt(
        form, lambda: services.end_employment(by=request.user, person=person, **form.cleaned_data)
    ):
        messages.success(request, "The last day was recorded. Team, roles and account end with it.")
        return redirect(_page_of(person))
    return form_page(
        request,
        form,
        title=f"Last day of {person}",
        button="Record last day",
        back=_page_of(person),
        person=person,
        hint="Membership, leadership, roles and the account end after that day. Records of the past stay.",
    )


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def span_give(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    form = SpanForm(request.POST or None, user=request.user)
    if request.method == "POST" and attempt(
        form,
        lambda: services_teams.give_span(
            by=request.user,
            person=person,
            **{name: form.cleaned_data[name] for name in ("site", "team", "on")},
        ),
    ):
        messages.success(request, f"{person} is responsible for it from that day.")
        return redirect(_page_of(person))
    return form_page(
        request,
        form,
        title=f"Responsibility of {person}",
        button="Give responsibility",
        back=_page_of(person),
        person=person,
    )


@require_POST
@require_capability("people.manage")
def span_end(request: HttpRequest, pk: int) -> HttpResponse:
    people = Person.objects.visible_to(request.user)
    span = get_object_or_404(Span.objects.filter(person__in=people).select_related("person"), pk=pk)
    services_teams.end_span(by=request.user, span=span, on=services.today())
    messages.success(request, "The responsibility has ended.")
    return redirect(_page_of(span.person))


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def account_open(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    form = AccountForm(
        request.POST or None, user=request.user, initial={"username": _free_username(person.name)}
    )
    if person.user_id:
        return redirect(_page_of(person))
    address = request.build_absolute_uri("/").rstrip("/")
    if request.method == "POST" and attempt(
        form,
        lambda: services_accounts.open_account(
            by=request.user, person=person, username=form.cleaned_data["username"], address=address
        ),
    ):
        messages.success(request, "The account is open and the invitation was sent.")
        return redirect(_page_of(person))
    return form_page(
        request,
        form,
        title=f"Account for {person}",
        button="Open account",
        back=_page_of(person),
        person=person,
    )


@require_POST
@require_capability("people.manage")
def invitation_send(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    if not services_accounts.awaits_password(person.user):
        messages.error(request, "This person has a password already, or no open account.")
    elif services_accounts.send_invitation(person, request.build_absolute_uri("/").rstrip("/")):
        record("people.invitation.sent", by=request.user, subject=person, about=person)
        messages.success(request, f"The invitation was sent to {person.user.email}.")
    else:
        messages.error(
            request, "The mail server did not take the invitation. Try again, or hand the link over."
        )
    return redirect(_page_of(person))


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def account_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    if request.method == "POST":
        version = as_id(request.POST.get("version")) or 0
        try:
            services_accounts.deactivate_account(by=request.user, person=person, version=version)
        except (StaleEdit, ValidationError) as refusal:
            text = str(refusal) if isinstance(refusal, StaleEdit) else " ".join(refusal.messages)
            context = {"person": person, "problem": text}
            return render(request, "people/account_deactivate.html", context, status=422)
        messages.success(request, f"{person} can no longer sign in.")
        return redirect(_page_of(person))
    return render(request, "people/account_deactivate.html", {"person": person})


@require_POST
@require_capability("people.manage")
def account_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    services_accounts.reactivate_account(by=request.user, person=person, version=person.version)
    messages.success(request, f"{person} can sign in again, with the password from before.")
    return redirect(_page_of(person))
