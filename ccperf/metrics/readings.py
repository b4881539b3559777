"""From a series to what a page says about it: chart, state, assurance and a sentence."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from ccperf.core.charts import ChartPoint, Limits, Marker, RunChart, State, TargetStep
from ccperf.core.dates import full_day_words
from ccperf.core.numbers import NBSP, format_count, format_value
from ccperf.metrics import analysis
from ccperf.metrics.analysis import Assurance, Rule, Run
from ccperf.metrics.analysis_days import Day, Kind, work_out_days
from ccperf.metrics.markers import Happening
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import Bounds, Grain, SeriesPoint, TargetBook, Window, following

PERIOD_WORDS = {"day": "day", "week": "week", "month": "month"}
MARKED: dict[str, State] = {"better": "better", "worse": "worse", "changed": "changed"}
COUNT_WORDS = {
    2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight", 9: "Nine", 10: "Ten",
    11: "Eleven", 12: "Twelve",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a subject stands, for its targets and its links."""

    scope: Scope
    name: str
    url: str = ""
    team_id: int | None = None
    site_id: int | None = None


@dataclass(frozen=True)
class Reading:
    """One measure of one subject as a page shows it. ``state`` is noise, better, worse, changed or early."""

    metric: MetricDefinition
    place: Place
    by: Grain
    points: tuple[SeriesPoint, ...]
    chart: RunChart
    state: str
    words: str
    sentence: str
    assurance: Assurance
    target: Bounds
    latest: SeriesPoint | None
    limits: analysis.Xmr | None
    foot: str
    signal: analysis.Signal | None = None
    onset: date | None = None
    """The first day of the run of periods that makes the newest one a signal; None within noise."""
    beyond: frozenset[date] = frozenset()
    """The periods beyond normal variation, whatever side is the better one."""

    @property
    def is_signal(self) -> bool:
        return self.state in {"better", "worse"}

    @property
    def is_news(self) -> bool:
        """Whether leaders are told: a signal, or any change of one with two bad sides and no band."""
        is_unbounded = self.metric.direction == "band" and self.target == (None, None)
        return self.is_signal or (self.state == "changed" and is_unbounded)

    @property
    def value_words(self) -> str:
        """The newest value with its unit."""
        return format_value(self.latest.value, self.metric.unit, self.latest.n) if self.latest else ""

    @property
    def target_words(self) -> str:
        return target_words(self.target, self.metric.unit)

    @property
    def unit_words(self) -> str:
        return unit_words(self.metric)

    def rows_url(self, point: SeriesPoint) -> str:
        """Where the rows behind one period are."""
        last = following(point.start, self.by) - timedelta(days=1)
        return rows_url(self.metric, self.place.scope.subject, point.start, last)

    @property
    def latest_rows_url(self) -> str:
        return self.rows_url(self.latest) if self.latest else ""


def read(
    metric: MetricDefinition,
    place: Place,
    series: Sequence[SeriesPoint],
    window: Window,
    book: TargetBook,
    marks: Sequence[Happening] = (),
) -> Reading:
    """Work out one measure of one subject over a window of complete periods.

    The measure has the terms of the window's last day; the fewest n of a period is that of its own last day.
    """
    starts = window.starts
    inside = set(starts)
    known = {point.start: point for point in series}
    shown = [
        _shown(known.get(start), metric.definition_on(window.last_of(start)).minimum_n) for start in starts
    ]
    marks = [*marks, *_formula_marks(metric, window)]
    resets = [
        next((index for index, start in enumerate(starts) if start >= mark.day), len(starts))
        for mark in marks
        if metric.pk in mark.expected_on
    ]
    run = _run(metric, window, known, shown, resets)
    limits = run.limits if run.limits and not run.limits.trial else None
    at = {"team_id": place.team_id, "site_id": place.site_id}
    target = book.on(metric.pk, window.last_day, **at)
    steps = book.steps(metric.pk, window.start, window.end, **at)
    states = _states(run, shown, metric, target)
    newest = next((index for index in reversed(range(len(shown))) if shown[index] is not None), None)
    signal = run.signals[newest] if newest is not None else None
    if limits is None:
        state, words = "early", _early(shown, window.by)
    else:
        state = states[newest] if newest is not None else "noise"
        words = analysis.variation(state, signal).words
    latest = known.get(starts[newest]) if newest is not None else None
    sentence = _sentence(metric, run, shown, latest, window.by) if signal and latest else ""
    return Reading(
        metric=metric,
        place=place,
        by=window.by,
        points=tuple(point for point in series if point.start in inside),
        chart=_chart(metric, place, window, known, shown, states, run, steps, marks),
        state=state,
        words=words,
        sentence=sentence,
        assurance=analysis.assurance(limits, metric.direction, *target),
        target=target,
        latest=latest,
        limits=limits,
        foot=_foot(metric, known, starts, newest, run, window.by),
        signal=signal,
        onset=_onset(run, starts, shown, newest),
        beyond=frozenset(start for start, found in zip(starts, run.signals, strict=True) if found),
    )


