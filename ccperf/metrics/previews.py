"""A draft tried on the last 12 months: its values beside those of today, and which teams would read anew."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date

from django.core.cache import cache

from ccperf.core.charts import ChartPoint, RunChart
from ccperf.core.dates import today
from ccperf.metrics.analysis_formula import SIDES
from ccperf.metrics.boards import (
    KEPT_SECONDS,
    key_of,
    place_of_organisation,
    place_of_site,
    place_of_team,
)
from ccperf.metrics.derivation import Formula
from ccperf.metrics.models import MetricDefinition, MetricVersion
from ccperf.metrics.readings import Place, read
from ccperf.metrics.selectors import (
    Catalogue,
    Freshness,
    SeriesByKey,
    SeriesPoint,
    Window,
    sums_of,
    usual_end,
    whole_history,
    window,
)
from ccperf.people.models import Site, Team

MONTHS, WEEKS = 12, 26
STATES = {
    "noise": "within normal variation",
    "better": "improvement",
    "worse": "concern",
    "changed": "changed",
    "early": "too early to tell",
    "": "no data",
}


@dataclass(frozen=True)
class Compared:
    """One row of the preview: a month or a site under the version of today and under the draft."""

    name: str | date
    old: SeriesPoint | None
    new: SeriesPoint | None

    @property
    def change(self) -> float | None:
        if not self.old or not self.new or self.old.value is None or self.new.value is None:
            return None
        return self.new.value - self.old.value


@dataclass(frozen=True)
class Preview:
    """What a draft would have shown. ``moves`` counts teams by their state before and after."""

    metric: MetricDefinition
    months: tuple[Compared, ...]
    sites: tuple[Compared, ...]
    whole: Compared
    moves: tuple[tuple[str, str, int], ...]
    teams: int
    chart: RunChart | None
    uneven: tuple[tuple[str, int], ...]

    @property
    def moved(self) -> int:
        return sum(count for _, _, count in self.moves)

    @property
    def has_data(self) -> bool:
        return self.whole.new is not None


def preview(
    metric: MetricDefinition, draft: MetricVersion, formula: Formula, known: Catalogue, fresh: Freshness
) -> Preview:
    """Work the draft out on the sums of its parts: three queries, whatever the number of sites and teams; two
    while nothing changed, because the figures are kept.

    A row that lacks a part counts in the sums but not once the draft is published; ``uneven`` gives the n of
    each part where they differ, so that a reader sees when this matters.
    """
    sites = [place_of_site(site) for site in Site.objects.order_by("name")]
    teams = [place_of_team(team) for team in Team.objects.open()]
    key = key_of("preview", fresh, today(), draft.pk, draft.edits, sites, teams)
    found = cache.get(key)
    if found is None:
        found = _worked_out(metric, draft, formula, known, fresh, sites, teams)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _worked_out(
    metric: MetricDefinition,
    draft: MetricVersion,
    formula: Formula,
    known: Catalogue,
    fresh: Freshness,
    sites: Sequence[Place],
    teams: Sequence[Place],
) -> Preview:
    end = usual_end(fresh)
    months, weeks = window("month", MONTHS, before=end), window("week", WEEKS, before=end)
    ids = {item.key: item.pk for item in known.every}
    whole = place_of_organisation()
    series = sums_of({metric.pk, *(ids[key] for key in formula.measures)}, [months, whole_history(weeks)])
    trial = _Trial(metric, draft, formula, ids, known)
    pairs = [
        (trial.old(series["month"], place), trial.new(series["month"], place)) for place in (whole, *sites)
    ]
    totals = [
        Compared(place.name, _total(old), _total(new))
        for place, (old, new) in zip((whole, *sites), pairs, strict=True)
    ]
    by_month = _by_month(months, *pairs[0])
    moves = Counter(trial.states(series["week"], place, weeks) for place in teams)
    moves.pop(None, None)
    return Preview(
        metric=trial.after,
        months=by_month,
        sites=tuple(row for row in totals[1:] if row.old or row.new),
        whole=totals[0],
        moves=tuple(
            (STATES[old], STATES[new], count) for (old, new), count in moves.most_common() if old != new
        ),
        teams=sum(moves.values()),
        chart=_chart(trial, months, by_month),
        uneven=_uneven(formula, ids, series["month"], whole),
    )


class _Trial:
    """The measure of today and the measure as the draft would have it, worked out from the same sums."""

    def __init__(
        self,
        metric: MetricDefinition,
        draft: MetricVersion,
        formula: Formula,
        ids: dict[str, int],
        known: Catalogue,
    ) -> None:
        self.before = metric
        self.after = copy(metric)
        self.after.history = []
        for name, value in draft.terms.items():
            setattr(self.after, name, value)
        self.formula, self.ids, self.book = formula, ids, known.targets

    def old(self, series: SeriesByKey, place: Place) -> list[SeriesPoint]:
        return series.get((place.scope, self.before.pk), [])

    def new(self, series: SeriesByKey, place: Place) -> list[SeriesPoint]:
        """The formula of the sums of each period that has every part."""
        parts = {
            key: {point.start: point for point in series.get((place.scope, self.ids[key]), [])}
            for key in self.formula.measures
        }
        starts = sorted(set.intersection(*(set(points) for points in parts.values())))
        found = []
        for start in starts:
            values = {
                (key, side): getattr(points[start], side) for key, points in parts.items() for side in SIDES
            }
            n = min(parts[key][start].n for key in self.formula.denominator.measures)
            point = SeriesPoint(
                start, self.formula.numerator.of(values), self.formula.denominator.of(values), n
            )
            found.append(point)
        return [point for point in found if point.denominator >= 0]

    def states(self, series: SeriesByKey, place: Place, span: Window) -> tuple[str, str] | None:
        """How a subject reads today and would read; None without figures under either."""
        old, new = self.old(series, place), self.new(series, place)
        if not old and not new:
            return None
        return (
            read(self.before, place, old, span, self.book).state if old else "",
            read(self.after, place, new, span, self.book).state if new else "",
        )


def _total(points: Sequence[SeriesPoint]) -> SeriesPoint | None:
    if not points:
        return None
    return SeriesPoint(
        points[0].start,
        sum(point.numerator for point in points),
        sum(point.denominator for point in points),
        sum(point.n for point in points),
    )


def _by_month(months: Window, old: Sequence[SeriesPoint], new: Sequence[SeriesPoint]) -> tuple[Compared, ...]:
    before, after = ({point.start: point for point in points} for points in (old, new))
    return tuple(Compared(start, before.get(start), after.get(start)) for start in months.starts)


def _chart(trial: _Trial, months: Window, rows: Sequence[Compared]) -> RunChart | None:
    """Both versions month by month; None when the draft has nothing to draw."""
    points = tuple(_shown(row.name, row.new, trial.after.minimum_n) for row in rows)
    if all(point.value is None for point in points):
        return None
    same_unit = trial.before.unit == trial.after.unit
    older = tuple(_shown(row.name, row.old, trial.before.minimum_n) for row in rows) if same_unit else ()
    has_older = any(point.value is not None for point in older)
    return RunChart(
        title=f"{trial.after.name}, organisation, draft and version of today",
        description=f"By month, {months.starts[0]:%B %Y} to {months.starts[-1]:%B %Y}.",
        unit=trial.after.unit,
        points=points,
        comparison=older if has_older else (),
        comparison_label="Today",
        minimum_n=trial.after.minimum_n,
    )


def _shown(start: date, point: SeriesPoint | None, minimum_n: int) -> ChartPoint:
    value = point.value if point and point.n >= minimum_n else None
    return ChartPoint(start, value, point.n if point else None)


def _uneven(
    formula: Formula, ids: dict[str, int], series: SeriesByKey, place: Place
) -> tuple[tuple[str, int], ...]:
    counts = {
        key: sum(point.n for point in series.get((place.scope, ids[key]), [])) for key in formula.measures
    }
    return tuple(counts.items()) if len(set(counts.values())) > 1 else ()
