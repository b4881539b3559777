"""Objectives with their line of sight (D6) and the register of changes (M10, D13)."""

from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from ccperf.core.addresses import record_address
from ccperf.core.dated import DatedModel, DatedQuerySet
from ccperf.metrics.models import MetricDefinition, Queue
from ccperf.people.models import Person, Site, Team


class ObjectiveQuerySet(DatedQuerySet):
    def published(self) -> Self:
        return self.exclude(status=Objective.Status.DRAFT)

    def open(self) -> Self:
        return self.exclude(status=Objective.Status.CLOSED)

    def visible_to(self, user) -> Self:
        """Objectives a user may read.

        strategy.write   all, drafts too
        strategy.read    published ones
        """
        if user.access.can("strategy.write"):
            return self
        return self.published() if user.access.can("strategy.read") else self.none()


class Objective(DatedModel):
    """Something the organisation, a centre or a team wants to reach in a period, and where it is written."""

    class Level(models.TextChoices):
        ORGANISATION = "organisation", "Organisation"
        CENTRE = "centre", "Centre"
        TEAM = "team", "Team"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        TO_CONFIRM = "to_confirm", "To confirm"
        CONFIRMED = "confirmed", "Confirmed"
        CLOSED = "closed", "Closed"

    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    level = models.CharField(max_length=12, choices=Level)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name="serves the objective",
    )
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives")
    source_document = models.CharField(max_length=160, help_text="Where it is written.")
    source_place = models.CharField("page or section", max_length=80, blank=True)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="objectives_owned")
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    changed_on = models.DateField(null=True, blank=True)
    confirmed_on = models.DateField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives_confirmed"
    )
    metrics = models.ManyToManyField(MetricDefinition, through="ObjectiveMeasure", related_name="objectives")
    version = models.PositiveIntegerField(default=1)

    objects = ObjectiveQuerySet.as_manager()

    class Meta(DatedModel.Meta):
        ordering = ["number"]
        constraints = [
            *DatedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(level="organisation", site__isnull=True, team__isnull=True)
                | Q(level="centre", team__isnull=True)
                | Q(level="team", team__isnull=False),
                name="strategy_objective_level_has_place",
                violation_error_message="A team objective needs a team, an organisation objective no place.",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="strategy_objective_not_own_parent",
                violation_error_message="An objective cannot serve itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def reference(self) -> str:
        return f"O-{self.number}"

    @property
    def last_day(self) -> date | None:
        """The last day of its period, for people who read *until* as inclusive."""
        return self.ends_before - timedelta(days=1) if self.ends_before else None

    def get_absolute_url(self) -> str:
        return record_address("strategy:objective-detail", self.pk)


class ObjectiveMeasure(models.Model):
    """How one objective is measured: by a metric, or by one still wanted, which shows as a gap."""

    class Part(models.TextChoices):
        OUTCOME = "outcome", "Outcome: what customers or people get"
        BEHAVIOUR = "behaviour", "Behaviour: what is done differently"
        GUARD = "guard", "Guard: what must not suffer"

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="measures")
    metric = models.ForeignKey(
        MetricDefinition, null=True, blank=True, on_delete=models.PROTECT, related_name="objective_measures"
    )
    wanted = models.CharField("measure still wanted", max_length=160, blank=True)
    part = models.CharField(max_length=10, choices=Part, default=Part.OUTCOME)
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["objective", "metric"],
                condition=Q(metric__isnull=False),
                name="strategy_measure_once_per_objective",
                violation_error_message="This measure already stands under the objective.",
            ),
            models.CheckConstraint(
                condition=Q(metric__isnull=False) ^ ~Q(wanted=""),
                name="strategy_measure_or_wanted",
                violation_error_message="Choose a measure, or say which is wanted.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.metric) if self.metric_id else self.wanted


class ChangePolicy(DatedModel):
    """From which score a change is managed actively or told, and how many hours a week a person can bear."""

    manage_from = models.PositiveSmallIntegerField(
        "manage actively from, % of the highest score", default=45, validators=[MaxValueValidator(100)]
    )
    tell_from = models.PositiveSmallIntegerField(
        "tell people from, % of the highest score", default=20, validators=[MaxValueValidator(100)]
    )
    hours_limit = models.DecimalField("hours a person and week", max_digits=4, decimal_places=1, default=4)

    objects = DatedQuerySet.as_manager()

    class Meta(DatedModel.Meta):
        ordering = ["-starts_on"]
        verbose_name_plural = "change policies"
        constraints = [
            *DatedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(tell_from__lte=F("manage_from")),
                name="strategy_policy_in_order",
                violation_error_message="Telling starts at or below managing.",
            ),
        ]

    def __str__(self) -> str:
        return f"Manage from {self.manage_from}%, tell from {self.tell_from}%"


