"""Changes that went live, as marks on the charts of what they reached."""

from collections.abc import Collection
from datetime import date

from ccperf.metrics.markers import Happening
from ccperf.metrics.scopes import SITE, TEAM, Scope
from ccperf.people.models import Team, User
from strategy.models import Change

NOT_DONE = (Change.Status.PROPOSED, Change.Status.ASSESSED, Change.Status.WITHDRAWN)


def change_marks(
    user: User, scopes: Collection[Scope], start: date, end: date
) -> dict[Scope, list[Happening]]:
    """The changes that went live in ``[start, end)`` by what they reached; two queries.

    A change without teams reached everybody. An agent's chart is not marked here: what reached the team
    stands on the team's chart.
    """
    rows = (
        Change.objects.visible_to(user)
        .filter(goes_live_on__gte=start, goes_live_on__lt=end)
        .exclude(status__in=NOT_DONE)
        .prefetch_related("teams")
    )
    found: dict[Scope, list[Happening]] = {}
    for change in rows:
        mark = Happening(change.goes_live_on, "change", change.title, change.get_absolute_url())
        teams = list(change.teams.all())
        for scope in scopes:
            if _reaches(teams, scope):
                found.setdefault(scope, []).append(mark)
    return found


def _reaches(teams: list[Team], scope: Scope) -> bool:
    if not teams:
        return True
    if scope.kind == TEAM:
        return any(team.pk == scope.id for team in teams)
    return scope.kind == SITE and any(team.site_id == scope.id for team in teams)
