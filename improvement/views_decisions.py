"""Decisions on themes: the board, a new decision, the page of one, changing it and telling people."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.core.exports import table_response, wanted_format
from ccperf.core.forms import StaleEdit
from ccperf.core.identifiers import as_id
from ccperf.core.pagination import paginate
from ccperf.people.access import require_capability
from feedback.themes.models import Theme
from feedback.themes.opportunities import FEWEST_NEGATIVE
from improvement import deciding
from improvement import decision_board as boards
from improvement.decision_page import decision_page
from improvement.forms_decisions import BoardFilterForm, ChangeDecisionForm, DecisionForm, TellForm
from improvement.heard import WEEKS, heard_by
from improvement.models_decisions import ThemeDecision
from improvement.views import add_errors


@require_GET
@require_capability("actions.read")
def decision_list(request: HttpRequest) -> HttpResponse:
    """The board from heard to told, or all decisions of one stage, narrowed by what stands in the address."""
    user = request.user
    form = BoardFilterForm(request.GET, user=user)
    filters = _filters(form)
    kind = wanted_format(request)
    found = boards.narrow(ThemeDecision.objects.visible_to(user), filters)
    if kind:
        return table_response(kind, "decisions", boards.EXPORT_HEADER, boards.export_rows(found, user))
    query = request.GET.copy()
    for name in ("page", "stage"):
        query.pop(name, None)
    context: dict[str, Any] = {
        "form": form,
        "weeks": WEEKS,
        "fewest": FEWEST_NEGATIVE,
        "stage": filters.stage,
        "stages": ThemeDecision.Stage.choices,
        "query": query.urlencode(),
        "narrowed": any(query.values()),
        "may_decide": user.access.can("actions.propose"),
    }
    if filters.stage:
        context["page"] = page = paginate(request, boards.with_names(found))
        context["cards"] = boards.cards_of(page.object_list, user, withdrawn=True)
    else:
        context["columns"] = columns = boards.board(user, filters, found)
        context["is_empty"] = not any(column.cards or column.waiting for column in columns)
    return render(request, "improvement/decision_list.html", context)


def _filters(form: BoardFilterForm) -> boards.Filters:
    """The valid parts of what was asked; a part that makes no sense narrows nothing."""
    form.is_valid()
    data = {name: value for name, value in form.cleaned_data.items() if name not in form.errors}
    team = data.get("team")
    return boards.Filters(
        words=data.get("q", ""),
        kind=data.get("kind", ""),
        team_id=team.pk if team else None,
        stage=data.get("stage", ""),
        late=bool(data.get("late")),
    )


@require_http_methods(["GET", "POST"])
@require_capability("actions.propose")
def decision_create(request: HttpRequest) -> HttpResponse:
    """Decide about a theme; the figures shown are frozen with the decision."""
    user = request.user
    asked = as_id(request.GET.get("theme", ""))
    theme = Theme.objects.visible_to(user).live().filter(pk=asked).first() if asked else None
    initial = {"theme": theme.pk, "teams": request.GET.get("team") or None} if theme else {}
    form = DecisionForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            address, first = form.once(lambda: deciding.decide_theme(by=user, **form.decision()))
        except ValidationError as error:
            add_errors(form, error)
        else:
            if first:
                messages.success(request, "Decided. The figures of today are kept with it.")
            return redirect(address)
    heard = None
    if theme and not form.is_bound:
        if form.led and not form.undecided(theme):
            messages.info(request, "This is decided already. Change it here, or tell people what came of it.")
            return redirect(boards.open_decisions(theme.pk, [team.pk for team in form.led]).first())
        heard = heard_by(user, theme, form.chosen_teams(theme, initial["teams"]))
    context = {"form": form, "theme": theme, "heard": heard}
    status = 422 if form.is_bound else 200
    return render(request, "improvement/decision_create.html", context, status=status)


@require_GET
@require_capability("actions.read")
def decision_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision: what was heard, what was decided, what is done about it, what people were told."""
    return _page(request, _get_decision(request, pk))


@require_http_methods(["GET", "POST"])
@require_capability("actions.propose")
def decision_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide otherwise."""
    decision = _get_led(request, pk)
    names = ("kind", "combined_with", "reason", "owner", "due_on", "version")
    initial = {name: getattr(decision, name) for name in names}
    form = ChangeDecisionForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            changed = deciding.change_decision(
                decision=decision, by=request.user, version=version, **form.decided()
            )
        except StaleEdit as error:
            form.show_stale(error)
        except ValidationError as error:
            add_errors(form, error)
        else:
            untold = changed.told_text and not changed.told_on
            messages.success(request, f"Changed.{' The teams were told otherwise.' if untold else ''}")
            return redirect(decision)
    context = {"form": form, "decision": decision}
    status = 422 if form.is_bound else 200
    return render(request, "improvement/decision_change.html", context, status=status)


@require_POST
@require_capability("actions.propose")
def decision_tell(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the teams."""
    decision = _get_led(request, pk)
    form = TellForm(request.POST, user=request.user, initial={"version": decision.version})
    if form.is_valid():
        text, version = form.cleaned_data["text"], form.cleaned_data["version"]
        try:
            address, first = form.once(
                lambda: deciding.tell_decision(decision=decision, by=request.user, text=text, version=version)
            )
        except StaleEdit as error:
            form.show_stale(error)
        else:
            if first:
                messages.success(request, "Told. Everybody in the teams finds it in the inbox.")
            return redirect(address)
    return _page(request, decision, tell_form=form, status=422)


# ---- inside


def _get_decision(request: HttpRequest, pk: int) -> ThemeDecision:
    """The decision with what its page needs, or 404 outside the user's scope."""
    decisions = boards.with_stage(ThemeDecision.objects.visible_to(request.user))
    related = decisions.select_related("theme", "combined_with", "owner", "decided_by")
    return get_object_or_404(related.prefetch_related("teams"), pk=pk)


def _get_led(request: HttpRequest, pk: int) -> ThemeDecision:
    """The same for who leads or manages all its teams; 403 for others."""
    decision = _get_decision(request, pk)
    if not boards.covers(request.user, decision):
        raise PermissionDenied
    return decision


def _page(
    request: HttpRequest, decision: ThemeDecision, *, tell_form: TellForm | None = None, status: int = 200
) -> HttpResponse:
    page = decision_page(decision, request.user)
    if tell_form is None and page.may_change:
        tell_form = TellForm(user=request.user, initial={"version": decision.version})
    context = {"page": page, "decision": decision, "tell_form": tell_form}
    return render(request, "improvement/decision_detail.html", context, status=status)
