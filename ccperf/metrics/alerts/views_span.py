"""A manager's span: what is beyond noise first, then one measure of every team compared fairly."""

from datetime import date
from typing import Any

from django.core.cache import cache
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from ccperf.core.exports import table_response, wanted_format
from ccperf.metrics import reach, tables
from ccperf.metrics.alerts.selectors import signals_of, watched
from ccperf.metrics.boards import (
    KEPT_SECONDS,
    key_of,
    place_of_team,
    resets_of,
    team_readings,
)
from ccperf.metrics.comparing import comparison
from ccperf.metrics.forms import WEEKS, PeriodForm
from ccperf.metrics.markers import happenings
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.month_to_date import month_to_date, months_of, span_sums
from ccperf.metrics.readings import Place, Reading
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import FIRST_DAY, Freshness, Window, catalogue, freshness, usual_end, window
from ccperf.people.access import require_capability
from ccperf.people.models import Team

FUNNEL_SPANS = [(WEEKS, "Last 12 weeks"), ("week-26", "Last 26 weeks"), ("week-52", "Last 52 weeks")]
FINDINGS_SHOWN = 8


@require_GET
@require_capability("metrics.read")
def span(request: HttpRequest) -> HttpResponse:
    """The reader's teams: signals with what may have caused them, then one measure as a funnel.

    Whoever has one team is led to it: there is nothing to compare it with.
    """
    teams = list(
        reach.teams_of(request.user).select_related("site").annotate(looked_at=F("watch__looked_at"))
    )
    if len(teams) == 1 and not request.GET:
        return redirect(teams[0])
    if request.GET.get("view") == "table":
        return _every_measure(request, teams)
    fresh = freshness()
    seen = watched(teams)
    by, count, end = PeriodForm(request.GET, user=request.user).chosen()
    weeks = window("week", count if by == "week" else 12, before=end or usual_end(fresh))
    choices = [metric for metric in catalogue(fresh).on(weeks.last_day) if metric.pk in seen.measured]
    key = request.GET.get("metric", "")
    metric = next((item for item in choices if item.key == key), None) or _first_share(choices)
    context: dict[str, Any] = {"teams": teams, "choices": choices, "metric": metric, "fresh": fresh}
    context |= {"span": f"week-{len(weeks.starts)}", "spans": FUNNEL_SPANS, "end": end}
    context["is_past"] = bool(end) and weeks.end < window("week", before=usual_end(fresh)).end
    if metric:
        context |= _compared([place_of_team(team) for team in teams], metric, weeks, fresh, end)
        if kind := wanted_format(request):
            rows = tables.compared_rows(context["compared"])
            return table_response(kind, f"Teams {metric.short_name}", tables.COMPARED, rows)
    signals = signals_of(request.user, seen, with_put_aside=True)
    shown = {"findings": signals.findings[:FINDINGS_SHOWN], "others": signals.findings[FINDINGS_SHOWN:]}
    return render(request, "alerts/span.html", {**context, **shown, "signals": signals})


def _every_measure(request: HttpRequest, teams: list[Team]) -> HttpResponse:
    """Every measure of every team: a page and a file of its own."""
    fresh = freshness()
    places = [place_of_team(team) for team in teams]
    weeks = window("week", before=usual_end(fresh))
    marks = happenings(request.user, [place.scope for place in places], FIRST_DAY, weeks.end)
    resets = resets_of(marks)
    by_scope = team_readings(places, fresh, resets)
    measured = {reading.metric.pk for rows in by_scope.values() for reading in rows}
    choices = [metric for metric in catalogue(fresh).on(weeks.last_day) if metric.pk in measured]
    if kind := wanted_format(request):
        cells = tables.matrix_rows(tables.matrix(teams, by_scope, choices))
        return table_response(kind, "Teams by measure", tables.MATRIX, cells)
    matrix = _matrix(teams, by_scope, choices, key_of("matrix", fresh, places, resets))
    return render(request, "alerts/span_matrix.html", {"matrix": matrix, "fresh": fresh})


def _matrix(
    teams: list[Team],
    by_scope: dict[Scope, list[Reading]],
    choices: list[MetricDefinition],
    key: str,
) -> SafeString:
    """Every measure of every team as HTML, kept until a sum changes: a large span has thousands of cells."""
    found = cache.get(key)
    if found is None:
        rows = tables.matrix(teams, by_scope, choices)
        found = render_to_string("metrics/_matrix.html", {"matrix": rows, "choices": choices})
        cache.set(key, found, KEPT_SECONDS)
    return found


def _compared(
    places: list[Place], metric: MetricDefinition, weeks: Window, fresh: Freshness, end: date | None
) -> dict[str, Any]:
    """The funnel of one measure and its month, which runs until the day before ``end``; kept until a sum
    changes.
    """
    months = months_of(fresh, end)
    key = key_of("comparison", fresh, places, metric.pk, weeks, months)
    kept = cache.get(key)
    if kept is None:
        series, days = span_sums(places, metric, weeks, months)
        compared = comparison(places, metric, weeks, series)
        month = month_to_date(metric, months, days)
        shown = {"compared": compared, "month": month, "metric": metric}
        kept = (render_to_string("metrics/_compared.html", shown), compared, bool(month))
        cache.set(key, kept, KEPT_SECONDS)
    names = ("comparison", "compared", "has_month")
    return dict(zip(names, kept, strict=True))


def _first_share(metrics: list[MetricDefinition]) -> MetricDefinition | None:
    """The first measure that can be compared as a share, else the first of all."""
    return next((metric for metric in metrics if metric.unit == "percent"), metrics[0] if metrics else None)
