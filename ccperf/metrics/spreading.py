"""How a measure spreads over people and teams, and how complete its data are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ccperf.core.charts import histogram_svg
from ccperf.core.charts.frame import nice_ticks
from ccperf.core.dates import add_months, month_start
from ccperf.core.numbers import format_count, format_value
from ccperf.metrics import scopes
from ccperf.metrics.models import MetricDefinition, Rollup
from ccperf.metrics.selectors import Freshness, Window, usual_end, window
from ccperf.people.models import Team
from ccperf.privacy.threshold import Grain, minimum

BINS = 12
WEEKS = 12


@dataclass(frozen=True)
class Spread:
    """The values of people or teams in one month; ``svg`` is empty where they are too few to show."""

    words: str
    count: int
    least: int
    svg: str
    middle: str


@dataclass(frozen=True)
class Complete:
    """Days with data of the days on which some team had data."""

    team: Team
    days: int
    expected: int

    @property
    def share(self) -> float | None:
        return self.days / self.expected if self.expected else None


def spreads(metric: MetricDefinition, fresh: Freshness) -> tuple[date, list[Spread]]:
    """The month shown, and how people and teams spread in it; one query.

    Nobody is named. Groups below the threshold of a distribution are not shown at all.
    """
    month = add_months(month_start(usual_end(fresh)), -1)
    rows = Rollup.objects.filter(
        grain="month", starts_on=month, metric=metric, scope__in=[scopes.AGENT, scopes.TEAM]
    )
    values: dict[str, list[float]] = {scopes.AGENT: [], scopes.TEAM: []}
    for kind, top, base, n in rows.values_list("scope", "numerator", "denominator", "n"):
        if n >= metric.minimum_n and base:
            values[kind].append(top / base)
    names = {scopes.AGENT: "people", scopes.TEAM: "teams"}
    return month, [_spread(metric, names[kind], sorted(found)) for kind, found in values.items() if found]


def _spread(metric: MetricDefinition, words: str, values: list[float]) -> Spread:
    least = minimum(Grain.DISTRIBUTION)
    if len(values) < least:
        return Spread(words, len(values), least, "", "")
    # The ranges begin and end on round values, which are nobody's own.
    cut = len(values) // 20
    ticks = nice_ticks(values[cut], values[-1 - cut])
    low, high = ticks[0], ticks[-1]
    quarter = [values[round(share * (len(values) - 1))] for share in (0.25, 0.5, 0.75)]
    middle = [format_value(value, metric.unit) for value in quarter]
    first, median, third = middle
    count = format_count(len(values))
    said = f"Half of {count} {words} lie between {first} and {third}; the middle is {median}."
    counts = _counts(values, low, high)
    svg = histogram_svg(
        counts, low, high, unit=metric.unit, title=f"{metric.name}, {words}", description=said
    )
    return Spread(words, len(values), least, svg, said)


def _counts(values: Sequence[float], low: float, high: float) -> list[int]:
    """How many values lie in each of the bins; what is further out counts in the outermost."""
    counts = [0] * BINS
    width = (high - low) / BINS or 1.0
    for value in values:
        counts[min(max(int((value - low) / width), 0), BINS - 1)] += 1
    return counts


def completeness(
    metric: MetricDefinition, team_ids: Collection[int], fresh: Freshness
) -> tuple[Window, list[Complete]]:
    """Days with data of each open team over twelve weeks, and of how many, most gaps first; one query.

    Expected are the days on which some team has a figure of the measure. Empty where none has any: it is kept
    for queues, sites or the organisation, and nothing is missing from a team.
    """
    span = window("week", WEEKS, before=usual_end(fresh))
    days = Rollup.objects.filter(
        grain="day", metric=metric, starts_on__gte=span.start, starts_on__lt=span.end
    )
    rows = Team.objects.filter(pk__in=team_ids).open().order_by("name", "pk")
    rows = rows.annotate(
        days=_count_of(days.filter(scope=scopes.TEAM, scope_id=OuterRef("pk"))),
        expected=_count_of(days.filter(scope=scopes.TEAM)),
    )
    found = [Complete(team, team.days, team.expected) for team in rows if team.expected]
    return span, sorted(found, key=lambda row: row.days)


def _count_of(rows: QuerySet[Rollup]) -> Coalesce:
    """On how many days there are rows, as a subquery."""
    counted = rows.order_by().values("scope").annotate(days=Count("starts_on", distinct=True)).values("days")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