def _formula_marks(metric: MetricDefinition, window: Window) -> list[Happening]:
    """Where another formula begins: limits of the old one say nothing about the new."""
    only_this = frozenset({metric.pk})
    return [
        Happening(
            new.starts_on, "change", f"Version {new.number} of the definition", "", metric.pk, only_this
        )
        for old, new in itertools.pairwise(metric.history)
        if old.parts != new.parts and window.start < new.starts_on < window.end
    ]


def _run(
    metric: MetricDefinition,
    window: Window,
    known: dict[date, SeriesPoint],
    shown: Sequence[float | None],
    resets: Sequence[int],
) -> Run:
    """Weeks and months on an individuals chart; days with their weekday taken out, shares by their size."""
    bounds = {"floor": metric.lower_bound, "ceiling": metric.upper_bound}
    if window.by != "day":
        return analysis.work_out(shown, resets=resets, trend=settings.TREND_POINTS, **bounds)
    days = [
        None if value is None else Day(start, known[start].numerator, known[start].denominator)
        for start, value in zip(window.starts, shown, strict=True)
    ]
    kind = day_kind(metric, [day for day in days if day])
    return work_out_days(days, kind, resets=resets, trend=settings.TREND_POINTS, **bounds)


def day_kind(metric: MetricDefinition, days: Sequence[Day]) -> Kind:
    """Which chart judges the days of a measure."""
    if metric.unit == metric.Unit.PER_THOUSAND:
        return "rate"
    is_share = metric.unit == metric.Unit.PERCENT and all(0 <= d.numerator <= d.denominator for d in days)
    return "share" if is_share else "value"


def rows_url(metric: MetricDefinition, subject: str, first: date, last: date) -> str:
    """The page of the rows behind a measure of a subject on the days from ``first`` to ``last``."""
    return f"{_rows_page(metric.key, subject)}&from={first.isoformat()}&to={last.isoformat()}"


@lru_cache(maxsize=4096)
def _rows_page(key: str, subject: str) -> str:
    """The address without days; a table asks for it once for each of its cells."""
    return f"{reverse('metrics:metric-rows', args=[key])}?{urlencode({'scope': subject}, safe=':')}"


def cropped(reading: Reading, shown: Window) -> Reading:
    """The reading with only the periods of ``shown``; state and limits stay those of all it was read from.

    Twelve weeks are too few to tell a signal from noise, and a page of twelve must not say something else
    than one of twenty-six.
    """
    chart, start = reading.chart, shown.start
    points = tuple(point for point in chart.points if point.x >= start)
    limits = tuple(replace(one, start=max(one.start, start)) for one in chart.limits if one.end >= start)
    chart = replace(
        chart,
        description=_description(reading.metric, shown, points, limits),
        points=points,
        limits=limits,
        targets=tuple(step for step in chart.targets if step.end >= start),
        markers=tuple(mark for mark in chart.markers if mark.day >= start),
        peers=tuple(band for band in chart.peers if band.x >= start),
    )
    kept = tuple(point for point in reading.points if point.start >= start)
    return replace(reading, points=kept, chart=chart)


def _shown(point: SeriesPoint | None, minimum_n: int) -> float | None:
    """The value, or None where n is too small to compare."""
    return point.value if point and point.n >= minimum_n else None


