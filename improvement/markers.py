"""Agreed actions as marks on the charts of teams and people."""

from collections.abc import Collection
from datetime import date

from ccperf.metrics.markers import Happening
from ccperf.metrics.scopes import AGENT, TEAM, Scope
from ccperf.people.models import User
from improvement.models import ImprovementAction


def action_marks(
    user: User, scopes: Collection[Scope], start: date, end: date
) -> dict[Scope, list[Happening]]:
    """Actions that began in ``[start, end)`` on these teams and people, as far as the user may see them.

    One query for all. An action of one person marks that person's charts, not those of the team.
    """
    teams = [scope.id for scope in scopes if scope.kind == TEAM]
    people = [scope.id for scope in scopes if scope.kind == AGENT]
    if not teams and not people:
        return {}
    agreed = ImprovementAction.objects.visible_to(user).filter(
        agreed_on__isnull=False, starts_on__gte=start, starts_on__lt=end
    )
    of_teams = agreed.filter(person__isnull=True, team__in=teams)
    found: dict[Scope, list[Happening]] = {}
    for action in (of_teams | agreed.filter(person__in=people)).order_by("starts_on", "pk"):
        scope = Scope.agent(action.person_id) if action.person_id else Scope.team(action.team_id)
        mark = Happening(
            action.starts_on, "action", action.title, action.get_absolute_url(), action.metric_id
        )
        found.setdefault(scope, []).append(mark)
    return found
