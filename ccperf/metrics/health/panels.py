"""The weekly figures that the checks look at, read once for all measures."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Max

from ccperf.metrics import scopes
from ccperf.metrics.models import MetricDefinition, Rollup
from ccperf.metrics.selectors import Window
from ccperf.people.models import Membership

Weeks = list[float | None]


@dataclass
class Figures:
    """Weekly values and sizes of every unit of one measure; a value is None below the measure's fewest n."""

    values: dict[int, Weeks] = field(default_factory=dict)
    sizes: dict[int, list[int | None]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return sum(size or 0 for weeks in self.sizes.values() for size in weeks)

    @property
    def typical_n(self) -> int:
        """The middle number of cases in a week of a unit."""
        known = sorted(size for weeks in self.sizes.values() for size in weeks if size)
        return known[len(known) // 2] if known else 0

    def known(self) -> list[float]:
        return [value for weeks in self.values.values() for value in weeks if value is not None]


def weekly_figures(kind: str, span: Window, metrics: Iterable[MetricDefinition]) -> defaultdict[int, Figures]:
    """Every unit of one kind over a window of weeks, by measure; one query, read row by row."""
    least = {metric.pk: metric.minimum_n for metric in metrics}
    places = {start: index for index, start in enumerate(span.starts)}
    found: defaultdict[int, Figures] = defaultdict(Figures)
    rows = Rollup.objects.filter(
        grain="week", starts_on__gte=span.start, starts_on__lt=span.end, scope=kind, metric_id__in=least
    )
    parts = ("metric_id", "scope_id", "starts_on", "numerator", "denominator", "n")
    for metric_id, unit, start, numerator, denominator, n in rows.order_by().values_list(*parts).iterator():
        figures = found[metric_id]
        if unit not in figures.values:
            figures.values[unit] = [None] * len(places)
            figures.sizes[unit] = [None] * len(places)
        figures.sizes[unit][places[start]] = n
        if denominator and n >= least[metric_id]:
            figures.values[unit][places[start]] = numerator / denominator
    return found


def newest_days() -> dict[int, date]:
    """The newest day with a figure, by measure; one query."""
    days = Rollup.objects.filter(scope=scopes.ORGANISATION, grain="day", scope_id=0)
    return dict(days.order_by().values_list("metric_id").annotate(Max("starts_on")))


def teams_of_agents() -> dict[int, int]:
    """Today's team of every agent; one query."""
    return dict(Membership.objects.on().values_list("person_id", "team_id"))
