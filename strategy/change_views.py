"""Pages about changes: leaders nominate and score, managers decide, everyone reads what was approved."""

from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ccperf.core.dates import today
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.forms import StaleEdit
from ccperf.people.access import require_capability
from strategy.change_forms import (
    ChangeEditForm,
    ChangeFilterForm,
    DecideForm,
    MoveForm,
    NominateForm,
    ScoreForm,
    initial_of,
)
from strategy.change_services import (
    FLOW,
    NEEDS_A_REASON,
    correct_change,
    decide_change,
    move_change,
    nominate_change,
    score_change,
)
from strategy.models import Change, ChangeFactor, ChangeScore
from strategy.selectors import advice_for, calendar, changes_for
from strategy.views import form_page, show_refusal

EARLIEST, FURTHEST = date(1990, 1, 1), timedelta(days=3660)
HEADER = (
    "Change",
    "Kind",
    "Whose",
    "Status",
    "Asks effort from",
    "Goes live on",
    "Embedded by",
    "Size",
    "Hours a person",
    "Teams",
    "Needs active management",
    "Why",
    "Owner",
)
STEP_WORDS = {
    Change.Status.ASSESSED: "Mark as assessed",
    Change.Status.APPROVED: "Approve",
    Change.Status.IN_PROGRESS: "Start",
    Change.Status.LIVE: "Mark as live",
    Change.Status.EMBEDDED: "Mark as embedded",
    Change.Status.CLOSED: "Close",
    Change.Status.WITHDRAWN: "Withdraw",
}


