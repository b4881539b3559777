"""The running month so far, against the same days of earlier months and never against whole ones."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from ccperf.core.dates import add_months, month_start, today
from ccperf.core.numbers import format_value
from ccperf.metrics.models import MetricDefinition, Rollup
from ccperf.metrics.readings import Place, rows_url, words_of
from ccperf.metrics.scopes import SPAN
from ccperf.metrics.selectors import Freshness, SeriesPoint

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
        return f"{words_of(self.first)} to {words_of(self.last)}"


def month_to_date(places: Sequence[Place], metric: MetricDefinition, fresh: Freshness) -> MonthToDate | None:
    """One measure of some teams together over the month of the newest complete day; None without data.

    One query. The sums of the teams are added, then divided.
    """
    last = min(fresh.data_up_to, today() - timedelta(days=1)) if fresh.data_up_to else None
    if last is None or not places:
        return None
    months = [add_months(last, -back) for back in range(MONTHS_BEFORE + 1)]
    ends = {start: min(start + timedelta(days=last.day), add_months(start, 1)) for start in months}
    # Named one by one, the days let a database go straight to the rows by the whole key.
    days = [start + timedelta(days=back) for start, end in ends.items() for back in range((end - start).days)]
    ids = [place.scope.id for place in places]
    rows = Rollup.objects.filter(
        scope="team", grain="day", scope_id__in=ids, starts_on__in=days, metric=metric
    )
    sums: dict[date, list[float]] = defaultdict(lambda: [0.0, 0.0, 0])
    parts = rows.order_by().values_list("starts_on").annotate(Sum("numerator"), Sum("denominator"), Sum("n"))
    for day, *values in parts:
        for index, value in enumerate(values):
            sums[month_start(day)][index] += value
    points = [SeriesPoint(start, sums[start][0], sums[start][1], int(sums[start][2])) for start in months]
    return MonthToDate(metric, months[0], last, points[0], tuple(p for p in points[1:] if p.n))
