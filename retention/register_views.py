"""The leaver register: HR only, and every look at one entry is on record."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ccperf.audit.services import record
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.forms import StaleEdit
from ccperf.core.pagination import paginate
from ccperf.people.access import require_capability
from retention.forms import (
    LeaverEditForm,
    LeaverForm,
    ReasonsForm,
    RegisterFilterForm,
    RegisterStartForm,
    RemoveForm,
)
from retention.models import Leaver, RegisterStart
from retention.register import facts_of, initial_of, reason_groups, reasons_initial
from retention.selectors import (
    EXPORT_HEADER,
    export_rows,
    main_reasons,
    register_rows,
    tenure_days,
    unregistered_endings,
)
from retention.services import (
    LeaverFacts,
    correct_leaver,
    name_reasons,
    register_leaver,
    remove_leaver,
    set_register_start,
)


@require_safe
@require_capability("retention.read")
def leaver_list(request: HttpRequest) -> HttpResponse:
    form = RegisterFilterForm(request.GET, user=request.user)
    form.is_valid()
    rows = register_rows(request.user, form.cleaned_data)
    if kind := wanted_format(request):
        record("retention.register.exported", by=request.user, after={"format": kind, **_asked(request)})
        return table_response(kind, "leavers", EXPORT_HEADER, export_rows(rows))
    page = paginate(request, rows)
    reasons = main_reasons(page)
    ended = unregistered_endings(request.user, limit=6)
    context = {
        "form": form,
        "page": page,
        "rows": [(leaver, tenure_days(leaver), reasons.get(leaver.pk)) for leaver in page],
        "is_filtered": any(form.cleaned_data.values()),
        "unregistered": ended[:5],
        "has_more_unregistered": len(ended) > 5,
    }
    return render(request, "retention/leaver_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("retention.write")
def leaver_create(request: HttpRequest) -> HttpResponse:
    initial = {"employee": request.GET.get("employee", ""), "left_on": request.GET.get("left_on") or None}
    form = LeaverForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        facts = LeaverFacts(person=form.cleaned_data["employee"], reasons=form.given(), **form.leaving())
        try:
            address, _ = form.once(lambda: register_leaver(by=request.user, facts=facts))
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, "The leaving is in the register.")
            return redirect(address)
    return _form_page(request, form, "Enter a leaver", "Save the leaving")


@require_safe
@require_capability("retention.read")
def leaver_detail(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Leaver.objects.visible_to(request.user).select_related("person", "team", "site", "recorded_by")
    leaver = get_object_or_404(rows, pk=pk)
    record("retention.leaver.viewed", by=request.user, subject=leaver, about=leaver.person)
    context = {
        "leaver": leaver,
        "tenure": tenure_days(leaver),
        "groups": reason_groups(leaver),
        "may_write": request.user.access.can("retention.write"),
    }
    return render(request, "retention/leaver_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("retention.write")
def leaver_edit(request: HttpRequest, pk: int) -> HttpResponse:
    leaver = _leaver(request, pk)
    form = LeaverEditForm(request.POST or None, user=request.user, leaver=leaver, initial=initial_of(leaver))
    if request.method == "POST" and form.is_valid():
        try:
            correct_leaver(
                by=request.user,
                leaver=leaver,
                facts=facts_of(leaver, form.leaving()),
                version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
            )
        except (ValidationError, StaleEdit) as error:
            _show(form, error)
        else:
            messages.success(request, "The entry is corrected.")
            return redirect(leaver)
    return _form_page(request, form, f"Correct the entry of {leaver}", "Save the correction", leaver=leaver)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("retention.write")
def leaver_reasons(request: HttpRequest, pk: int) -> HttpResponse:
    leaver = _leaver(request, pk)
    form = ReasonsForm(request.POST or None, user=request.user, initial=reasons_initial(leaver, request.GET))
    if request.method == "POST" and form.is_valid():
        try:
            name_reasons(
                by=request.user, leaver=leaver, given=form.given(), version=form.cleaned_data["version"]
            )
        except (ValidationError, StaleEdit) as error:
            _show(form, error)
        else:
            messages.success(request, "The reasons are saved.")
            return redirect(leaver)
    return _form_page(request, form, f"Why {leaver} left", "Save the reasons", leaver=leaver)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("retention.write")
def leaver_remove(request: HttpRequest, pk: int) -> HttpResponse:
    leaver = _leaver(request, pk)
    form = RemoveForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            remove_leaver(by=request.user, leaver=leaver, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, "The entry is gone. The employment it ended is open again.")
            return redirect("retention:leaver-list")
    context = {
        "hint": "The employment this entry ended opens again. What was removed stays in the audit trail."
    }
    return _form_page(
        request,
        form,
        f"Remove the entry of {leaver}",
        "Remove the entry",
        leaver=leaver,
        danger=True,
        **context,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("retention.write")
def register_start(request: HttpRequest) -> HttpResponse:
    start = RegisterStart.objects.order_by("pk").first()
    initial = {"recorded_from": start.recorded_from if start else None}
    form = RegisterStartForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_register_start(by=request.user, recorded_from=form.cleaned_data["recorded_from"])
        messages.success(request, "The day is saved. Curves follow older starters from there.")
        return redirect("retention:leaver-list")
    return _form_page(request, form, "Since when leavers are recorded", "Save the day")


def _leaver(request: HttpRequest, pk: int) -> Leaver:
    rows = Leaver.objects.visible_to(request.user).select_related("person", "employment", "team", "site")
    return get_object_or_404(rows, pk=pk)


def _form_page(
    request: HttpRequest,
    form: Form,
    title: str,
    button: str,
    **context: object,
) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    page = {"form": form, "title": title, "button": button, **context}
    return render(request, "retention/form_page.html", page, status=status)


def _show(form: Form, error: ValidationError | StaleEdit) -> None:
    """Put what a service refused where the form can show it."""
    if isinstance(error, StaleEdit):
        form.show_stale(error)
        return
    fields = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for name, sentences in fields.items():
        form.add_error(name if name in form.fields else None, sentences)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {
        name: value for name, value in request.GET.items() if value and name not in ("page", "format", "q")
    }
