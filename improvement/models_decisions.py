"""Decisions on themes: what is done about what people say, by whom, until when, and what they are told."""

from datetime import date
from functools import lru_cache
from typing import Self

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q

from ccperf.core.addresses import record_address
from ccperf.core.dates import today
from ccperf.people.models import Person, Team
from ccperf.people.scope import Access
from feedback.conditions import Written, written
from feedback.themes.models import Theme


@lru_cache(maxsize=512)
def _heard_of(access: Access, vendor: str) -> Written:
    """Which decisions these rights let read, written for a database (``vendor``)."""
    for_team = ThemeDecision.teams.through.objects.order_by().values("themedecision_id")
    led = Q(pk__in=for_team.filter(team_id__in=access.scope_team_ids))
    own = Q(pk__in=for_team.filter(team_id__in=access.own_team_ids))
    owned = Q(owner_id=access.person_id or 0)
    return written(ThemeDecision, led | owned | own & Q(told_on__isnull=False))


class ThemeDecisionQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Who sees which decisions.

        supervisor, manager          those for a team they lead or manage today
        everyone with actions.read   those they own, and those for their own team that were told to it
        HR, admin                    none
        """
        access = user.access
        if not access.can("actions.read"):
            return self.none()
        return self.filter(_heard_of(access, connection.vendor))


class ThemeDecision(models.Model):
    """What was decided about a theme for some teams, with the figures it rested on that day (criterion M4).

    ``due_on`` is the clock: until then those teams hear what came of it. ``heard`` never changes.
    """

    class Kind(models.TextChoices):
        ACT = "act", "Act"
        COMBINE = "combine", "Combine with another theme"
        NOT_NOW = "not_now", "Not now, with the reason"

    class Stage(models.TextChoices):
        DECIDED = "decided", "Decided"
        DOING = "doing", "Doing"
        CHANGED = "changed", "Changed"
        TOLD = "told", "Told"

    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField("decision", max_length=8, choices=Kind)
    combined_with = models.ForeignKey(
        Theme, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions_that_join_it"
    )
    reason = models.TextField()
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="owned_decisions")
    due_on = models.DateField("told by")
    teams = models.ManyToManyField(Team, related_name="theme_decisions")
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="decisions_made")
    decided_on = models.DateField(default=today)
    heard = models.JSONField("figures of the day, as frozen", default=dict)
    told_text = models.TextField("what the teams were told", blank=True)
    told_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ThemeDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="combine", combined_with__isnull=False)
                | (~Q(kind="combine") & Q(combined_with__isnull=True)),
                name="improvement_decision_combined_with_one",
                violation_error_message="Choose the theme it is combined with.",
            ),
            models.CheckConstraint(
                condition=Q(combined_with__isnull=True) | ~Q(combined_with=F("theme")),
                name="improvement_decision_not_with_itself",
                violation_error_message="Choose another theme than this one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.theme}"

    def get_absolute_url(self) -> str:
        return record_address("decisions:decision-detail", self.pk)

    @property
    def code(self) -> str:
        return f"D-{self.pk:04}"

    def is_late(self, on: date) -> bool:
        """Whether its clock has run out; needs the stage that ``with_stage`` adds."""
        return self.stage != self.Stage.TOLD and self.due_on < on
