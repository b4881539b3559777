"""The contacts or intervals that an observation was counted from, each with its own parts."""

from dataclasses import dataclass
from datetime import datetime

from ccperf.metrics.importing_contacts import contact_sums, figures_of
from ccperf.metrics.importing_intervals import parts_of, pooled
from ccperf.metrics.models import ContactRecord, IntervalRecord, Observation


@dataclass(frozen=True)
class Behind:
    """One contact or interval and what it adds to the numerator, the denominator and n."""

    name: str
    at: datetime | None
    about: str
    numerator: float
    denominator: float
    n: int


def records_behind(row: Observation) -> list[Behind]:
    """What ``row`` was counted from, in the order of the day; nothing for a figure imported as such.

    Records that do not say what the measure asks add nothing and are left out. The parts of all add up to
    those of the row, because they are counted by the same rule.
    """
    if row.origin == Observation.Origin.CONTACTS:
        found = _contacts(row)
    elif row.origin == Observation.Origin.INTERVALS:
        found = _intervals(row)
    else:
        found = []
    return [one for one in found if one.denominator or one.numerator]


def _contacts(row: Observation) -> list[Behind]:
    contacts = ContactRecord.objects.filter(day=row.day, subject=row.subject)
    # Grouped by contact, so that the sums are those of each single one.
    named = contacts.values("pk", "key", "started_at", "topic").annotate(**contact_sums())
    return [
        Behind(one["key"], one["started_at"], one["topic"], *dict(figures_of(one))[row.metric.key])
        for one in named.order_by("started_at", "pk")
    ]


def _intervals(row: Observation) -> list[Behind]:
    """The finest records of the day; a month's total stands on its first day."""
    records = list(IntervalRecord.objects.filter(day=row.day, subject=row.subject).order_by("starts_at"))
    finest = min((record.grain for record in records), default=None)
    kept = [record for record in records if record.grain == finest]
    columns = parts_of(kept).get(row.metric.key)
    if columns is None:
        return []
    return [
        Behind(record.get_grain_display(), record.starts_at, "", *pooled([record], *columns))
        for record in kept
    ]
