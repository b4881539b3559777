"""Who may open which address of the retention room."""

from datetime import timedelta

from ccperf.core.dates import today
from retention.models import Leaver, ReasonForLeaving
from retention.services import GivenReasons, LeaverFacts, register_leaver
from tests.access_rules import rule
from tests.factories import make_person


def make_leaver(centre, *, days_ago: int = 60, kind: str = "voluntary", reason: str = "pay") -> Leaver:
    person = make_person(team=centre.team)
    given = GivenReasons(stated_by="leaver", primary=ReasonForLeaving.objects.get(key=reason))
    facts = LeaverFacts(
        person=person, kind=kind, left_on=today() - timedelta(days=days_ago), reasons=(given,)
    )
    return register_leaver(by=centre.hr, facts=facts)


def entry(centre) -> dict:
    return {"pk": make_leaver(centre).pk}


RULES = {
    "retention:patterns": rule(ok="manager hr", stranger=403, otherwise=403),
    "retention:leaver-list": rule(ok="hr", stranger=403, otherwise=403),
    "retention:leaver-create": rule(ok="hr", stranger=403, otherwise=403),
    "retention:register-start": rule(ok="hr", stranger=403, otherwise=403),
    "retention:leaver-detail": rule(ok="hr", stranger=403, otherwise=403, args=entry),
    "retention:leaver-edit": rule(ok="hr", stranger=403, otherwise=403, args=entry),
    "retention:leaver-reasons": rule(ok="hr", stranger=403, otherwise=403, args=entry),
    "retention:leaver-remove": rule(ok="hr", stranger=403, otherwise=403, args=entry),
}


def grow(centre, count: int) -> None:
    for number in range(count):
        make_leaver(centre, days_ago=40 + 9 * number)
