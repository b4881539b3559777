"""Agreed actions as marks on the charts of teams and people."""

from collections.abc import Collection
from datetime import date

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from ccperf.metrics.scopes import AGENT, TEAM, Scope
from ccperf.people.models import User
from improvement.models import ImprovementAction


def action_marks(user: User | None, scopes: Collection[Scope], start: date, end: date) -> QuerySet:
    """Actions that began in ``[start, end)`` on these teams and people, as far as the user may see them.

    An action of one person marks that person's charts, not those of the team.
    """
    teams = [scope.id for scope in scopes if scope.kind == TEAM]
    people = [scope.id for scope in scopes if scope.kind == AGENT]
    known = ImprovementAction.objects.visible_to(user) if user else ImprovementAction.objects.all()
    agreed = known.filter(agreed_on__isnull=False, starts_on__gte=start, starts_on__lt=end)
    nobody = Cast(Value(None), IntegerField())
    whose, of_team = Q(person__in=people), nobody
    if teams:
        whose |= Q(person__isnull=True, team__in=teams)
        of_team = Case(When(person__isnull=True, then=F("team_id")), output_field=IntegerField())
    return agreed.filter(whose).annotate(
        mark_day=F("starts_on"),
        mark_kind=Value("action"),
        mark_label=F("title"),
        mark_page=Value("improvement:action-detail"),
        mark_id=F("pk"),
        mark_metric=F("metric_id"),
        mark_person=F("person_id"),
        mark_team=of_team,
        mark_site=nobody,
    )
