"""Improvement actions: agreed with the people named in them, measured against a frozen baseline."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Self

from django.conf import settings
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q

from ccperf.agreements.models import Agreement, AgreementParty
from ccperf.core.addresses import record_address
from ccperf.core.dates import today
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import Person, Team
from ccperf.people.scope import Access, people_in_scope
from feedback.conditions import Written, written
from feedback.models import FeedbackItem
from feedback.themes.models import Theme
from improvement.models_decisions import ThemeDecision


def _led_today_by(access: Access) -> Q:
    """Actions for a team, or about a person, in the scope of today."""
    if not access.scope_team_ids:
        return Q(pk__in=[])
    return Q(person__isnull=True, team_id__in=access.scope_team_ids) | people_in_scope(access, "person_id")


def _once_led_by(access: Access) -> Q:
    """Actions of teams this user led or managed at any time, in person or as a delegate."""
    teams = Q(team_id__in=access.once_led_team_ids)
    # Somebody who belongs to no team is led by managers only.
    return teams | Q(team_id__isnull=True) if access.once_managed else teams


@lru_cache(maxsize=512)
def _followed(access: Access, day: date, vendor: str) -> Written:
    """What these rights let follow on a day, written for a database (``vendor``)."""
    rows = Q(person__isnull=True, team_id__in=access.own_team_ids)
    if access.person_id:
        parties = AgreementParty.objects.filter(person_id=access.person_id)
        as_team = parties.filter(side=AgreementParty.Side.TEAM).values("agreement_id")
        as_colleague = Q(owner_id=access.person_id) | Q(agreement__in=parties.values("agreement_id"))
        rows |= Q(person_id=access.person_id) | Q(agreement__in=as_team)
        rows |= as_colleague & ~_once_led_by(access)
    return written(ImprovementAction, rows | _led_today_by(access))


class ImprovementActionQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Who sees which actions.

        everyone with actions.read   those for them, those they agreed to as one of the team, those of their
                                     own team as a whole, and those they own or are named in as a colleague
        supervisor, manager          those of the teams they lead or manage, and about their people, of today
        HR, admin                    none

        Whoever led the team of an action at some time sees it only while they lead: owning it, or being
        named in it as a leader, gives no right once that has ended.
        """
        access = user.access
        if not access.can("actions.read") or not (access.person_id or access.scope_team_ids):
            return self.none()
        return self.filter(_followed(access, today(), connection.vendor))

    def open(self) -> Self:
        """Proposed or being done."""
        return self.filter(status__in=ImprovementAction.OPEN)

    def being_done(self) -> Self:
        return self.filter(status=ImprovementAction.Status.AGREED)

    def overdue(self, on: date) -> Self:
        return self.being_done().filter(due_on__lt=on)

    def due_between(self, start: date, end: date) -> Self:
        """Being done and due on a day of ``[start, end)``."""
        return self.being_done().filter(due_on__gte=start, due_on__lt=end)

    def stalled(self, on: date) -> Self:
        """Being done, not yet overdue, but its check-in is more than a week late."""
        return self.being_done().filter(
            next_check_on__lt=on - timedelta(days=ImprovementAction.STALLED_AFTER_DAYS)
        )

    def check_in_due(self, before: date) -> Self:
        return self.being_done().filter(next_check_on__lt=before)

    def waiting_for(self, person_id: int | None) -> Self:
        """Those whose present wording this person has not answered."""
        waiting = AgreementParty.objects.waiting().filter(
            person_id=person_id, agreement_id=OuterRef("agreement_id")
        )
        return self.filter(Exists(waiting))


