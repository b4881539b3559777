"""Who may open the pages of people, accounts and delegations."""

from datetime import timedelta

from ccperf.core.dates import today
from ccperf.people.models import Membership, Role
from tests.access_rules import EVERYONE, rule
from tests.factories import make_delegation, make_person, make_team


def of_agent(centre) -> dict:
    return {"pk": centre.people.agent.pk}


def of_team(centre) -> dict:
    return {"pk": centre.team.pk}


def without_account(centre) -> dict:
    return {"pk": make_person(team=centre.team).pk}


def future_move(centre) -> dict:
    person = make_person()
    move = Membership.objects.create(person=person, team=centre.team, starts_on=today() + timedelta(days=9))
    return {"pk": move.pk}


def delegation(centre) -> dict:
    return {"pk": make_delegation(centre.people.supervisor, centre.people.manager).pk}


ADMIN_PAGE = {"ok": "admin", "otherwise": 403}
ADMIN_FORM = {**ADMIN_PAGE, "method": "post"}
LEADERS = "supervisor manager admin stranger"

RULES = {
    "people:person-list": rule(**ADMIN_PAGE),
    "people:person-invite": rule(**ADMIN_PAGE),
    "people:person-edit": rule(**ADMIN_PAGE, args=of_agent),
    "people:person-roles": rule(**ADMIN_PAGE, args=of_agent),
    "people:person-move": rule(**ADMIN_PAGE, args=of_agent),
    "people:person-leave": rule(**ADMIN_PAGE, args=of_agent),
    "people:span-give": rule(**ADMIN_PAGE, args=of_agent),
    "people:account-open": rule(**ADMIN_PAGE, args=without_account),
    "people:account-deactivate": rule(**ADMIN_PAGE, args=of_agent),
    "people:invitation-send": rule(**ADMIN_FORM, args=of_agent),
    "people:account-reactivate": rule(**ADMIN_FORM, args=of_agent),
    "people:move-withdraw": rule(**ADMIN_FORM, args=future_move),
    "people:span-end": rule(
        **ADMIN_FORM,
        args=lambda centre: {"pk": make_person(role=Role.MANAGER, manages=centre.team).spans.get().pk},
    ),
    "people:team-list": rule(**ADMIN_PAGE),
    "people:site-create": rule(**ADMIN_PAGE),
    "people:team-create": rule(**ADMIN_PAGE),
    "people:team-edit": rule(**ADMIN_PAGE, args=of_team),
    "people:leader-appoint": rule(**ADMIN_PAGE, args=of_team),
    "people:team-close": rule(**ADMIN_FORM, args=lambda centre: {"pk": make_team().pk}),
    "people:leadership-end": rule(
        **ADMIN_FORM,
        args=lambda centre: {
            "pk": make_person(role=Role.SUPERVISOR, leads=centre.far_team).leaderships.get().pk
        },
    ),
    "people:delegation-list": rule(ok=LEADERS),
    "people:delegation-create": rule(ok=LEADERS),
    # Only who gave or holds a delegation, and the administrator, knows of it.
    "people:delegation-end": rule(
        method="post", ok="supervisor manager admin", stranger=404, args=delegation
    ),
    "account": rule(ok=EVERYONE),
    "login": rule(anonymous=200, otherwise=302),
    "logout": rule(method="post", ok=EVERYONE),
    "password_change": rule(ok=EVERYONE),
    "password_reset": rule(ok=EVERYONE, anonymous=200),
    "password_reset_done": rule(ok=EVERYONE, anonymous=200),
    "password_reset_complete": rule(ok=EVERYONE, anonymous=200),
    "password_reset_confirm": rule(
        ok=EVERYONE, anonymous=200, args=lambda centre: {"uidb64": "MQ", "token": "spent-token"}
    ),
}


def grow(centre, count: int) -> None:
    """More people with logins in the teams, more teams, more delegations."""
    for _ in range(count):
        make_person(team=centre.team, user=True)
        team = make_team(site=centre.site)
        leader = make_person(role=Role.SUPERVISOR, leads=team, user=True)
        make_delegation(leader, centre.people.supervisor)
