"""Figures as plain rows: one per period, subject and measure, with their parts."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, QuerySet, Sum

from ccperf.core.dates import add_months, month_start, week_start
from ccperf.metrics import scopes
from ccperf.metrics.models import MetricDefinition, Observation, Rollup
from ccperf.people.models import Person, Site, Team

HEADER = ("period", "scope", "metric", "numerator", "denominator", "n", "value")
ALL = "all"
DAY = timedelta(days=1)
PERIODS: dict[str, tuple[Callable[[date], date], Callable[[date], date]]] = {
    "day": (lambda day: day, lambda day: day + DAY),
    "week": (week_start, lambda day: week_start(day) + 7 * DAY),
    "month": (month_start, lambda day: add_months(day, 1)),
}
"""The first day of the period of a day, and that of the next one."""


@dataclass(frozen=True)
class ExportRow:
    """One line of the export; ``value`` is empty where nothing was counted."""

    period: str
    scope: str
    metric: str
    numerator: float
    denominator: float
    n: int

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None

    def cells(self) -> tuple[object, ...]:
        value = "" if self.value is None else repr(self.value)
        parts = (_plain(self.numerator), _plain(self.denominator))
        return (self.period, self.scope, self.metric, *parts, self.n, value)


def export_rows(
    *,
    by: str,
    scope: str,
    start: date | None = None,
    end: date | None = None,
    metrics: Collection[MetricDefinition] = (),
) -> Iterator[ExportRow]:
    """Rows of every subject of a kind, in the order of period, subject and measure; of all measures unless
    some are named.

    ``start`` and ``end`` (both included) choose days: of a week or month that reaches beyond them, only the
    days in between are pooled. ``all`` pools every day. Teams of one name on two sites are told apart by the
    site.
    """
    keys = dict(MetricDefinition.objects.values_list("pk", "key"))
    names = _names(scope)
    for period, subject, metric_id, numerator, denominator, n in _sums(by, scope, start, end, metrics):
        label = ALL if period is None else period.isoformat()
        yield ExportRow(label, names.get(subject, scope), keys[metric_id], numerator, denominator, n)


def _sums(
    by: str, scope: str, start: date | None, end: date | None, metrics: Collection[MetricDefinition]
) -> Iterator[tuple]:
    """Tuples of period, subject, measure and parts."""
    if by == ALL:
        yield from _pooled(None, scope, start, end, metrics)
        return
    begin, following = PERIODS[by]
    # Whole periods are summed already; of the first and the last, which the range may cut, days are pooled.
    whole_from = start if start is None or begin(start) == start else following(start)
    whole_to = begin(end + DAY) if end else None
    if start and start < whole_from:
        last = min(end or date.max, whole_from - DAY)
        yield from _pooled(begin(start), scope, start, last, metrics)
    yield from _whole(by, scope, whole_from, whole_to, metrics)
    if end and (whole_from or whole_to) <= whole_to <= end:
        yield from _pooled(whole_to, scope, whole_to, end, metrics)


def _whole(
    by: str, scope: str, start: date | None, before: date | None, metrics: Collection[MetricDefinition]
) -> Iterator[tuple]:
    rows = _days(scope) if by == "day" else Rollup.objects.filter(scope=scope, grain=by)
    rows = rows.filter(starts_on__lt=before) if before else rows
    names = ("starts_on", "scope_id", "metric_id", "numerator", "denominator", "n")
    return _narrowed(rows, start, metrics).order_by(*names[:3]).values_list(*names).iterator()


def _pooled(
    period: date | None,
    scope: str,
    start: date | None,
    end: date | None,
    metrics: Collection[MetricDefinition],
) -> Iterator[tuple]:
    """The days from ``start`` to ``end`` together, called ``period``."""
    rows = _days(scope)
    rows = rows.filter(starts_on__lte=end) if end else rows
    pooled = _narrowed(rows, start, metrics).order_by("scope_id", "metric_id")
    sums = {"top": Sum("numerator"), "base": Sum("denominator"), "count": Sum("n")}
    return ((period, *row) for row in pooled.values_list("scope_id", "metric_id").annotate(**sums).iterator())


def _days(scope: str) -> QuerySet:
    """Sums by day; agents' days are the observations themselves."""
    if scope != scopes.AGENT:
        return Rollup.objects.filter(scope=scope, grain="day")
    rows = Observation.objects.filter(person__isnull=False)
    return rows.annotate(starts_on=F("day"), scope_id=F("person_id"))


def _narrowed(rows: QuerySet, start: date | None, metrics: Collection[MetricDefinition]) -> QuerySet:
    rows = rows.filter(starts_on__gte=start) if start else rows
    return rows.filter(metric__in=metrics) if metrics else rows


def _names(scope: str) -> dict[int, str]:
    """How each subject is called in the file: an agent by employee number where there is one."""
    if scope == scopes.AGENT:
        people = Person.objects.values_list("pk", "employee_number", "name")
        return {pk: number or name for pk, number, name in people}
    if scope == scopes.SITE:
        return dict(Site.objects.values_list("pk", "name"))
    if scope == scopes.TEAM:
        teams = list(Team.objects.values_list("pk", "name", "site__name"))
        single = [name for _, name, _ in teams]
        return {pk: f"{name} ({site})" if single.count(name) > 1 else name for pk, name, site in teams}
    return {0: scopes.ORGANISATION}


def _plain(value: float) -> str:
    """A count without a needless point, anything else exactly."""
    return str(int(value)) if float(value).is_integer() else repr(value)