class ChangeFactor(models.Model):
    """One question of the score that says whether a change needs active management."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    question = models.CharField(max_length=200)
    weight = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    position = models.PositiveSmallIntegerField(default=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ChangeQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Changes that are neither finished nor withdrawn."""
        return self.exclude(status__in=[Change.Status.CLOSED, Change.Status.WITHDRAWN])

    def undecided(self) -> Self:
        return self.filter(status__in=[Change.Status.PROPOSED, Change.Status.ASSESSED])

    def during(self, start, end) -> Self:
        """Changes that ask something of people in [start, end)."""
        return self.filter(starts_on__lt=end, ends_on__gte=start)

    def visible_to(self, user) -> Self:
        """Changes a user may read.

        strategy.propose, strategy.write, HR, admin   all
        strategy.read                                 from approval on, and those they nominated
        """
        access = user.access
        if access.can("strategy.propose") or access.can("strategy.write") or access.roles & {"hr", "admin"}:
            return self
        if not access.can("strategy.read"):
            return self.none()
        hidden = [Change.Status.PROPOSED, Change.Status.ASSESSED, Change.Status.WITHDRAWN]
        return self.filter(~Q(status__in=hidden) | Q(nominated_by_id=access.person_id))


class Change(models.Model):
    """A change that reaches the people of the centre, from nomination to embedding (M10, D13).

    ``starts_on`` to ``ends_on`` (inclusive) is the time it asks effort of people; ``goes_live_on`` lies in
    between and is what charts mark.
    """

    class Category(models.TextChoices):
        SYSTEM = "system", "System or technology"
        PROCESS = "process", "Process or policy"
        PRODUCT = "product", "Product or price"
        REGULATION = "regulation", "Regulation"
        ORGANISATION = "organisation", "Organisation or structure"
        PEOPLE = "people", "People, roles or shifts"
        LOCATION = "location", "Location or home working"
        SUPPLIER = "supplier", "Supplier or outsourcing"
        CHANNEL = "channel", "Channel or routing"
        MEASURE = "measure", "Measures or targets"
        AUTOMATION = "automation", "Automation or AI"

    class Origin(models.TextChoices):
        OURS = "ours", "Ours"
        OTHERS = "others", "Others'"

    class Size(models.TextChoices):
        SMALL = "s", "Small"
        MEDIUM = "m", "Medium"
        LARGE = "l", "Large"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ASSESSED = "assessed", "Assessed"
        APPROVED = "approved", "Approved"
        IN_PROGRESS = "in_progress", "In progress"
        LIVE = "live", "Live"
        EMBEDDED = "embedded", "Embedded"
        CLOSED = "closed", "Closed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Outcome(models.TextChoices):
        UNDECIDED = "", "Not decided"
        MANAGE = "manage", "Manage actively"
        TELL = "tell", "Tell people"
        WATCH = "watch", "Watch"

    title = models.CharField(max_length=120)
    category = models.CharField(max_length=12, choices=Category)
    origin = models.CharField("whose change", max_length=8, choices=Origin, default=Origin.OURS)
    description = models.TextField("what changes for people")
    reason = models.TextField("why")
    sponsor = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="changes_sponsored"
    )
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="changes_owned"
    )
    nominated_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="changes_nominated"
    )
    teams = models.ManyToManyField(
        Team, blank=True, related_name="changes", help_text="None chosen means every team."
    )
    queues = models.ManyToManyField(Queue, blank=True, related_name="changes")
    metrics = models.ManyToManyField(
        MetricDefinition, blank=True, related_name="changes", verbose_name="measures it may move"
    )
    roles_affected = models.CharField(max_length=160, blank=True)
    starts_on = models.DateField("asks effort from")
    goes_live_on = models.DateField("goes live on")
    ends_on = models.DateField("embedded by")
    size = models.CharField(max_length=1, choices=Size, default=Size.MEDIUM)
    hours_per_person = models.DecimalField(
        "hours a person in all",
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(999)],
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.PROPOSED)
    outcome = models.CharField(
        "needs active management?", max_length=8, choices=Outcome, blank=True, default=Outcome.UNDECIDED
    )
    outcome_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="changes_decided"
    )
    decided_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(goes_live_on__gte=F("starts_on")) & Q(ends_on__gte=F("goes_live_on")),
                name="strategy_change_dates_in_order",
                violation_error_message="A change starts, goes live, then is embedded: check the three days.",
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | ~Q(outcome_reason=""),
                name="strategy_change_outcome_has_reason",
                violation_error_message="Say why.",
            ),
        ]
        indexes = [models.Index(fields=["status", "starts_on"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return record_address("strategy:change-detail", self.pk)


class ChangeScore(models.Model):
    """What one assessor answered to one factor for one change, 0 (not at all) to 3 (very much)."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="scores")
    factor = models.ForeignKey(ChangeFactor, on_delete=models.PROTECT, related_name="scores")
    assessor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="change_scores")
    level = models.PositiveSmallIntegerField(validators=[MaxValueValidator(3)])
    reason = models.CharField(max_length=200, blank=True)
    scored_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["factor__position", "assessor__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "factor", "assessor"], name="strategy_score_once_per_assessor"
            ),
            models.CheckConstraint(condition=Q(level__lte=3), name="strategy_score_0_to_3"),
        ]

    def __str__(self) -> str:
        return f"{self.factor}: {self.level}"


class ChangeEvent(models.Model):
    """One step in the life of a change: what happened, by whom, and why. Written once, never edited."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_name = models.CharField(max_length=160)
    from_status = models.CharField(max_length=12, choices=Change.Status, blank=True)
    to_status = models.CharField(max_length=12, choices=Change.Status, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.change}: {self.to_status or 'note'}"
