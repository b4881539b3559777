"""From a series to what a page says about it: chart, state, assurance and a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from ccperf.core.charts import ChartPoint, Limits, Marker, RunChart, TargetStep
from ccperf.core.numbers import NBSP, format_count, format_value
from ccperf.metrics import analysis
from ccperf.metrics.analysis import Assurance, Rule, Run
from ccperf.metrics.markers import Happening
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import Bounds, Grain, SeriesPoint, TargetBook, Window, following

PERIOD_WORDS = {"day": "day", "week": "week", "month": "month"}
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
    figure: str = field(default="", compare=False)
    """The chart with its words as HTML, where a page shows many."""

    @property
    def is_signal(self) -> bool:
        return self.state in {"better", "worse"}

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
    """Work out one measure of one subject over a window of complete periods."""
    starts = window.starts
    inside = set(starts)
    known = {point.start: point for point in series}
    shown = [_shown(known.get(start), metric.minimum_n) for start in starts]
    resets = [
        next((index for index, start in enumerate(starts) if start >= mark.day), len(starts))
        for mark in marks
        if mark.kind == "action" and mark.metric_id == metric.pk
    ]
    run = analysis.work_out(shown, resets=resets, floor=metric.lower_bound, ceiling=metric.upper_bound)
    # The days of a week differ by rhythm, not by cause: limits over days would call every Monday a signal.
    limits = run.limits if window.by != "day" and run.limits and not run.limits.trial else None
    run = run if limits else Run((), (None,) * len(starts))
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
    sentence = _sentence(metric, run, newest, latest, window.by) if signal and latest else ""
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
    )


def rows_url(metric: MetricDefinition, subject: str, first: date, last: date) -> str:
    """The page of the rows behind a measure of a subject on the days from ``first`` to ``last``."""
    days = {"scope": subject, "from": first.isoformat(), "to": last.isoformat()}
    return f"{reverse('metrics:metric-rows', args=[metric.key])}?{urlencode(days, safe=':')}"


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


def _states(run: Run, values: Sequence[float | None], metric: MetricDefinition, target: Bounds) -> list[str]:
    found = []
    means = [stretch.limits.mean if stretch.limits else None for stretch in run.stretches]
    lengths = [stretch.end - stretch.start for stretch in run.stretches]
    mean_at = [mean for mean, length in zip(means, lengths, strict=True) for _ in range(length)]
    for index, value in enumerate(values):
        mean = mean_at[index] if mean_at else None
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
            states[index] if states[index] in {"better", "worse"} else "normal",
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
        )
        for stretch in run.stretches
        if stretch.limits and not stretch.limits.trial
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
    words = [f"By {window.by}, {words_of(window.start)} to {words_of(window.last_day)}."]
    if last:
        words.append(f"Latest {format_value(last.value, metric.unit, last.n)}.")
    if limits:
        newest = limits[-1]
        words.append(
            f"Mean {format_value(newest.mean, metric.unit)}, limits "
            f"{format_value(newest.lower, metric.unit)} to {format_value(newest.upper, metric.unit)}."
        )
    signals = sum(point.state != "normal" for point in points)
    words.append(f"{signals} points beyond normal variation." if signals else "No point beyond noise.")
    return " ".join(words)


def _sentence(metric: MetricDefinition, run: Run, newest: int, latest: SeriesPoint, by: str) -> str:
    """What makes the newest point a signal."""
    signal, limits = run.signals[newest], run.limits
    if signal is None or limits is None:
        return ""
    value = format_value(latest.value, metric.unit, latest.n)
    side = "above" if signal.is_high else "below"
    if signal.rule == Rule.OUTSIDE:
        low, high = (
            format_value(end, metric.unit, latest.n) for end in (limits.shown_lower, limits.shown_upper)
        )
        return f"{value} in the {by} of {words_of(latest.start)}, {side} the usual {low} to {high}."
    length = 0
    while length <= newest and run.signals[newest - length] is not None:
        length += 1
    if signal.rule == Rule.TWO_OF_THREE:
        end = "upper" if signal.is_high else "lower"
        return f"Two of the last three {by}s lie near the {end} limit; the latest is {value}."
    count = COUNT_WORDS.get(max(length, analysis.RUN_LENGTH), str(length))
    if signal.rule == Rule.TREND:
        way = "rising" if signal.is_high else "falling"
        return f"{count} {by}s {way} without a break; the latest is {value}."
    mean = format_value(limits.mean, metric.unit, latest.n)
    return f"{count} {by}s in a row {side} the mean of {mean}; the latest is {value}."


def _early(values: Sequence[float | None], by: str) -> str:
    count = sum(value is not None for value in values)
    if by == "day":
        return "Days follow a weekly rhythm; signals are judged by week"
    if not count:
        return "Not enough data"
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
    if len(run.stretches) > 1:
        words.append(f"Limits reset in the {by} of {words_of(starts[run.stretches[-1].start])}.")
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


def words_of(day: date) -> str:
    """17 Aug 2026, unbreakable."""
    return f"{day:%-d}{NBSP}{day:%b}{NBSP}{day:%Y}"
