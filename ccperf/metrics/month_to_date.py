"""The running month so far, against the same days of earlier months and never against whole ones."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import BigIntegerField, F, Sum, Value

from ccperf.core.dates import add_months, full_day_words, month_start, today
from ccperf.core.numbers import format_value
from ccperf.metrics.models import MetricDefinition, Rollup
from ccperf.metrics.readings import Place, rows_url
from ccperf.metrics.scopes import SPAN, TEAM, Scope
from ccperf.metrics.selectors import Freshness, SeriesByKey, SeriesPoint, Window

MONTHS_BEFORE = 6
FEWEST_MONTHS = 3


@dataclass(frozen=True)
class MonthToDate:
    """The complete days of a month so far, and the same days of the months before, the newest first."""

    metric: MetricDefinition
    first: date
    last: date
    now: SeriesPoint
    before: tuple[SeriesPoint, ...]

    @property
    def known(self) -> list[float]:
        """The earlier values that have cases enough."""
        return [p.value for p in self.before if p.value is not None and p.n >= self.metric.minimum_n]

    @property
    def words(self) -> str:
        """Where the month stands among the earlier ones, without a verdict: few months prove little."""
        if self.now.value is None or self.now.n < self.metric.minimum_n:
            return f"Not enough data, n = {self.now.n} of {self.metric.minimum_n}"
        if len(self.known) < FEWEST_MONTHS:
            return "Too early to compare: fewer than three earlier months"
        low, high = min(self.known), max(self.known)
        shown, least, most = (format_value(one, self.metric.unit) for one in (self.now.value, low, high))
        span = least if least == most else f"{least} to {most}"
        # What reads alike is not called below or above.
        if self.now.value < low and shown != least:
            return f"Below the {span} of the months before"
        if self.now.value > high and shown != most:
            return f"Above the {span} of the months before"
        return f"Within the {span} of the months before"

    @property
    def rows(self) -> list[tuple[SeriesPoint, str]]:
        """This month and those before, each with the way to its rows."""
        found = []
        for point in (self.now, *self.before):
            last = min(point.start + timedelta(days=self.last.day), add_months(point.start, 1))
            url = rows_url(self.metric, SPAN, point.start, last - timedelta(days=1))
            found.append((point, url))
        return found

    @property
    def days_words(self) -> str:
        return f"{full_day_words(self.first)} to {full_day_words(self.last)}"


def months_of(fresh: Freshness, before: date | None = None) -> dict[date, date]:
    """The month of the newest complete day before ``before`` (today unless told) and those before it: the
    first day of each, and the day after its last one counted. Empty without data.
    """
    if fresh.data_up_to is None:
        return {}
    last = min(fresh.data_up_to, min(before or today(), today()) - timedelta(days=1))
    months = [add_months(last, -back) for back in range(MONTHS_BEFORE + 1)]
    return {start: min(start + timedelta(days=last.day), add_months(start, 1)) for start in months}


def month_to_date(
    metric: MetricDefinition, months: dict[date, date], days: Sequence[SeriesPoint]
) -> MonthToDate | None:
    """The months of ``months_of`` from their days; None without data. Sums are added, then divided."""
    if not months:
        return None
    sums: dict[date, list[float]] = {start: [0.0, 0.0, 0] for start in months}
    for day in days:
        for index, value in enumerate((day.numerator, day.denominator, day.n)):
            sums[month_start(day.start)][index] += value
    points = [SeriesPoint(start, top, base, int(n)) for start, (top, base, n) in sums.items()]
    first = points[0].start
    last = months[first] - timedelta(days=1)
    return MonthToDate(metric, first, last, points[0], tuple(point for point in points[1:] if point.n))


def span_sums(
    places: Sequence[Place], metric: MetricDefinition, span: Window, months: dict[date, date]
) -> tuple[SeriesByKey, list[SeriesPoint]]:
    """One measure of some teams: the periods of each in ``span``, and all together on the days of ``months``.

    One query. Named one by one, periods and days let a database go straight to the rows by the whole key.
    """
    days = [
        start + timedelta(days=back) for start, end in months.items() for back in range((end - start).days)
    ]
    sums = Rollup.objects.filter(
        scope=TEAM, metric=metric, scope_id__in=[place.scope.id for place in places]
    ).order_by()
    columns = ("unit", "starts_on", "top", "base", "size")
    of_teams = sums.filter(grain=span.by, starts_on__in=span.starts).annotate(
        unit=F("scope_id"), top=F("numerator"), base=F("denominator"), size=F("n")
    )
    together = sums.filter(grain="day", starts_on__in=days).values("starts_on")
    together = together.annotate(
        unit=Value(0, BigIntegerField()), top=Sum("numerator"), base=Sum("denominator"), size=Sum("n")
    )
    series: SeriesByKey = defaultdict(list)
    known: list[SeriesPoint] = []
    for unit, *parts in of_teams.values_list(*columns).union(together.values_list(*columns), all=True):
        point = SeriesPoint(*parts)
        if unit:
            series[Scope.team(unit), metric.pk].append(point)
        else:
            known.append(point)
    return series, known