class ImprovementAction(models.Model):
    """Something named people agreed to do differently, and the measure that will show it (criteria M6, M8).

    The baseline is frozen when the action is agreed: later corrections of the data do not move it.
    """

    STALLED_AFTER_DAYS = 7
    EARLY = "Too early to tell"

    class Source(models.TextChoices):
        THEME = "theme", "A theme"
        ITEM = "item", "One piece of feedback"
        METRIC = "metric", "A measure"
        OWN = "own", "Own observation"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waiting for agreement"
        AGREED = "agreed", "Being done"
        CLOSED = "closed", "Closed"
        NOT_AGREED = "not_agreed", "Not agreed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Verdict(models.TextChoices):
        IMPROVED = "improved", "Improved"
        NO_CHANGE = "no_detectable_change", "No detectable change"
        WORSE = "worse", "Worse"
        GUARD_BREACHED = "guard_breached", "Guard breached"
        NOT_ENOUGH_DATA = "not_enough_data", "Not enough data"

    OPEN = (Status.PROPOSED, Status.AGREED)

    title = models.CharField(max_length=120)
    what = models.TextField("what will be done differently")
    why = models.TextField(blank=True)
    source = models.CharField("comes from", max_length=8, choices=Source, default=Source.OWN)
    theme = models.ForeignKey(
        Theme, null=True, blank=True, on_delete=models.PROTECT, related_name="improvement_actions"
    )
    decision = models.ForeignKey(
        ThemeDecision, null=True, blank=True, on_delete=models.PROTECT, related_name="improvement_actions"
    )
    item = models.ForeignKey(
        FeedbackItem, null=True, blank=True, on_delete=models.PROTECT, related_name="improvement_actions"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="improvement_actions"
    )
    person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="improvement_actions",
        help_text="Empty when it is for the whole team.",
    )
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="owned_actions")
    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, related_name="improvement_action")
    metric = models.ForeignKey(
        MetricDefinition, null=True, blank=True, on_delete=models.PROTECT, related_name="improvement_actions"
    )
    guard_metric = models.ForeignKey(
        MetricDefinition, null=True, blank=True, on_delete=models.PROTECT, related_name="guarded_actions"
    )
    guard_limit = models.FloatField("guard must not pass", null=True, blank=True)
    target_value = models.FloatField("target", null=True, blank=True)
    baseline_start = models.DateField(null=True, blank=True)
    baseline_end = models.DateField("baseline until (first day after)", null=True, blank=True)
    baseline_numerator = models.FloatField(null=True, blank=True)
    baseline_denominator = models.FloatField(null=True, blank=True)
    baseline_n = models.PositiveIntegerField(null=True, blank=True)
    baseline_points = models.JSONField("weekly baseline as frozen", default=list)
    guard_points = models.JSONField("weekly baseline of the guard as frozen", default=list)
    baseline_frozen_at = models.DateTimeField(null=True, blank=True)
    starts_on = models.DateField()
    due_on = models.DateField()
    check_every_days = models.PositiveSmallIntegerField("days between check-ins", default=28)
    next_check_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    agreed_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    outcome = models.TextField(blank=True)
    verdict = models.CharField(max_length=24, choices=Verdict, blank=True)
    verdict_sentence = models.TextField(blank=True)
    verdict_basis = models.TextField(blank=True)
    verdict_change = models.FloatField(null=True, blank=True)
    verdict_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ImprovementActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["status", "due_on"]),
            models.Index(fields=["team", "status"]),
            models.Index(fields=["person", "status"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gt=F("starts_on")),
                name="improvement_action_due_after_start",
                violation_error_message="The review must come after the start. Choose a later day.",
            ),
            models.CheckConstraint(
                condition=Q(team__isnull=False) | Q(person__isnull=False),
                name="improvement_action_has_subject",
                violation_error_message="Choose the team or the person it is for.",
            ),
            models.CheckConstraint(
                condition=Q(check_every_days__gte=1), name="improvement_action_checked_at_times"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return record_address("improvement:action-detail", self.pk)

    @property
    def code(self) -> str:
        return f"A-{self.pk:04}" if self.pk else "A-new"

    def is_led_by(self, user) -> bool:
        """Whether a user answers for it as a leader or manager of today; one's own is led by others."""
        teams = user.access.scope_team_ids
        if not teams or not self.person_id:
            return self.team_id in teams
        if self.person_id == user.access.person_id:
            return False
        return Person.objects.performance_visible_to(user).filter(pk=self.person_id).exists()

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_overdue(self) -> bool:
        return self.status == self.Status.AGREED and self.due_on < today()

    @property
    def baseline_value(self) -> float | None:
        if not self.baseline_denominator or self.baseline_numerator is None:
            return None
        return self.baseline_numerator / self.baseline_denominator

    @property
    def verdict_words(self) -> str:
        """The verdict in its word; waiting for weeks to come is not the same as having too few."""
        if self.verdict == self.Verdict.NOT_ENOUGH_DATA and self.verdict_sentence.startswith(self.EARLY):
            return self.EARLY
        return self.get_verdict_display()

    @property
    def verdict_said(self) -> str:
        """The sentence as it stands below the verdict's word, which it does not repeat."""
        return self.verdict_sentence.removeprefix(f"{self.verdict_words}: ")

    @property
    def sustain_check_on(self) -> date:
        """When to look whether the change lasted: 90 days after the review."""
        return self.due_on + timedelta(days=90)


class Promise(models.Model):
    """One thing one side promised in an action, and whether it was kept (criterion M6)."""

    action = models.ForeignKey(ImprovementAction, on_delete=models.CASCADE, related_name="promises")
    side = models.CharField(max_length=8, choices=AgreementParty.Side)
    text = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["side", "position", "pk"]

    def __str__(self) -> str:
        return self.text


class CheckIn(models.Model):
    """A look at how an action goes: with whom, the measure that week as it stood then, and a note (M8)."""

    action = models.ForeignKey(ImprovementAction, on_delete=models.CASCADE, related_name="check_ins")
    held_on = models.DateField(default=today)
    with_person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="check_ins"
    )
    note = models.TextField()
    numerator = models.FloatField(null=True, blank=True)
    denominator = models.FloatField(null=True, blank=True)
    n = models.PositiveIntegerField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-held_on", "-pk"]

    def __str__(self) -> str:
        return f"Check-in on {self.held_on}"

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None
