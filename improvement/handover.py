"""Open actions follow leadership: whoever led hands their part to whoever leads now."""

from collections import defaultdict

from django.db import transaction

from ccperf.agreements import services as agreements
from ccperf.agreements.models import AgreementParty
from ccperf.audit.services import record
from ccperf.notify.services import notify
from ccperf.people.models import Leadership, Membership, Person, User
from improvement.models import ImprovementAction

Side = AgreementParty.Side


def leader_parties():
    """Those named on the leaders' side of actions that are open."""
    open_now = ImprovementAction.OPEN
    return AgreementParty.objects.filter(side=Side.LEADER, agreement__improvement_action__status__in=open_now)


def parts_to_hand_over() -> list[tuple[ImprovementAction, Person]]:
    """Open actions with a leader who may no longer see them, and so can neither answer nor follow them.

    Somebody who never had a login is left alone: they were named knowing that.
    """
    named: dict[int, set[int]] = defaultdict(set)
    for person_id, action_id in leader_parties().values_list("person_id", "agreement__improvement_action"):
        named[person_id].add(action_id)
    found = []
    for user in User.objects.filter(person__in=named).select_related("person"):
        seen = ImprovementAction.objects.visible_to(user).values("pk")
        lost = ImprovementAction.objects.filter(pk__in=named[user.person.pk]).exclude(pk__in=seen)
        found += [(action, user.person) for action in lost.select_related("agreement", "person")]
    return found


@transaction.atomic
def hand_over(*, action: ImprovementAction, former: Person) -> Person | None:
    """Put today's leader in the place of a former one; None while nobody leads. Safe to repeat."""
    successor = _leader_today(action)
    if successor is None or successor == former:
        return None
    agreements.take_over(agreement=action.agreement, former=former, successor=successor)
    if action.owner_id == former.pk:
        action.owner = successor
        action.version += 1
        action.save(update_fields=["owner", "version"])
    record(
        "improvement.action.handed_over",
        by=None,
        subject=action,
        about=action.person,
        before={"leader": former.pk},
        after={"leader": successor.pk},
    )
    notify(
        successor,
        kind="improvement.action",
        text=f"You take over an action from {former.name}: {action.title}.",
        url=action.get_absolute_url(),
        key=f"improvement.{action.pk}.handed_over.{former.pk}.{successor.pk}",
    )
    return successor


def _leader_today(action: ImprovementAction) -> Person | None:
    """Who leads the team of the action, or of its person, today; the one appointed last."""
    team_id = action.team_id
    if action.person_id:
        membership = Membership.objects.on().filter(person_id=action.person_id).first()
        team_id = membership.team_id if membership else None
    rows = Leadership.objects.on().filter(team_id=team_id).exclude(person_id=action.person_id)
    leadership = rows.select_related("person").order_by("-starts_on", "-pk").first()
    return leadership.person if leadership else None
