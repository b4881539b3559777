"""Changes that went live, as marks on the charts of what they reached."""

from collections.abc import Collection
from datetime import date

from django.db.models import F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast

from ccperf.metrics.scopes import Scope
from ccperf.people.models import User
from strategy.models import Change

NOT_DONE = (Change.Status.PROPOSED, Change.Status.ASSESSED, Change.Status.WITHDRAWN)


def change_marks(user: User | None, scopes: Collection[Scope], start: date, end: date) -> QuerySet:
    """The changes that went live in ``[start, end)``, a row for each team reached and measure they move.

    A change without teams reached everybody. An agent's chart is not marked with those of their team: what
    reached the team stands on the team's chart.
    """
    known = Change.objects.visible_to(user) if user else Change.objects.all()
    rows = known.filter(goes_live_on__gte=start, goes_live_on__lt=end)
    return rows.exclude(status__in=NOT_DONE).annotate(
        mark_day=F("goes_live_on"),
        mark_kind=Value("change"),
        mark_label=F("title"),
        mark_page=Value("strategy:change-detail"),
        mark_id=F("pk"),
        mark_metric=F("metrics"),
        mark_person=Cast(Value(None), IntegerField()),
        mark_team=F("teams"),
        mark_site=F("teams__site"),
    )
