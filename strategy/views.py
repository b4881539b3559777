"""Pages about objectives: everyone reads what is published, managers write."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ccperf.core.dates import today
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.forms import StaleEdit
from ccperf.people.access import require_capability
from strategy.forms import CloseForm, ConfirmForm, ObjectiveEditForm, ObjectiveForm, initial_of
from strategy.models import Objective
from strategy.selectors import objectives_for
from strategy.services import change_objective, close_objective, confirm_objective, set_objective
from strategy.sight import Sight, sight_map

HEADER = (
    "Objective",
    "Title",
    "Level",
    "Owner",
    "Source",
    "Status",
    "Measure",
    "Shows",
    "Target",
    "Now, four weeks or more",
    "n",
    "Reaches it",
    "Actions",
)


@require_safe
@require_capability("strategy.read")
def objective_list(request: HttpRequest) -> HttpResponse:
    level, with_closed = request.GET.get("level", ""), request.GET.get("closed") == "1"
    objectives = objectives_for(request.user, level=level, with_closed=with_closed)
    found = sight_map(request.user, objectives)
    if kind := wanted_format(request):
        return table_response(kind, "objectives", HEADER, _rows(found.sights))
    context = {
        "found": found,
        "gaps": found.gaps,
        "level": level,
        "levels": Objective.Level.choices,
        "with_closed": with_closed,
        "as_table": request.GET.get("view") == "table",
        "as_of": today(),
        "to_confirm": next((o for o in objectives if o.status == Objective.Status.TO_CONFIRM), None),
        **_rights(request),
    }
    return render(request, "strategy/objective_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("strategy.write")
def objective_create(request: HttpRequest) -> HttpResponse:
    initial = {"starts_on": today().replace(month=1, day=1), "level": Objective.Level.CENTRE}
    form = ObjectiveForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            address, first = form.once(
                lambda: set_objective(
                    by=request.user,
                    facts=form.facts(),
                    measures=form.measures(),
                    publish="publish" in request.POST,
                )
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            if first:
                messages.success(request, "The objective is saved.")
            return redirect(address)
    return _objective_form(request, form, "Set an objective", None)


@require_safe
@require_capability("strategy.read")
def objective_detail(request: HttpRequest, pk: int) -> HttpResponse:
    objective = _objective(request, pk)
    below = list(Objective.objects.visible_to(request.user).open().filter(parent=objective))
    context = {
        "objective": objective,
        "sight": sight_map(request.user, [objective]).sights[0],
        "below": below,
        "as_of": today(),
        **_rights(request),
    }
    return render(request, "strategy/objective_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("strategy.write")
def objective_edit(request: HttpRequest, pk: int) -> HttpResponse:
    objective = _objective(request, pk)
    form = ObjectiveEditForm(
        request.POST or None, user=request.user, objective=objective, initial=initial_of(objective)
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_objective(
                by=request.user,
                objective=objective,
                facts=form.facts(),
                measures=form.measures(),
                version=form.cleaned_data["version"],
            )
        except (ValidationError, StaleEdit) as error:
            show_refusal(form, error)
        else:
            messages.success(request, "The objective is changed. What serves it must be confirmed again.")
            return redirect(objective)
    return _objective_form(request, form, f"Change {objective.reference}", objective)


@require_POST
@require_capability("strategy.write")
def objective_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    objective = _objective(request, pk)
    form = ConfirmForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, "Nothing was confirmed. Open the objective and confirm it there.")
        return redirect(objective)
    try:
        confirm_objective(by=request.user, objective=objective, version=form.cleaned_data["version"])
    except StaleEdit:
        messages.error(request, "Somebody changed the objective in the meantime. Read it, then confirm it.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{objective.reference} is confirmed.")
    return redirect(objective)


@require_http_methods(["GET", "HEAD", "POST"])
@require_capability("strategy.write")
def objective_close(request: HttpRequest, pk: int) -> HttpResponse:
    objective = _objective(request, pk)
    form = CloseForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        close_objective(by=request.user, objective=objective, reason=form.cleaned_data["reason"])
        messages.success(request, f"{objective.reference} is closed.")
        return redirect(objective)
    return form_page(
        request,
        form,
        title=f"Close {objective.reference}",
        button="Close the objective",
        back=objective.get_absolute_url(),
        hint="It stays readable. What serves it must be confirmed again.",
    )


def _objective(request: HttpRequest, pk: int) -> Objective:
    rows = Objective.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("owner", "team", "site", "parent", "confirmed_by"), pk=pk)


def _objective_form(
    request: HttpRequest, form: Form, title: str, objective: Objective | None
) -> HttpResponse:
    context = {"form": form, "title": title, "objective": objective}
    status = 422 if request.method == "POST" else 200
    return render(request, "strategy/objective_form.html", context, status=status)


def form_page(request: HttpRequest, form: Form, **context: Any) -> HttpResponse:
    """A page that is one form; 422 when it was sent and refused."""
    status = 422 if request.method == "POST" else 200
    return render(request, "strategy/form_page.html", {"form": form, **context}, status=status)


def show_refusal(form: Form, error: ValidationError | StaleEdit) -> None:
    """Put what a service refused where the form can show it."""
    if isinstance(error, StaleEdit):
        form.show_stale(error)
        return
    fields = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for name, sentences in fields.items():
        form.add_error(name if name in form.fields else None, sentences)


def _rights(request: HttpRequest) -> dict[str, bool]:
    access = request.user.access
    return {
        "may_write": access.can("strategy.write"),
        "may_open_metrics": access.can("metrics.read") or access.can("metrics.catalogue"),
    }


def _rows(sights: Sequence[Sight]) -> list[tuple[Any, ...]]:
    """One line per measure; an objective without one still has its line."""
    rows = []
    for sight in sights:
        objective = sight.objective
        head = (
            objective.reference,
            objective.title,
            objective.get_level_display(),
            objective.owner.name,
            f"{objective.source_document} {objective.source_place}".strip(),
            objective.get_status_display(),
        )
        for line in sight.lines:
            rows.append(
                (
                    *head,
                    line.name if line.metric else f"Still wanted: {line.name}",
                    line.measure.get_part_display(),
                    line.target or ("none set" if line.metric else ""),
                    line.now,
                    line.n,
                    line.assurance_words,
                    line.action_count,
                )
            )
        if not sight.lines:
            rows.append((*head, "nobody measures it", "", "", "", "", "", ""))
    return rows