@require_safe
@require_capability("strategy.read")
def change_list(request: HttpRequest) -> HttpResponse:
    form = ChangeFilterForm(request.GET, user=request.user)
    form.is_valid()
    rows = list(changes_for(request.user, form.cleaned_data))
    if kind := wanted_format(request):
        return table_response(kind, "changes", HEADER, [_row(change) for change in rows])
    context = {
        "form": form,
        "rows": rows,
        "calendar": calendar(rows, start=_start(request)),
        "undecided": [c for c in rows if c.status in (Change.Status.PROPOSED, Change.Status.ASSESSED)],
        "is_filtered": any(request.GET.get(name) for name in ("state", "category", "team")),
        "as_of": today(),
        **_rights(request),
    }
    return render(request, "strategy/change_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("strategy.propose")
def change_nominate(request: HttpRequest) -> HttpResponse:
    initial = {"origin": Change.Origin.OURS, "size": Change.Size.MEDIUM}
    form = NominateForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            address, first = form.once(lambda: nominate_change(by=request.user, facts=form.facts()))
        except ValidationError as error:
            show_refusal(form, error)
        else:
            if first:
                messages.success(request, "The change is nominated. Score it now, and ask others to.")
            return redirect(address)
    return _change_form(request, form, "Nominate a change", "Nominate the change", None)


@require_safe
@require_capability("strategy.read")
def change_detail(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    advice = advice_for(change)
    rights = _rights(request)
    may_decide = rights["may_write"] and change.status in (Change.Status.ASSESSED, Change.Status.APPROVED)
    initial = {
        "version": change.version,
        "outcome": change.outcome or (advice.outcome if advice else None),
        "reason": change.outcome_reason,
    }
    context = {
        "change": change,
        "advice": advice,
        "advised": Change.Outcome(advice.outcome).label if advice else "",
        "events": change.events.all(),
        "steps": [(status, STEP_WORDS[status], status in NEEDS_A_REASON) for status in FLOW[change.status]]
        if rights["may_write"]
        else [],
        "decide_form": DecideForm(user=request.user, initial=initial) if may_decide else None,
        "may_score": rights["may_propose"]
        and change.status in (Change.Status.PROPOSED, Change.Status.ASSESSED),
        "may_edit": _may_edit(request, change),
        "is_terms": change.category in (Change.Category.PEOPLE, Change.Category.ORGANISATION),
        **rights,
    }
    return render(request, "strategy/change_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("strategy.propose", "strategy.write")
def change_edit(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    if not FLOW[change.status]:
        messages.error(request, "This change is finished and stays as it is. Nominate a new one.")
        return redirect(change)
    if not _may_edit(request, change):
        raise PermissionDenied
    form = ChangeEditForm(request.POST or None, user=request.user, initial=initial_of(change))
    if request.method == "POST" and form.is_valid():
        try:
            correct_change(
                by=request.user, change=change, facts=form.facts(), version=form.cleaned_data["version"]
            )
        except (ValidationError, StaleEdit) as error:
            show_refusal(form, error)
        else:
            messages.success(request, "The change is corrected.")
            return redirect(change)
    return _change_form(request, form, f"Correct {change}", "Save the correction", change)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("strategy.propose")
def change_score(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    factors = list(ChangeFactor.objects.filter(is_active=True))
    form = ScoreForm(
        request.POST or None, user=request.user, factors=factors, initial=_answered(request, change)
    )
    if request.method == "POST" and form.is_valid():
        try:
            score_change(by=request.user, change=change, levels=form.levels(), reasons=form.reasons())
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, "Your answers are saved.")
            return redirect(change)
    return form_page(
        request,
        form,
        title=f"Score {change}",
        button="Save my answers",
        back=change.get_absolute_url(),
        hint="Answer for yourself before you look at what others said. Where you differ is worth a talk.",
    )


@require_POST
@require_capability("strategy.write")
def change_decide(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    form = DecideForm(request.POST, user=request.user, initial={"version": change.version})
    if form.is_valid():
        try:
            decide_change(
                by=request.user,
                change=change,
                outcome=form.cleaned_data["outcome"],
                reason=form.cleaned_data["reason"],
                version=form.cleaned_data["version"],
            )
        except (ValidationError, StaleEdit) as error:
            show_refusal(form, error)
        else:
            messages.success(request, "The decision is written down with its reason.")
            return redirect(change)
    return form_page(
        request, form, title=f"Decide on {change}", button="Save the decision", back=change.get_absolute_url()
    )


@require_POST
@require_capability("strategy.write")
def change_move(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    form = MoveForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            moved = move_change(
                by=request.user,
                change=change,
                to_status=form.cleaned_data["to_status"],
                text=form.cleaned_data["text"],
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{change} is now {moved.get_status_display().lower()}.")
            return redirect(change)
    return form_page(
        request, form, title=f"Move {change} on", button="Move it on", back=change.get_absolute_url()
    )


def _change(request: HttpRequest, pk: int) -> Change:
    rows = Change.objects.visible_to(request.user).select_related(
        "owner", "sponsor", "nominated_by", "decided_by"
    )
    return get_object_or_404(rows.prefetch_related("teams", "queues__site", "metrics"), pk=pk)


def _change_form(request: HttpRequest, form, title: str, button: str, change: Change | None) -> HttpResponse:
    context = {"form": form, "title": title, "button": button, "change": change}
    status = 422 if request.method == "POST" else 200
    return render(request, "strategy/change_form.html", context, status=status)


def _rights(request: HttpRequest) -> dict[str, bool]:
    access = request.user.access
    return {"may_propose": access.can("strategy.propose"), "may_write": access.can("strategy.write")}


def _may_edit(request: HttpRequest, change: Change) -> bool:
    """Managers correct any open change; who nominated one corrects it until it is decided."""
    if not FLOW[change.status]:
        return False
    own = change.nominated_by_id is not None and change.nominated_by_id == request.user.access.person_id
    early = change.status in (Change.Status.PROPOSED, Change.Status.ASSESSED)
    return request.user.access.can("strategy.write") or (own and early)


def _answered(request: HttpRequest, change: Change) -> dict[str, object]:
    """What this assessor answered before; never what others did."""
    initial: dict[str, object] = {}
    mine = ChangeScore.objects.filter(change=change, assessor_id=request.user.access.person_id)
    for key, level, reason in mine.values_list("factor__key", "level", "reason"):
        initial |= {f"level_{key}": level, f"reason_{key}": reason}
    return initial


def _start(request: HttpRequest) -> date | None:
    """The first day of the calendar; what is unreadable or beyond any plan is the usual."""
    try:
        start = date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None
    return start if EARLIEST <= start <= today() + FURTHEST else None


def _row(change: Change) -> tuple:
    return (
        change.title,
        change.get_category_display(),
        change.get_origin_display(),
        change.get_status_display(),
        change.starts_on,
        change.goes_live_on,
        change.ends_on,
        change.get_size_display(),
        change.hours_per_person,
        ", ".join(team.name for team in change.teams.all()) or "All",
        change.get_outcome_display(),
        change.outcome_reason,
        change.owner.name if change.owner else "",
    )
