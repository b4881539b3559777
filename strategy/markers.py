"""Changes that went live, as marks on the charts of what they reached."""

from collections.abc import Collection
from datetime import date
from itertools import groupby

from django.db.models import F

from ccperf.metrics.markers import Happening
from ccperf.metrics.scopes import SITE, TEAM, Scope
from ccperf.people.models import User
from strategy.models import Change

NOT_DONE = (Change.Status.PROPOSED, Change.Status.ASSESSED, Change.Status.WITHDRAWN)


def change_marks(
    user: User, scopes: Collection[Scope], start: date, end: date
) -> dict[Scope, list[Happening]]:
    """The changes that went live in ``[start, end)`` by what they reached; one query.

    A change without teams reached everybody. An agent's chart is not marked here: what reached the team
    stands on the team's chart.
    """
    rows = (
        Change.objects.visible_to(user)
        .filter(goes_live_on__gte=start, goes_live_on__lt=end)
        .exclude(status__in=NOT_DONE)
        .annotate(team_id=F("teams"), site_id=F("teams__site"))  # A row for each team; one without teams.
    )
    found: dict[Scope, list[Happening]] = {}
    for change, parts in groupby(rows.order_by("pk", "teams"), key=lambda row: row):
        mark = Happening(change.goes_live_on, "change", change.title, change.get_absolute_url())
        reached = {Scope(kind, row_id) for row in parts for kind, row_id in _reached(row)}
        for scope in scopes:
            if not reached or scope in reached:
                found.setdefault(scope, []).append(mark)
    return found


def _reached(row: Change) -> list[tuple[str, int]]:
    return [(TEAM, row.team_id), (SITE, row.site_id)] if row.team_id else []
