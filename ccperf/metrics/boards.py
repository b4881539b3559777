"""Whole pages of figures: the board of one subject, signals of many, and teams compared."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.urls import reverse

from ccperf.core.charts import FunnelPoint, funnel_svg, run_chart_svg
from ccperf.core.numbers import format_value
from ccperf.metrics.analysis_charts import Z998, Funnel, funnel
from ccperf.metrics.analysis_days import Day, DayCheck, check_days
from ccperf.metrics.analysis_rates import wilson
from ccperf.metrics.markers import Happening, happenings
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.readings import Place, Reading, day_kind, read
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import (
    Freshness,
    Grain,
    Window,
    catalogue,
    day_history,
    freshness,
    series_for,
    series_over,
    usual_end,
    window,
)
from ccperf.people.models import Person, Site, Team, User

KEPT_SECONDS = 3600
FEWEST_UNITS = 3


@dataclass(frozen=True)
class Board:
    """Everything a performance page shows of one subject."""

    place: Place
    window: Window
    fresh: Freshness
    readings: tuple[Reading, ...]
    marks: tuple[Happening, ...]

    @property
    def signals(self) -> list[Reading]:
        return [reading for reading in self.readings if reading.is_signal]

    @property
    def heading(self) -> str:
        """What the board says, before any figure."""
        worse = sum(reading.state == "worse" for reading in self.readings)
        better = sum(reading.state == "better" for reading in self.readings)
        judged = sum(reading.state != "early" for reading in self.readings)
        if not judged:
            return "Too few periods to tell a signal from noise"
        parts = []
        if worse:
            parts.append(f"{_number(worse)} {'measures need' if worse > 1 else 'measure needs'} a look")
        if better:
            parts.append(f"{_number(better)} improved beyond noise")
        text = ", ".join(parts) or "Nothing beyond normal variation"
        return text[0].upper() + text[1:]


def place_of_team(team: Team) -> Place:
    return Place(Scope.team(team.pk), team.name, team.get_absolute_url(), team.pk, team.site_id)


def place_of_person(person: Person, team: Team | None) -> Place:
    return Place(
        Scope.agent(person.pk),
        person.name,
        person.get_absolute_url(),
        team.pk if team else None,
        team.site_id if team else None,
    )


def place_of_site(site: Site) -> Place:
    return Place(Scope.site(site.pk), site.name, site.get_absolute_url(), None, site.pk)


def place_of_organisation() -> Place:
    return Place(Scope.organisation(), "Organisation", reverse("metrics:organisation"))


def board(
    user: User, place: Place, by: Grain = "week", count: int | None = None, *, end: date | None = None
) -> Board:
    """The board of one subject over complete periods, with its charts drawn.

    Kept until a figure, a target or a mark changes. Four queries the first time, one when kept, and one for
    each room that brings marks.
    """
    fresh = freshness()
    span = window(by, count, before=end or usual_end(fresh))
    marks = tuple(happenings(user, [place.scope], span.start, span.end)[place.scope])
    key = _key("board", fresh, place, span, marks)
    readings = cache.get(key)
    if readings is None:
        found = readings_for([place], span, fresh, {place.scope: marks})[place.scope]
        readings = tuple(replace(reading, svg=run_chart_svg(reading.chart)) for reading in found)
        cache.set(key, readings, KEPT_SECONDS)
    return Board(place, span, fresh, readings, marks)


def readings_for(
    places: Sequence[Place],
    span: Window,
    fresh: Freshness,
    marks: Mapping[Scope, Sequence[Happening]] | None = None,
    only: MetricDefinition | None = None,
) -> dict[Scope, list[Reading]]:
    """Readings of many subjects with one query per kind of subject; measures without figures are left out.

    Where most weeks have too few cases, the measure is read by month instead.
    """
    known = catalogue(fresh)
    metrics = (only,) if only else known.metrics
    monthly = window("month", before=span.end) if span.by == "week" else None
    windows = [span, monthly] if monthly else [span]
    metric_ids = [only.pk] if only else None
    series = series_over([place.scope for place in places], windows, metric_ids=metric_ids)
    found: dict[Scope, list[Reading]] = {}
    for place in places:
        own = (marks or {}).get(place.scope, ())
        rows = []
        for metric in metrics:
            points, chosen = series[span.by].get((place.scope, metric.pk), []), span
            if monthly:
                months = series["month"].get((place.scope, metric.pk), [])
                if _too_thin(points, months, metric.minimum_n):
                    points, chosen = months, monthly
            if points:
                rows.append(read(metric, place, points, chosen, known.targets, own))
        found[place.scope] = rows
    return found


def _too_thin(weeks: Sequence[Any], months: Sequence[Any], minimum_n: int) -> bool:
    """Whether weeks mostly fall below the minimum n while months do not."""
    enough = sum(point.n >= minimum_n for point in weeks)
    return 2 * enough < len(weeks) and any(point.n >= minimum_n for point in months)


def check_of_days(metric: MetricDefinition, scope: Scope) -> DayCheck | None:
    """What plain, widened and weekday limits would say of all days that have enough cases; one query.

    None for measures that are neither shares nor rates, and below twenty days.
    """
    history = day_history(metric, scope)
    days = [
        Day(point.start, point.numerator, point.denominator)
        for point in history
        if point.denominator and point.n >= metric.minimum_n
    ]
    return check_days(days, day_kind(metric, days))


def team_readings(places: Sequence[Place]) -> dict[Scope, list[Reading]]:
    """Readings over the usual 26 weeks, kept until a figure or target changes."""
    if not places:
        return {}
    fresh = freshness()
    span = window("week", before=usual_end(fresh))
    if not fresh.refreshed_at:
        return readings_for(places, span, fresh)
    return kept_readings(tuple(places), span, fresh)


@lru_cache(maxsize=16)
def kept_readings(places: tuple[Place, ...], span: Window, fresh: Freshness) -> dict[Scope, list[Reading]]:
    """Readings of one state of the sums, worked out by one process for all and held by each."""
    key = _key("readings", fresh, [(place.scope, place.name) for place in places], span)
    found = cache.get(key)
    if found is None:
        found = readings_for(places, span, fresh)
        cache.set(key, found, KEPT_SECONDS)
    return found


@dataclass(frozen=True)
class Compared:
    """One unit of a comparison."""

    place: Place
    numerator: float
    denominator: float
    n: int
    value: float
    interval: tuple[float, float] | None
    expected: tuple[float, float] | None
    state: str
    words: str


@dataclass(frozen=True)
class Comparison:
    """Units alike compared fairly: by name, with what chance explains at their size."""

    metric: MetricDefinition
    window: Window
    rows: tuple[Compared, ...]
    thin: tuple[tuple[Place, int], ...]
    centre: float | None
    spread: float
    svg: str
    heading: str
    sentence: str

    @property
    def total_n(self) -> int:
        return sum(row.n for row in self.rows)


def comparison(places: Sequence[Place], metric: MetricDefinition, span: Window) -> Comparison:
    """A funnel of one measure over a window; shares only, other measures are listed without limits."""
    series = series_for(
        [place.scope for place in places],
        by=span.by,
        start=span.start,
        end=span.end,
        metric_ids=[metric.pk],
    )
    sums, thin = [], []
    for place in sorted(places, key=lambda place: place.name):
        points = series.get((place.scope, metric.pk), [])
        n = sum(point.n for point in points)
        parts = (sum(point.numerator for point in points), sum(point.denominator for point in points))
        if n >= metric.minimum_n and parts[1] > 0:
            sums.append((place, *parts, n))
        else:
            thin.append((place, n))
    is_share = metric.unit == "percent" and all(0 <= top <= base for _, top, base, _ in sums)
    plot = (
        funnel([row[1] for row in sums], [row[2] for row in sums])
        if is_share and len(sums) >= FEWEST_UNITS
        else None
    )
    rows = tuple(_compared(metric, item, plot, index) for index, item in enumerate(sums))
    total = sum(row.denominator for row in rows)
    centre = sum(row.numerator for row in rows) / total if total else None
    heading, sentence = _comparison_words(metric, rows, plot)
    svg = _funnel_drawing(metric, rows, plot) if plot else ""
    spread = plot.spread if plot else 1.0
    return Comparison(metric, span, rows, tuple(thin), centre, spread, svg, heading, sentence)


def _compared(
    metric: MetricDefinition, item: tuple[Place, float, float, int], plot: Funnel | None, index: int
) -> Compared:
    place, numerator, denominator, n = item
    value = numerator / denominator
    if plot is None:
        return Compared(place, numerator, denominator, n, value, None, None, "noise", "Not compared")
    point = plot.points[index]
    state, words = "noise", "No detectable difference"
    if point.state == "beyond_998":
        way = "higher" if point.z > 0 else "lower"
        words = f"Beyond the limits, {way}"
        if metric.direction in {"higher", "lower"}:
            state = "better" if way == metric.direction else "worse"
    elif point.state == "beyond_95":
        words = "Near the edge of chance"
    return Compared(
        place,
        numerator,
        denominator,
        n,
        value,
        wilson(numerator, denominator),
        plot.limits(denominator),
        state,
        words,
    )


def _comparison_words(
    metric: MetricDefinition, rows: Sequence[Compared], plot: Funnel | None
) -> tuple[str, str]:
    if plot is None:
        if metric.unit != "percent":
            return (
                "Teams by name, without limits",
                "This measure is no share of cases, so its spread between teams cannot be told from chance "
                "here. Open a team to see its own run chart.",
            )
        return "Too few teams to compare", f"It takes {FEWEST_UNITS} teams with enough cases."
    beyond = [row for row in rows if row.words.startswith("Beyond")]
    rest = len(rows) - len(beyond)
    if not beyond:
        return (
            "No team differs from the others",
            "All lie within what their number of cases explains. Their order is chance: next month it will "
            "be another.",
        )
    names = " and ".join(
        [", ".join(row.place.name for row in beyond[:-1]), beyond[-1].place.name]
        if len(beyond) > 1
        else [beyond[0].place.name]
    )
    first = beyond[0]
    low, high = first.interval or (first.value, first.value)
    detail = (
        f"{first.place.name}: {format_value(first.value, metric.unit, first.n)} (95% interval "
        f"{format_value(low, metric.unit)} to {format_value(high, metric.unit)}). "
        if len(beyond) == 1
        else ""
    )
    verb = "differs" if len(beyond) == 1 else "differ"
    return (
        f"{names} {verb}, {rest} {'do' if rest != 1 else 'does'} not",
        f"{detail}That is beyond what the number of cases explains. Look first at mix, tool and site. The "
        "order of the others is chance.",
    )


def _funnel_drawing(metric: MetricDefinition, rows: Sequence[Compared], plot: Funnel) -> str:
    sizes = [row.denominator for row in rows]
    least, most = min(sizes) * 0.8, max(sizes) * 1.1
    steps = [least + (most - least) * index / 40 for index in range(41)]
    curve = tuple((size, *plot.limits(size), *plot.limits(size, Z998)) for size in steps)
    points = tuple(
        FunnelPoint(
            row.place.name,
            round(row.denominator),
            row.value,
            row.state if row.state != "noise" else "normal",
            row.place.url,
        )
        for row in rows
    )
    beyond = [row.place.name for row in rows if row.words.startswith("Beyond")]
    said = f"Beyond the limits: {', '.join(beyond)}." if beyond else "No team is beyond the limits."
    options: dict[str, Any] = {
        "mean": plot.centre,
        "title": f"{metric.name} by {metric.denominator_label}",
        "across": metric.denominator_label,
        "description": f"{len(rows)} teams. {said}",
        "unit": metric.unit,
    }
    wide = funnel_svg(points, curve, width=700, css="plot plot-wide", **options)
    return wide + funnel_svg(points, curve, width=340, css="plot plot-narrow", **options)


def _key(name: str, fresh: Freshness, *parts: object) -> str:
    """A cache key that changes with every change of sums or targets."""
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    return f"metrics:{name}:{fresh.version}:{digest}"


def _number(count: int) -> str:
    names = ("No", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return names[count] if count < len(names) else str(count)
