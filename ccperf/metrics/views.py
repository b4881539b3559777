"""The catalogue of measures: definitions and versions, what depends on them, how they spread, and targets."""

from collections import Counter
from datetime import date, timedelta

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from ccperf.core.charts import plotly_spec, run_chart_figure
from ccperf.core.dates import today
from ccperf.core.exports import table_response, wanted_format
from ccperf.metrics import reach, tables, wording
from ccperf.metrics.boards import KEPT_SECONDS, check_of_days, key_of, single_reading
from ccperf.metrics.dependants import dependants_of
from ccperf.metrics.derivation import definitions_on
from ccperf.metrics.forms import SPAN_CHOICES, PeriodForm
from ccperf.metrics.models import MetricDefinition, MetricTarget, MetricVersion
from ccperf.metrics.readings import rows_url
from ccperf.metrics.scopes import AGENT, TEAM
from ccperf.metrics.selectors import Catalogue, Freshness, Window, catalogue, freshness, usual_end, window
from ccperf.metrics.spreading import completeness, spreads
from ccperf.metrics.terms import version_on
from ccperf.metrics.versions import check


@require_GET
def metric_list(request: HttpRequest) -> HttpResponse:
    """The catalogue of measures with formula, direction and today's target; definitions name nobody.

    Who configures measures also sees drafts and what is retired.
    """
    known = catalogue(freshness())
    may_configure = request.user.access.can("metrics.configure")
    query = request.GET.get("q", "").strip().lower()
    state = request.GET.get("state", "") if may_configure else ""
    chosen = known.metrics if not state else [item for item in known.every if wording.state_of(item) == state]
    rows = [
        (metric, tables.general_target(known.targets, metric))
        for metric in chosen
        if query in f"{metric.name} {metric.short_name} {metric.key}".lower()
    ]
    if kind := wanted_format(request):
        return table_response(kind, "Measures", wording.HEADER, wording.studio_rows(rows, known))
    context = {"rows": rows, "q": request.GET.get("q", ""), "state": state, "may_configure": may_configure}
    if may_configure:
        counts = Counter(wording.state_of(metric) for metric in known.every)
        context["states"] = [("", "active", counts["active"])]
        context["states"] += [(name, name, counts[name]) for name in ("planned", "draft", "retired")]
        context["drafts"] = dict(
            MetricVersion.objects.filter(starts_on__isnull=True).values_list("metric_id", "number")
        )
    return render(request, "metrics/metric_list.html", context)


@require_GET
def metric_detail(request: HttpRequest, key: str) -> HttpResponse:
    """One measure: its definition on the last day shown, targets, and its run chart for ``?scope=``.

    ``?view=data`` shows who uses it, how it spreads and how complete it is instead. A measure that was never
    published is shown by its draft, to those who configure measures.
    """
    fresh = freshness()
    known = catalogue(fresh)
    metric = reach.metric_of(key, known)
    may_configure = request.user.access.can("metrics.configure")
    if wording.state_of(metric) == "draft" and not metric.history:
        if may_configure:
            return redirect("metrics:draft-detail", key)
        raise Http404
    by, count, end = PeriodForm(request.GET, user=request.user).chosen()
    until = end - timedelta(days=1) if end else today()
    context = {"today": today(), "until": until, "end": end, "fresh": fresh}
    if request.GET.get("view") == "data":
        context |= {"as_data": True, "metric": metric.definition_on(until), "state": wording.state_of(metric)}
        context["dependants"] = dependants_of(request.user, metric, known)
        context |= _around(request, metric, fresh)
    else:
        context |= _definition_context(metric, known, until)
        span = window(by, count, before=end or usual_end(fresh))
        context |= {"span": f"{by}-{count}", "spans": SPAN_CHOICES}
        context |= _run_context(request, metric, span, fresh, min(until, today()))
    if kind := wanted_format(request):
        return _file(kind, context)
    if may_configure:
        context["may_configure"] = True
        context["draft"] = metric.versions.filter(starts_on__isnull=True).first()
    return render(request, "metrics/metric_detail.html", context)


def _file(kind: str, context: dict) -> HttpResponse:
    """The table of the half that is shown; 404 for who may see the definition only."""
    metric = context["metric"]
    if context.get("complete"):
        rows = tables.complete_rows(context["complete"])
        return table_response(kind, f"{metric.short_name} completeness", tables.COMPLETE, rows)
    if not context.get("reading"):
        raise Http404
    rows = tables.period_rows([context["reading"]])
    return table_response(kind, f"{metric.short_name} {context['place'].name}", tables.PERIODS, rows)


def _definition_context(metric: MetricDefinition, known: Catalogue, day: date) -> dict:
    """The definition in force on a day, targets and all versions, with the worked examples run again."""
    targets = MetricTarget.objects.filter(metric=metric).select_related("site", "team").order_by("-starts_on")
    names = {item.pk: item.name for item in known.every}
    terms = metric.definition_on(day)
    return {
        "metric": terms,
        "state": wording.state_of(metric),
        "version": version_on(metric.history, day),
        "guard": next((item for item in known.every if item.pk == terms.guard_id), None),
        "targets": [(row, tables.target_text(row, metric)) for row in targets],
        "versions": wording.version_rows(metric, names),
        "checked": check(metric.key, terms, definitions_on(known.every, day)),
        "pooling": wording.POOLING,
    }


def _run_context(
    request: HttpRequest, metric: MetricDefinition, span: Window, fresh: Freshness, day: date
) -> dict:
    """The run chart of one subject, its table, and the way to its rows; nothing for who has no subject."""
    subject = request.GET.get("scope") or reach.usual_subject(request.user)
    if not subject:
        return {}
    place = reach.place_for(request.user, subject, day)
    reading = single_reading(request.user, place, metric, span, fresh)
    context = {
        "place": place,
        "reading": reading,
        "hidden": {"scope": subject},
        "rows_url": rows_url(metric, place.scope.subject, span.start, span.last_day),
        "may_propose": place.scope.kind in {AGENT, TEAM} and request.user.access.can("actions.propose"),
        "may_nominate": request.user.access.can("strategy.propose"),
        "person_id": place.scope.id if place.scope.kind == AGENT else None,
    }
    if reading:
        context["figure"] = run_chart_figure(reading.chart)
        context["spec"] = plotly_spec(reading.chart)
        context["periods"] = tables.single_rows(reading)
        context["day_check"] = check_of_days(metric, place.scope) if span.by == "day" else None
    return context


def _around(request: HttpRequest, metric: MetricDefinition, fresh: Freshness) -> dict:
    """How the measure spreads and how complete it is; figures are kept until a sum changes."""
    if not request.user.access.can("metrics.read"):
        return {}
    team_ids = sorted(request.user.access.scope_team_ids)
    key = key_of("around", fresh, metric.pk, team_ids)
    kept = cache.get(key)
    if kept is None:
        kept = (*spreads(metric, fresh), *completeness(metric, team_ids, fresh))
        cache.set(key, kept, KEPT_SECONDS)
    names = ("month", "spreads", "days_window", "complete")
    return dict(zip(names, kept, strict=True))
