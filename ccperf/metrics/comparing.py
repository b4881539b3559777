"""Units alike compared fairly: a funnel in place of a league table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ccperf.core.charts import FunnelPoint, funnel_svg
from ccperf.core.numbers import format_value
from ccperf.metrics.analysis_charts import Z998, Funnel, funnel
from ccperf.metrics.analysis_rates import byar_interval, ratio_interval, wilson
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.readings import Place, rows_url
from ccperf.metrics.scopes import SPAN
from ccperf.metrics.selectors import SeriesByKey, SeriesPoint, Window

FEWEST_UNITS = 3
FEWEST_EXPECTED = 5
"""Events that a team must be to expect before a count of them is judged by the limits of a rate."""

FEWEST_PERIODS = 6
"""Periods of its own that a team needs before they say how exactly its value is known."""


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
    rows_url: str


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

    @property
    def total_url(self) -> str:
        """The rows of all teams together; empty where some are too few to be among them."""
        return "" if self.thin else rows_url(self.metric, SPAN, self.window.start, self.window.last_day)


def comparison(
    places: Sequence[Place], metric: MetricDefinition, span: Window, series: SeriesByKey
) -> Comparison:
    """A funnel of one measure over a window: shares, and rates with events enough to be judged by chance.

    Teams of other measures are listed without limits.
    """
    sums, thin = [], []
    for place in sorted(places, key=lambda place: place.name):
        points = series.get((place.scope, metric.pk), [])
        n = sum(point.n for point in points)
        parts = (sum(point.numerator for point in points), sum(point.denominator for point in points))
        if n >= metric.minimum_n and parts[1] > 0:
            sums.append((place, *parts, n))
        else:
            thin.append((place, n))
    plot = _plot(metric, sums)
    rows = tuple(
        _compared(metric, span, item, plot, index)
        if plot
        else _listed(metric, span, item, series[item[0].scope, metric.pk])
        for index, item in enumerate(sums)
    )
    total = sum(row.denominator for row in rows)
    centre = sum(row.numerator for row in rows) / total if total else None
    heading, sentence = _comparison_words(metric, rows, plot)
    svg = _funnel_drawing(metric, rows, plot) if plot else ""
    spread = plot.spread if plot else 1.0
    return Comparison(metric, span, rows, tuple(thin), centre, spread, svg, heading, sentence)


def _plot(metric: MetricDefinition, sums: Sequence[tuple[Place, float, float, int]]) -> Funnel | None:
    """The funnel where chance can be told: the numerators of a share lie within their denominators, those
    of a rate are counts of which every team is to expect a few.
    """
    tops, bases = [row[1] for row in sums], [row[2] for row in sums]
    if len(sums) < FEWEST_UNITS:
        return None
    if metric.unit == metric.Unit.PER_THOUSAND:
        enough = sum(tops) / sum(bases) * min(bases) >= FEWEST_EXPECTED
        return funnel(tops, bases, is_rate=True) if enough else None
    is_share = metric.unit == metric.Unit.PERCENT and all(0 <= row[1] <= row[2] for row in sums)
    return funnel(tops, bases) if is_share else None


def _listed(
    metric: MetricDefinition,
    span: Window,
    item: tuple[Place, float, float, int],
    periods: Sequence[SeriesPoint],
) -> Compared:
    """One unit without limits; how much its own periods differ says how exactly its value is known."""
    place, numerator, denominator, n = item
    known = [point for point in periods if point.denominator]
    interval = None
    if len(known) >= FEWEST_PERIODS:
        low, high = ratio_interval([p.numerator for p in known], [p.denominator for p in known])
        least, most = metric.lower_bound, metric.upper_bound
        interval = (low if least is None else max(low, least), high if most is None else min(high, most))
    url = rows_url(metric, place.scope.subject, span.start, span.last_day)
    value = numerator / denominator
    return Compared(place, numerator, denominator, n, value, interval, None, "noise", "Not compared", url)


def _compared(
    metric: MetricDefinition,
    span: Window,
    item: tuple[Place, float, float, int],
    plot: Funnel,
    index: int,
) -> Compared:
    place, numerator, denominator, n = item
    value = numerator / denominator
    url = rows_url(metric, place.scope.subject, span.start, span.last_day)
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
        _interval(plot, numerator, denominator),
        plot.limits(denominator),
        state,
        words,
        url,
    )


def _interval(plot: Funnel, numerator: float, denominator: float) -> tuple[float, float]:
    """The 95 % interval of one unit, as much wider than chance draws it as the limits of the funnel are.

    The minutes of a shift or the contacts of a day are not independent trials, and what teams alike show
    says how many trials they are worth.
    """
    variance = plot.spread**2
    interval = byar_interval if plot.is_rate else wilson
    return interval(numerator / variance, denominator / variance)


def _comparison_words(
    metric: MetricDefinition, rows: Sequence[Compared], plot: Funnel | None
) -> tuple[str, str]:
    if plot is None:
        if metric.unit not in (metric.Unit.PERCENT, metric.Unit.PER_THOUSAND):
            return (
                "Teams by name, without limits",
                "This measure is neither a share nor a rate of cases, so its spread between teams "
                "cannot be told from chance here. Open a team to see its own run chart.",
            )
        if len(rows) >= FEWEST_UNITS and metric.unit == metric.Unit.PER_THOUSAND:
            return (
                "Too few events to compare",
                f"It takes {FEWEST_EXPECTED} expected {metric.numerator_label} in every team. "
                "Choose a longer period.",
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
            row.rows_url,
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
