"""Figures as plain rows: one per period, subject and measure, with their parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Sum

from ccperf.metrics import scopes
from ccperf.metrics.models import MetricDefinition, Observation, Rollup
from ccperf.people.models import Person, Site, Team

HEADER = ("period", "scope", "metric", "numerator", "denominator", "n", "value")
ALL = "all"


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
    metric: MetricDefinition | None = None,
) -> Iterator[ExportRow]:
    """Rows of every subject of a kind, in the order of period, subject and measure.

    ``start`` and ``end`` (both included) choose days; a week or month counts when it begins in them. ``all``
    pools every day of the range. Team figures of one name on two sites are told apart by the site.
    """
    keys = dict(MetricDefinition.objects.values_list("pk", "key"))
    names = _names(scope)
    for period, subject, metric_id, numerator, denominator, n in _sums(by, scope, start, end, metric):
        label = ALL if period is None else period.isoformat()
        yield ExportRow(label, names.get(subject, scope), keys[metric_id], numerator, denominator, n)


def _sums(by: str, scope: str, start: date | None, end: date | None, metric: MetricDefinition | None):
    """Tuples of period, subject, measure and parts. Agents' days are the observations themselves."""
    if scope == scopes.AGENT and by in {"day", ALL}:
        rows = Observation.objects.filter(person__isnull=False)
        rows = rows.annotate(starts_on=F("day"), scope_id=F("person_id"))
    else:
        rows = Rollup.objects.filter(scope=scope, grain="day" if by == ALL else by)
    rows = rows.filter(starts_on__gte=start) if start else rows
    rows = rows.filter(starts_on__lte=end) if end else rows
    rows = rows.filter(metric=metric) if metric else rows
    if by == ALL:
        pooled = rows.order_by("scope_id", "metric_id").values_list("scope_id", "metric_id")
        pooled = pooled.annotate(top=Sum("numerator"), base=Sum("denominator"), count=Sum("n"))
        return ((None, *row) for row in pooled.iterator())
    names = ("starts_on", "scope_id", "metric_id", "numerator", "denominator", "n")
    return rows.order_by("starts_on", "scope_id", "metric_id").values_list(*names).iterator()


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
