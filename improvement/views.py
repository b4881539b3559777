"""The board of actions, a new action, and the page of one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from ccperf.core.exports import table_response, wanted_format
from ccperf.core.identifiers import as_id
from ccperf.core.pagination import paginate
from ccperf.metrics.alerts.models import Alert
from ccperf.people.access import require_capability
from ccperf.people.models import Person
from feedback.models import FeedbackItem
from feedback.themes.models import Theme
from improvement import measures, pages, selectors, services
from improvement.forms import ActionFilterForm, ActionForm
from improvement.forms_steps import AnswerForm
from improvement.models import ImprovementAction


@require_GET
@require_capability("actions.read")
def action_list(request: HttpRequest) -> HttpResponse:
    """Actions the user may see, narrowed by what stands in the address."""
    form = ActionFilterForm(request.GET or None, user=request.user)
    visible = ImprovementAction.objects.visible_to(request.user)
    filters = _filters(form) if request.GET else selectors.Filters(state="open")
    actions = selectors.narrow(visible, filters, request.user)
    kind = wanted_format(request)
    if kind:
        return table_response(kind, "actions", selectors.EXPORT_HEADER, selectors.export_rows(actions))
    counts = selectors.view_counts(visible, request.user)
    known = counts.get(filters.state or "all") if filters == selectors.Filters(state=filters.state) else None
    page = paginate(request, selectors.with_row_data(actions), count=known)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "rows": [selectors.row_of(action) for action in page.object_list],
        "counts": counts,
        "state": request.GET.get("state", "" if request.GET else "open"),
        "query": query.urlencode(),
        "narrowed": any(query.values()),
        "may_propose": request.user.access.can("actions.propose"),
    }
    return render(request, "improvement/action_list.html", context)


def _filters(form: ActionFilterForm) -> selectors.Filters:
    """The valid parts of what was asked; a part that makes no sense narrows nothing."""
    form.is_valid()
    data = {name: value for name, value in form.cleaned_data.items() if name not in form.errors}
    metric = data.get("metric")
    return selectors.Filters(
        words=data.get("q", ""),
        about=data.get("about", ""),
        metric_id=metric.pk if metric else None,
        verdict=data.get("verdict", ""),
        state=data.get("state", ""),
    )


@require_http_methods(["GET", "POST"])
@require_capability("actions.propose")
def action_create(request: HttpRequest) -> HttpResponse:
    """Propose an action: blank, or from a theme, an item, a signal or a measure."""
    form = ActionForm(request.POST or None, user=request.user, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        crowded = selectors.over_limit(form.asked())
        try:
            address, first = form.once(lambda: services.propose_action(by=request.user, **form.proposal()))
        except ValidationError as error:
            add_errors(form, error)
        else:
            if first:
                messages.success(request, "Proposed. Everybody named in it has been asked to answer.")
                for person, count in crowded:
                    actions = "action" if count == 1 else "actions"
                    messages.warning(
                        request, f"{person.name} has {count} open {actions} already. Fewer get done better."
                    )
                thin = measures.thin_measure(form.cleaned_data["person"], form.cleaned_data["metric"])
                if thin:
                    messages.warning(request, thin)
            return redirect(address)
    status = 422 if form.is_bound else 200
    return render(request, "improvement/action_create.html", {"form": form}, status=status)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the address says the action comes from; numbers the user may not see say nothing."""
    asked = {name: request.GET.get(name, "") for name in ("theme", "item", "alert", "team", "person")}
    initial: dict[str, Any] = {}
    if team := as_id(asked["team"]):
        initial["subject"] = f"team:{team}"
    if person := as_id(asked["person"]):
        initial["subject"] = f"person:{person}"
    if theme_id := as_id(asked["theme"]):
        theme = Theme.objects.visible_to(request.user).filter(pk=theme_id).first()
        if theme:
            initial |= {"theme": theme.pk, "why": f"People speak about it: {theme.name}."}
    if item_id := as_id(asked["item"]):
        initial |= _from_item(request, item_id)
    if alert_id := as_id(asked["alert"]):
        initial |= _from_alert(request, alert_id)
    # What the form itself asks with, when another subject is chosen, goes before where the page began.
    chosen = ("subject", "metric", "guard_metric")
    return initial | {name: request.GET[name] for name in chosen if name in request.GET}


def _from_item(request: HttpRequest, pk: int) -> dict[str, Any]:
    item = FeedbackItem.objects.visible_to(request.user).filter(pk=pk).first()
    if item is None:
        return {}
    found: dict[str, Any] = {"item": item.pk}
    # Everybody who is asked reads the reason: a note that its person has not been shown is not quoted there.
    if item.shared_at or not item.about_person_id:
        found["why"] = f"“{item.headline}” ({item.code})"
    if item.about_person_id:
        found["subject"] = f"person:{item.about_person_id}"
    elif item.team_id:
        found["subject"] = f"team:{item.team_id}"
    return found


def _from_alert(request: HttpRequest, pk: int) -> dict[str, Any]:
    alert = Alert.objects.visible_to(request.user).select_related("metric").filter(pk=pk).first()
    if alert is None:
        return {}
    why = f"{alert.metric.name}: {alert.words.lower()}. {alert.sentence}"
    return {"subject": f"team:{alert.team_id}", "metric": alert.metric.key, "why": why}


@require_GET
@require_capability("actions.read")
def action_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One action: verdict, chart, promises, check-ins, guard, and how it was agreed."""
    return action_page(request, get_action(request, pk))


def get_action(request: HttpRequest, pk: int) -> ImprovementAction:
    """The action with what its page joins, or 404 outside the user's scope."""
    visible = ImprovementAction.objects.visible_to(request.user)
    return get_object_or_404(pages.with_page_data(visible, request.user), pk=pk)


def action_page(
    request: HttpRequest, action: ImprovementAction, *, status: int = 200, **forms
) -> HttpResponse:
    """Render the page of an action, with a refused answer form where there is one."""
    page = pages.action_page(action, request.user)
    as_table = request.GET.get("view") == "table"
    context = {
        "page": page,
        "action": action,
        "as_table": as_table,
        "table": pages.table_of(page.figures) if as_table else (),
        "answer_form": AnswerForm(user=request.user, action=action),
        **forms,
    }
    return render(request, "improvement/action_detail.html", context, status=status)


def person_of(request: HttpRequest) -> Person | None:
    return getattr(request.user, "person", None)


def add_errors(form, error: ValidationError) -> None:
    """A service's refusal as errors of the form, beside the field where it has one."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for field, sentences in error.message_dict.items():
        form.add_error(field if field in form.fields else None, sentences)
