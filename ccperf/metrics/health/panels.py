"""The weekly or monthly figures that the checks look at, read once for all measures."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Max

from ccperf.metrics import scopes
from ccperf.metrics.health.analysis_health import completeness
from ccperf.metrics.models import MetricDefinition, Rollup
from ccperf.metrics.selectors import Grain, Window, window
from ccperf.people.models import Membership

Periods = list[float | None]
MONTHS = 12
MONTHLY_SHARE, MONTHLY_SEEN = 0.35, 8
"""Fewer weeks than this share have figures, of so many weeks or more: they come once a month."""


@dataclass
class Figures:
    """Values and sizes of every unit of one measure by week or month; a value is None below the measure's
    fewest n.
    """

    values: dict[int, Periods] = field(default_factory=dict)
    sizes: dict[int, list[int | None]] = field(default_factory=dict)
    by: Grain = "week"
    comes_monthly: bool = False

    @property
    def n(self) -> int:
        return sum(self._sizes())

    @property
    def typical_n(self) -> int:
        """The middle number of cases of a unit in a period."""
        known = sorted(self._sizes())
        return known[len(known) // 2] if known else 0

    @property
    def enough_share(self) -> float:
        """The share of the periods with figures that also have enough cases."""
        return len(self.known()) / max(1, len(self._sizes()))

    def known(self) -> list[float]:
        return [value for periods in self.values.values() for value in periods if value is not None]

    def _sizes(self) -> list[int]:
        return [size for periods in self.sizes.values() for size in periods if size]


def figures_of(kind: str, weeks: Window, metrics: Iterable[MetricDefinition]) -> dict[int, Figures]:
    """Every unit of one kind by measure, over a window of weeks; by month, over a year, where figures come
    once a month, or most weeks have too few cases. Two queries at most.
    """
    found = _figures(kind, weeks, metrics)
    monthly = {pk for pk, figures in found.items() if _comes_monthly(figures)}
    thin = [m for m in metrics if m.pk in found and (m.pk in monthly or found[m.pk].enough_share < 0.5)]
    if thin:
        months = _figures(kind, window("month", MONTHS, before=weeks.end), thin)
        found |= {pk: figures for pk, figures in months.items() if figures.known() or pk in monthly}
    for pk in monthly:
        found[pk].comes_monthly = True
    return found


def _comes_monthly(figures: Figures) -> bool:
    """Whether about one week in four has figures."""
    weeks = completeness(figures.sizes, 0)
    return weeks is not None and weeks.expected >= MONTHLY_SEEN and weeks.share < MONTHLY_SHARE


def _figures(kind: str, span: Window, metrics: Iterable[MetricDefinition]) -> dict[int, Figures]:
    least = {metric.pk: metric.minimum_n for metric in metrics}
    places = {start: index for index, start in enumerate(span.starts)}
    found: defaultdict[int, Figures] = defaultdict(lambda: Figures(by=span.by))
    rows = Rollup.objects.filter(
        grain=span.by, starts_on__gte=span.start, starts_on__lt=span.end, scope=kind, metric_id__in=least
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
