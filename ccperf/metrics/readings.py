"""From a series to what a page says about it: chart, state, assurance and a sentence."""

import itertools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from ccperf.core.charts import ChartPoint, Limits, Marker, RunChart, State, TargetStep
from ccperf.core.numbers import format_value
from ccperf.metrics import analysis
from ccperf.metrics.analysis import Assurance, Run
from ccperf.metrics.analysis_days import Day, Kind, work_out_days
from ccperf.metrics.markers import Happening
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.reading_words import (
    description_words,
    early_words,
    foot_words,
    limits_words,
    means_of,
    sentence_words,
    target_words,
    unit_words,
)
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import Bounds, Grain, SeriesPoint, TargetBook, Window, following

BREAK = timedelta(days=183)
MARKED: dict[str, State] = {"better": "better", "worse": "worse", "changed": "changed"}


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
    limits_words: str
    signal: analysis.Signal | None = None
    onset: date | None = None
    """The first day of the run of periods that makes the newest one a signal; None within noise."""
    beyond: frozenset[date] = frozenset()
    """The periods beyond normal variation, whatever side is the better one."""
    since: date | None = None
    """The period from which the limits hold; None without limits."""
    anew: tuple[Happening, ...] = ()
    """What happened there, where it is a documented change and not the first figure."""

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
    """Work out one measure of one subject, and show a window of complete periods of it.

    ``series`` and ``marks`` reach back to the oldest figure: limits are those of the first points since the
    last documented change, so that a period reads the same whatever window it is shown in. The measure has
    the terms of the window's last day; the fewest n of a period is that of its own last day.
    """
    starts = [*(point.start for point in series if point.start < window.start), *window.starts]
    begin = len(starts) - len(window.starts)
    known = {point.start: point for point in series}
    shown = [
        _shown(known.get(start), metric.definition_on(window.last_of(start)).minimum_n) for start in starts
    ]
    marks = [*marks, *_formula_marks(metric, starts[0], window.end)]
    resets: dict[int, list[Happening]] = defaultdict(list)
    for mark in marks:
        if metric.pk in mark.expected_on:
            resets[bisect_left(starts, mark.day)].append(mark)
    run = _run(metric, window.by, starts, known, shown, list(resets))
    limits = run.limits if run.limits and not run.limits.trial else None
    at = {"team_id": place.team_id, "site_id": place.site_id}
    target = book.on(metric.pk, window.last_day, **at)
    steps = book.steps(metric.pk, window.start, window.end, **at)
    states = _states(run, shown, metric, target)
    newest = next((index for index in reversed(range(begin, len(shown))) if shown[index] is not None), None)
    signal = run.signals[newest] if newest is not None else None
    if limits is None or newest is None:
        state, words = "early", early_words(shown[begin:], shown[run.since :], window.by)
    else:
        state = states[newest]
        words = analysis.variation(state, signal).words
    latest = known.get(starts[newest]) if newest is not None else None
    sentence = sentence_words(metric, run, shown, latest, window.by) if signal and latest else ""
    anew = tuple(resets[run.since]) if run.since else ()
    return Reading(
        metric=metric,
        place=place,
        by=window.by,
        points=tuple(known[start] for start in window.starts if start in known),
        chart=_chart(metric, place, window, known, shown, states, run, steps, marks),
        state=state,
        words=words,
        sentence=sentence,
        assurance=analysis.assurance(limits, metric.direction, *target),
        target=target,
        latest=latest,
        limits=limits,
        foot=foot_words(metric, window, known, shown[begin:]),
        limits_words=limits_words(run, starts, shown, window.by) if newest is not None else "",
        signal=signal,
        onset=_onset(run, starts, shown, newest),
        beyond=frozenset(start for start, found in zip(starts, run.signals, strict=True) if found),
        since=starts[max(run.since, _first_shown(shown))] if run.limits else None,
        anew=anew,
    )


def _formula_marks(metric: MetricDefinition, start: date, end: date) -> list[Happening]:
    """Where another formula begins: limits of the old one say nothing about the new."""
    only_this = frozenset({metric.pk})
    return [
        Happening(
            new.starts_on, "change", f"Version {new.number} of the definition", "", metric.pk, only_this
        )
        for old, new in itertools.pairwise(metric.history)
        if old.parts != new.parts and start < new.starts_on < end
    ]


def _run(
    metric: MetricDefinition,
    by: Grain,
    starts: Sequence[date],
    known: dict[date, SeriesPoint],
    shown: Sequence[float | None],
    resets: Sequence[int],
) -> Run:
    """Weeks and months on an individuals chart; days with their weekday taken out, shares by their size."""
    usual: dict[str, Any] = {
        "resets": resets,
        "breaks": _breaks(starts, shown),
        "floor": metric.lower_bound,
        "ceiling": metric.upper_bound,
        "trend": settings.TREND_POINTS,
    }
    if by != "day":
        return analysis.work_out(shown, **usual)
    days = [
        None if value is None else Day(start, known[start].numerator, known[start].denominator)
        for start, value in zip(starts, shown, strict=True)
    ]
    kind = day_kind(metric, [day for day in days if day])
    return work_out_days(days, kind, **usual)


def _breaks(starts: Sequence[date], shown: Sequence[float | None]) -> list[int]:
    """Where figures begin again after half a year without: what was before is no neighbour."""
    known = [index for index, value in enumerate(shown) if value is not None]
    return [later for earlier, later in itertools.pairwise(known) if starts[later] - starts[earlier] > BREAK]


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


def _states(run: Run, values: Sequence[float | None], metric: MetricDefinition, target: Bounds) -> list[str]:
    found = []
    means = means_of(run)
    for index, value in enumerate(values):
        mean = means[index] if means else None
        found.append(analysis.meaning(run.signals[index], metric.direction, value, mean, target))
    return found


def _first_shown(shown: Sequence[float | None]) -> int:
    """Where the first figure with enough cases stands, from which limits are worked out."""
    return next((index for index, value in enumerate(shown) if value is not None), 0)


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
    """The series of the window as it is drawn; limits begin with the first figure, not with the window.

    ``shown`` and ``states`` reach back as far as the run.
    """
    starts, begin = window.starts, len(run.signals) - len(window.starts)
    oldest = _first_shown(shown)
    points = tuple(
        ChartPoint(
            start,
            shown[index],
            known[start].n if start in known else None,
            MARKED.get(states[index], "normal"),
        )
        for index, start in enumerate(starts, start=begin)
    )
    limits = tuple(
        Limits(
            starts[max(0, stretch.start - begin, oldest - begin)],
            starts[stretch.end - begin - 1],
            stretch.limits.mean,
            stretch.limits.shown_lower,
            stretch.limits.shown_upper,
            stretch.limits.trial,
        )
        for stretch in run.stretches
        if stretch.limits and stretch.end > begin
    )
    targets = tuple(TargetStep(left, min(right, starts[-1]), *bounds) for left, right, bounds in steps)
    markers = tuple(Marker(mark.day, mark.kind, mark.label, mark.url) for mark in marks)
    return RunChart(
        title=f"{metric.name}, {place.name}",
        description=description_words(metric, window, points, limits),
        unit=metric.unit,
        points=points,
        limits=limits,
        targets=targets if starts and points else (),
        markers=tuple(mark for mark in markers if starts and starts[0] <= mark.day <= starts[-1]),
        minimum_n=metric.minimum_n,
    )
