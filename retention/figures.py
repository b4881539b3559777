"""Attrition as measures: what other rooms read as figures of the whole organisation.

Only the whole, and only in groups that the threshold allows: figures of teams or sites by month would name
single leavers. Pages of this room show the parts, guarded together.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from ccperf.core.dates import add_months, month_start, today
from ccperf.metrics.models import Observation
from ccperf.metrics.scopes import ObservationKey, ObservationRow, Scope
from ccperf.metrics.services import WriteResult, delete_observations, write_observations
from ccperf.people.models import Employment
from ccperf.privacy.threshold import Grain, minimum
from retention.analysis_turnover import Spell, early_leavers, joined_intakes, person_days
from retention.models import RegisterStart

EARLY, ANNUALISED = "early_attrition_90", "attrition_annualised"
WINDOW = 90
WHOLE = Scope.organisation()


def write_figures() -> WriteResult:
    """Bring the measures up to the register as it stands. Safe to repeat.

    A measure that a file brought for the whole organisation is left to the file.
    """
    kept = Observation.objects.filter(subject=WHOLE.subject, metric__key__in=(EARLY, ANNUALISED))
    brought = set(kept.filter(batch_id__isnull=False).values_list("metric__key", flat=True))
    rows = [row for row in _rows() if row.metric not in brought]
    wanted = {(row.day, row.metric) for row in rows}
    old = kept.filter(batch_id__isnull=True).values_list("day", "metric__key")
    delete_observations(ObservationKey(day, WHOLE, key) for day, key in old if (day, key) not in wanted)
    return write_observations(rows, origin=Observation.Origin.DIRECT)


def _rows() -> Iterator[ObservationRow]:
    rows = Employment.objects.values_list("start_is_known", "starts_on", "ends_before")
    services = [(is_known, Spell(*days)) for is_known, *days in rows]
    spells = [spell for _, spell in services]
    start = _recorded_from(spells)
    if start is not None:
        yield from _early([spell for is_known, spell in services if is_known], start)
        yield from _annualised(spells, start)


def _recorded_from(spells: Sequence[Spell]) -> date | None:
    """The first month whose leavers are all known; None while nobody has left."""
    told = RegisterStart.objects.order_by("pk").values_list("recorded_from", flat=True).first()
    ends = [spell.ended_before for spell in spells if spell.ended_before]
    first = told or min(ends, default=None)
    if first is None:
        return None
    return first if first.day == 1 else add_months(month_start(first), 1)


def _early(spells: Sequence[Spell], start: date) -> Iterator[ObservationRow]:
    """Each intake once, on the day by which all of it has had its ninety days."""
    cohorts = early_leavers(spells, start=start, end=today(), as_of=today(), window=WINDOW)
    for cohort in joined_intakes(cohorts, least=minimum(Grain.AVERAGE)):
        settled = add_months(cohort.month, 1) + timedelta(days=WINDOW)
        if settled < today():
            left, began = cohort.left_early, cohort.starters
            yield ObservationRow(settled, WHOLE, EARLY, left, began, began)


def _annualised(spells: Sequence[Spell], start: date) -> Iterator[ObservationRow]:
    """Each complete month on its last day: leavers times 365 over person-days."""
    while (end := add_months(start, 1)) <= month_start(today()):
        days = person_days(spells, start, end)
        people = round(days / (end - start).days)
        if people >= minimum(Grain.AVERAGE):
            left = sum(spell.ended_within(start, end) for spell in spells)
            last = end - timedelta(days=1)
            yield ObservationRow(last, WHOLE, ANNUALISED, 365 * left, days, people)
        start = end
