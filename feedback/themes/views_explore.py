"""Ways to look at all themes: as a map, by week, by group, in the order to act, and what analyses changed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ccperf.core.charts.run import run_chart_svg
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.pagination import paginate
from ccperf.people.access import require_capability
from ccperf.privacy.threshold import HIDDEN, Grain, explanation
from feedback.themes import grouping, map_chart, run_history
from feedback.themes.analysis_opportunities import (
    CONTROL,
    FALLING,
    METRIC_WORSE,
    RATING_POINTS_TO_DOUBLE,
    RISING,
)
from feedback.themes.models import ThemeRun
from feedback.themes.opportunities import FEWEST_NEGATIVE, opportunities
from feedback.themes.overview import overview
from feedback.themes.periods import period_of
from feedback.themes.selectors import WEEKS, sight_of, steps_for, until_asked, weeks_asked
from feedback.themes.small_multiples import charts_by_week

GROUP_HEADER = (
    "Theme",
    "Group",
    "Comments",
    "Share",
    "Negative",
    "Agents",
    "About nobody",
    "Share elsewhere",
    "Times as often",
    "Difference",
    "Low",
    "High",
    "Change",
    "Reading",
)
ACT_HEADER = (
    "Theme",
    "Matter of",
    "Comments",
    "Negative",
    "Trend",
    "Rating difference",
    "Low",
    "High",
    "Factor of trend",
    "Factor of rating",
    "Factor of measure",
    "Factor of control",
    "Points",
)
RUNS_SHOWN = 20


@require_GET
@require_capability("themes.read")
def theme_map(request: HttpRequest) -> HttpResponse:
    """Themes as circles, near each other when people use like words for them."""
    weeks, until = _period(request)
    page = overview(request.user, weeks, until)
    last = run_history.finished_runs().exclude(places={}).first()
    spots = map_chart.spots_of(page.rows, last.places) if last and not page.guarded else []
    moving = ", ".join(f"{row.theme.name} {row.movement.direction}" for row in page.moving) or "none moves"
    description = f"{len(spots)} themes; near means alike, large means much spoken of. {moving}."
    context = {"page": page, "spots": spots, "figure": map_chart.map_figure(spots, description), "run": last}
    return render(request, "themes/theme_map.html", context | _choices(request, page.guarded))


@require_GET
@require_capability("themes.read")
def theme_weeks(request: HttpRequest) -> HttpResponse:
    """The trend of every theme, side by side."""
    weeks, until = _period(request)
    page = charts_by_week(request.user, weeks, until)
    charts = [(chart, run_chart_svg(chart.chart)) for chart in page.charts]
    return render(
        request, "themes/theme_weeks.html", {"page": page, "charts": charts} | _choices(request, page.guarded)
    )


@require_GET
@require_capability("themes.read")
def theme_groups(request: HttpRequest) -> HttpResponse:
    """Theme by team, site, route or product."""
    weeks, until = _period(request)
    by = request.GET.get("by", "")
    kind = wanted_format(request)
    by = by if by in grouping.GROUPS else "team"
    page = grouping.group_page(request.user, by, weeks, until, every=bool(kind))
    if kind:
        return table_response(kind, f"themes-by-{page.by}", GROUP_HEADER, _group_rows(page))
    context = {
        "page": page,
        "by_choices": [(key, words[0]) for key, words in grouping.GROUPS.items()],
        "heading": grouping.GROUPS[page.by][0],
        "explanation": explanation(Grain.AVERAGE),
    }
    return render(request, "themes/theme_groups.html", context | _choices(request, page.guarded))


@require_GET
@require_capability("themes.read")
def opportunity_list(request: HttpRequest) -> HttpResponse:
    """Where a change would help most, and why."""
    weeks, until = _period(request)
    page, found = opportunities(request.user, weeks, until)
    kind = wanted_format(request)
    if kind:
        return table_response(kind, "where-to-act", ACT_HEADER, [_act_row(one) for one in found])
    may_act = request.user.access.can("actions.propose")
    context = {
        "page": page,
        "found": [(one, steps_for(one.theme, may_act)) for one in found],
        "fewest": FEWEST_NEGATIVE,
        "control": [(words, factor) for factor, words in CONTROL.values()],
        "rising": RISING,
        "falling": FALLING,
        "metric_worse": METRIC_WORSE,
        "doubling": RATING_POINTS_TO_DOUBLE,
    }
    return render(request, "themes/opportunity_list.html", context | _choices(request, page.guarded))


@require_GET
@require_capability("themes.read")
def run_list(request: HttpRequest) -> HttpResponse:
    """Every analysis with what it changed; themes only for who reads comments, whose counts may be small."""
    guarded = sight_of(request.user).guarded
    page = paginate(request, run_history.finished_runs(), RUNS_SHOWN)
    running = ThemeRun.objects.filter(finished_at__isnull=True, job__status="running").select_related("job")
    context = {
        "page": page,
        "runs": run_history.rows_of(list(page.object_list)),
        "running": running.first(),
        "guarded": guarded,
        "guarded_page": {"guarded": guarded},
    }
    return render(request, "themes/run_list.html", context)


# ---- inside


def _period(request: HttpRequest) -> tuple[int, Any]:
    return weeks_asked(request.GET.get("weeks", "")), until_asked(request.GET.get("until", ""))


def _choices(request: HttpRequest, guarded: bool) -> dict[str, Any]:
    return {"weeks_choices": [] if guarded else WEEKS, "period": "" if guarded else period_of(request)}


def _group_rows(page: grouping.GroupPage) -> list[list]:
    if page.guarded:
        rows = [
            [row.theme.name, name, cell.count, *([""] * (len(GROUP_HEADER) - 3))]
            for row in page.rows
            for (name, _), cell in zip(page.groups, row.cells, strict=True)
        ]
        return [*rows, [explanation(Grain.AVERAGE)]] if page.has_hidden else rows
    return [
        [
            row.theme.name,
            name,
            HIDDEN if cell.is_hidden else cell.count,
            cell.lift.share,
            cell.negative,
            cell.agents,
            cell.lone,
            cell.lift.elsewhere,
            cell.lift.ratio,
            cell.lift.difference,
            cell.lift.low,
            cell.lift.high,
            cell.movement.change,
            cell.words or ("too few to tell" if cell.lift.signal == "few" else "no detectable difference"),
        ]
        for row in page.rows
        for (name, _), cell in zip(page.groups, row.cells, strict=True)
    ]


def _act_row(one) -> list:
    shift = one.shift
    return [
        one.theme.name,
        one.theme.get_attribution_display(),
        one.row.count,
        one.score.negative,
        one.row.words,
        shift.points if shift else None,
        shift.low if shift else None,
        shift.high if shift else None,
        one.score.trend,
        one.score.rating,
        one.score.metric,
        one.score.control,
        one.score.points,
    ]
