"""Stores who left, with the reasons they gave and those that HR found."""

from django.db import transaction

from ccperf.demo.plan import PlannedPerson
from ccperf.demo.store_people import Centre
from ccperf.metrics.rollups import refresh
from retention.figures import write_figures
from retention.models import Leaver, LeaverReason, ReasonForLeaving, RegisterStart
from retention.seeding import seed_reasons


def store_leavers(centre: Centre) -> int:
    """Write the leaver register of the period and its measures; returns how many people left."""
    count = _store_register(centre)
    write_figures()
    refresh()
    return count


@transaction.atomic
def _store_register(centre: Centre) -> int:
    seed_reasons()
    reasons = {reason.key: reason for reason in ReasonForLeaving.objects.all()}
    hr = centre.officer("hr").user
    RegisterStart.objects.get_or_create(defaults={"recorded_from": centre.plan.scale.starts_on, "set_by": hr})
    left = [person for person in centre.plan.agents if person.leaving]
    rows = Leaver.objects.bulk_create(_leaver(centre, person, hr) for person in left)
    LeaverReason.objects.bulk_create(
        row for person, leaver in zip(left, rows, strict=True) for row in _reasons(person, leaver, reasons)
    )
    return len(rows)


def _leaver(centre: Centre, person: PlannedPerson, hr) -> Leaver:
    team = centre.teams[person.spells[-1][0]]
    return Leaver(
        person=centre.person(person),
        employment=centre.employments[person.index],
        kind=person.leaving.kind,
        started_on=person.started_on,
        notice_on=person.leaving.notice_on,
        left_on=person.leaving.last_day,
        is_regretted=person.leaving.is_regretted,
        team=team,
        site_id=team.site_id,
        recorded_by=hr,
    )


def _reasons(person: PlannedPerson, leaver: Leaver, reasons: dict[str, ReasonForLeaving]):
    leaving, said = person.leaving, LeaverReason.StatedBy
    yield LeaverReason(leaver=leaver, reason=reasons[leaving.stated], stated_by=said.LEAVER, is_primary=True)
    if leaving.second:
        yield LeaverReason(leaver=leaver, reason=reasons[leaving.second], stated_by=said.LEAVER)
    yield LeaverReason(leaver=leaver, reason=reasons[leaving.coded], stated_by=said.HR, is_primary=True)