def _onset(
    run: Run, starts: Sequence[date], shown: Sequence[float | None], newest: int | None
) -> date | None:
    """The first period of the signals on one side that reach up to the newest; periods without value pass."""
    if newest is None or (signal := run.signals[newest]) is None:
        return None
    first = newest
    for index in range(newest, -1, -1):
        before = run.signals[index]
        if before and before.is_high == signal.is_high:
            first = index
        elif shown[index] is not None:
            break
    return starts[first]


def _means(run: Run) -> list[float | None]:
    """The mean that holds at every point; empty for a run without limits."""
    return [
        stretch.limits.mean if stretch.limits else None
        for stretch in run.stretches
        for _ in range(stretch.start, stretch.end)
    ]


def _states(run: Run, values: Sequence[float | None], metric: MetricDefinition, target: Bounds) -> list[str]:
    found = []
    means = _means(run)
    for index, value in enumerate(values):
        mean = means[index] if means else None
        found.append(analysis.meaning(run.signals[index], metric.direction, value, mean, target))
    return found


def _chart(
    metric: MetricDefinition,
    place: Place,
    window: Window,
    known: dict[date, SeriesPoint],
    shown: Sequence[float | None],
    states: Sequence[str],
    run: Run,
    steps: Sequence[tuple[date, date, Bounds]],
    marks: Sequence[Happening],
) -> RunChart:
    starts = window.starts
    points = tuple(
        ChartPoint(
            start,
            shown[index],
            known[start].n if start in known else None,
            MARKED.get(states[index], "normal"),
        )
        for index, start in enumerate(starts)
    )
    limits = tuple(
        Limits(
            starts[stretch.start],
            starts[stretch.end - 1],
            stretch.limits.mean,
            stretch.limits.shown_lower,
            stretch.limits.shown_upper,
            stretch.limits.trial,
        )
        for stretch in run.stretches
        if stretch.limits
    )
    targets = tuple(TargetStep(left, min(right, starts[-1]), *bounds) for left, right, bounds in steps)
    markers = tuple(Marker(mark.day, mark.kind, mark.label, mark.url) for mark in marks)
    return RunChart(
        title=f"{metric.name}, {place.name}",
        description=_description(metric, window, points, limits),
        unit=metric.unit,
        points=points,
        limits=limits,
        targets=targets if starts and points else (),
        markers=tuple(mark for mark in markers if starts and starts[0] <= mark.day <= starts[-1]),
        minimum_n=metric.minimum_n,
    )


def _description(
    metric: MetricDefinition,
    window: Window,
    points: Sequence[ChartPoint],
    limits: Sequence[Limits],
) -> str:
    last = next((point for point in reversed(points) if point.value is not None), None)
    words = [f"By {window.by}, {full_day_words(window.start)} to {full_day_words(window.last_day)}."]
    if last:
        words.append(f"Latest {format_value(last.value, metric.unit, last.n)}.")
    if limits:
        newest = limits[-1]
        mean, limit = ("Trial mean", "trial limits") if newest.is_trial else ("Mean", "limits")
        words.append(
            f"{mean} {format_value(newest.mean, metric.unit)}, {limit} "
            f"{format_value(newest.lower, metric.unit)} to {format_value(newest.upper, metric.unit)}."
        )
    if any(not one.is_trial for one in limits):
        signals = sum(point.state != "normal" for point in points)
        count = f"{signals} point{'s' if signals > 1 else ''}" if signals else "No point"
        words.append(f"{count} beyond normal variation.")
    return " ".join(words)


def _sentence(
    metric: MetricDefinition, run: Run, shown: Sequence[float | None], latest: SeriesPoint, by: str
) -> str:
    """What makes the newest point a signal."""
    newest = max(index for index, value in enumerate(shown) if value is not None)
    signal, limits = run.signals[newest], run.limits
    if signal is None or limits is None:
        return ""
    value = format_value(latest.value, metric.unit, latest.n)
    side = "above" if signal.is_high else "below"
    if signal.rule == Rule.OUTSIDE:
        low, high = (
            format_value(end, metric.unit, latest.n) for end in (limits.shown_lower, limits.shown_upper)
        )
        when = f"on {latest.start:%A} {full_day_words(latest.start)}"
        when = {"day": when, "month": f"in {latest.start:%B} {latest.start:%Y}"}.get(
            by, f"in the week of {full_day_words(latest.start)}"
        )
        just = (
            "just " if value == (high if signal.is_high else low) else ""
        )  # they differ only when not rounded
        return f"{value} {when}, {just}{side} the usual {low} to {high}."
    if signal.rule == Rule.TWO_OF_THREE:
        end = "upper" if signal.is_high else "lower"
        return f"Two of the last three {by}s lie near the {end} limit; the latest is {value}."
    length = _run_length(run, shown, newest)
    count = COUNT_WORDS.get(length, str(length))
    if signal.rule == Rule.TREND:
        way = "rising" if signal.is_high else "falling"
        return f"{count} {by}s {way} without a break; the latest is {value}."
    if by == "day":
        return f"{count} days in a row {side} what is usual on their weekday; the latest is {value}."
    mean = format_value(limits.mean, metric.unit, latest.n)
    return f"{count} {by}s in a row {side} the mean of {mean}; the latest is {value}."


def _run_length(run: Run, shown: Sequence[float | None], newest: int) -> int:
    """How many points of a shift or trend reach up to the newest one; periods without value pass."""
    signal, means, length = run.signals[newest], _means(run), 0
    for index in range(newest, -1, -1):
        value, mean, marked = shown[index], means[index], run.signals[index]
        if value is None:
            continue
        if signal and signal.rule == Rule.TREND:
            belongs = marked is not None and (marked.rule, marked.is_high) == (signal.rule, signal.is_high)
        else:
            belongs = mean is not None and signal is not None and (value > mean) == signal.is_high
        if not belongs or value == mean:
            break
        length += 1
    return length


def _early(values: Sequence[float | None], by: str) -> str:
    count = sum(value is not None for value in values)
    if not count:
        return "Not enough data"
    if by == "day":
        return f"Too early to judge: {count} days, and the rhythm of the week needs four weeks"
    return f"Too early to judge: {count} of {analysis.LOCKED_POINTS} {by}s"


def _foot(
    metric: MetricDefinition,
    known: dict[date, SeriesPoint],
    starts: Sequence[date],
    newest: int | None,
    run: Run,
    by: str,
) -> str:
    if newest is None:
        best = max((point.n for point in known.values()), default=0)
        return (
            f"Not enough data: at most n{NBSP}={NBSP}{format_count(best)} of {metric.minimum_n} "
            f"{metric.n_label} in a {by}."
        )
    point = known[starts[newest]]
    words = [f"n{NBSP}={NBSP}{format_count(point.n)} {metric.n_label} in the last {by} shown."]
    thin = sum(0 < p.n < metric.minimum_n for p in known.values())
    if thin:
        words.append(f"{thin} {by}{'s' if thin > 1 else ''} with n below {metric.minimum_n} not shown.")
    if run.limits and run.limits.trial:
        words.append(f"Trial limits from {run.limits.points} {by}s, a first guide that judges nothing.")
    if run.limits and run.limits.screened:
        words.append("Wild moves between neighbours do not widen the limits.")
    if by == "day":
        words += [f"Limits of each day: {run.method}."] if run.limits else []
    elif run.since:
        words.append(f"Limits reset in the {by} of {full_day_words(starts[run.since])}.")
    return " ".join(words)


def target_words(target: Bounds, unit: str) -> str:
    """The target as people say it."""
    low, high = target
    if low is not None and high is not None:
        return f"{format_value(low, unit)} to {format_value(high, unit)}"
    if low is not None:
        return f"at least {format_value(low, unit)}"
    return f"at most {format_value(high, unit)}" if high is not None else "None set"


def unit_words(metric: MetricDefinition) -> str:
    """Under the name of a measure: what is divided by what, shortly."""
    better = {"higher": ", higher is better", "lower": ", lower is better"}.get(metric.direction, "")
    names = {
        "percent": f"% of {metric.denominator_label}",
        "seconds": f"seconds{better}",
        "per_thousand": f"per 1,000{better}",
        "points": f"points{better}",
        "score": f"score{better}",
        "currency": "£",
    }
    return names.get(metric.unit, metric.unit)
