"""What is measured: definitions, dated targets and observations. A value is never stored, only its parts."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from ccperf.core.dated import DatedModel
from ccperf.people.models import Person, Site, Team


class MetricDefinitionQuerySet(models.QuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)


class MetricDefinition(models.Model):
    """A measure: numerator over denominator, pooled as sum over sum (criteria P7, P9)."""

    class Unit(models.TextChoices):
        PERCENT = "percent", "%"
        SECONDS = "seconds", "seconds"
        POINTS = "points", "points"
        PER_THOUSAND = "per_thousand", "per 1,000"
        SCORE = "score", "score"
        CURRENCY = "currency", "£"
        RATIO = "ratio", "ratio"

    class Direction(models.TextChoices):
        HIGHER = "higher", "Higher is better"
        LOWER = "lower", "Lower is better"
        BAND = "band", "Inside a band is best"
        NONE = "none", "No direction"

    class Level(models.TextChoices):
        AGENT = "agent", "Agent"
        TEAM = "team", "Team"
        QUEUE = "queue", "Queue"
        SITE = "site", "Site"

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40)
    unit = models.CharField(max_length=20, choices=Unit)
    direction = models.CharField(max_length=10, choices=Direction)
    level = models.CharField("lowest level", max_length=10, choices=Level)
    numerator_label = models.CharField("numerator", max_length=160)
    denominator_label = models.CharField("denominator", max_length=160)
    n_label = models.CharField("what n counts", max_length=60, default="contacts")
    minimum_n = models.PositiveIntegerField("fewest n to compare", default=30)
    lower_bound = models.FloatField("least possible value", null=True, blank=True)
    upper_bound = models.FloatField("greatest possible value", null=True, blank=True)
    usual_low = models.FloatField(null=True, blank=True)
    usual_high = models.FloatField(null=True, blank=True)
    purpose = models.TextField(blank=True)
    caution = models.TextField("how it is gamed or misread", blank=True)
    guard = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="guards",
        verbose_name="guard measure",
    )
    position = models.PositiveSmallIntegerField(default=100)
    is_active = models.BooleanField(default=True)

    objects = MetricDefinitionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("metrics:metric-detail", args=[self.key])


class MetricTarget(DatedModel):
    """What a measure should reach from a day on; a team's target goes before its site's, that before all."""

    metric = models.ForeignKey(MetricDefinition, on_delete=models.CASCADE, related_name="targets")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="targets")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="targets")
    low = models.FloatField("at least", null=True, blank=True)
    high = models.FloatField("at most", null=True, blank=True)

    class Meta(DatedModel.Meta):
        ordering = ["starts_on"]
        constraints = [
            *DatedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(low__isnull=False) | Q(high__isnull=False),
                name="metrics_target_has_value",
                violation_error_message="Give a lowest or a highest value.",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lte=F("high")),
                name="metrics_target_in_order",
                violation_error_message="The lowest value is above the highest.",
            ),
            models.CheckConstraint(
                condition=Q(site__isnull=True) | Q(team__isnull=True), name="metrics_target_site_or_team"
            ),
        ]

    def get_absolute_url(self) -> str:
        return f"{self.metric.get_absolute_url()}#targets"


class Queue(models.Model):
    """A routing queue or channel; without a site it belongs to the organisation."""

    name = models.CharField(max_length=120)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="queues")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="metrics_queue_once_per_site"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(site__isnull=True), name="metrics_queue_once_without_site"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ObservationQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Rows a user may drill into.

        everyone                own rows
        supervisor, manager     rows of the people and teams they lead or manage today
        metrics.read            rows of queues and sites, which name nobody
        """
        rows = Q(person__in=Person.objects.performance_visible_to(user))
        if user.access.can("metrics.read"):
            rows |= Q(person__isnull=True, team__isnull=True)
            rows |= Q(person__isnull=True, team_id__in=user.access.scope_team_ids)
        return self.filter(rows)


class Observation(models.Model):
    """One measure of one subject on one day, as numerator, denominator and n.

    ``subject`` names whose figure it is in one never-null column, so that one unique key serves agents,
    teams, queues and sites on every database: ``agent:12``, ``team:3``, ``queue:7``, ``site:2``.
    ``team`` is stamped at ingest from the membership that covers the day.
    """

    class Origin(models.TextChoices):
        DIRECT = "direct", "Imported as a figure"
        CONTACTS = "contacts", "Counted from contacts"
        INTERVALS = "intervals", "Summed from intervals"

    day = models.DateField()
    subject = models.CharField(max_length=24)
    # Each index slows every write: only the ones below, which no foreign key repeats.
    metric = models.ForeignKey(
        MetricDefinition, on_delete=models.PROTECT, related_name="observations", db_index=False
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="observations", db_index=False
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="observations", db_index=False
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="observations", db_index=False
    )
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="observations", db_index=False
    )
    numerator = models.FloatField()
    denominator = models.FloatField()
    n = models.PositiveIntegerField()
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.DIRECT)
    batch_id = models.BigIntegerField(null=True, blank=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        ordering = ["day", "subject", "metric_id"]
        constraints = [
            models.UniqueConstraint(fields=["day", "subject", "metric"], name="metrics_observation_once"),
            models.CheckConstraint(condition=Q(denominator__gte=0), name="metrics_denominator_not_negative"),
        ]
        indexes = [
            models.Index(fields=["team", "day", "metric"]),
            models.Index(fields=["person", "day", "metric"]),
            models.Index(
                fields=["site"], condition=Q(site__isnull=False), name="metrics_observation_of_site"
            ),
            models.Index(
                fields=["queue"], condition=Q(queue__isnull=False), name="metrics_observation_of_queue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.subject} {self.metric_id}"


from ccperf.metrics.records import ContactRecord, IntervalRecord  # noqa: E402, F401 - they need Queue above


class DirtyPartition(models.Model):
    """A day of a subject whose sums no longer match the observations.

    Written in the transaction that changes the observations. Deliberately without a unique key: a writer that
    found an equal row and added none could commit after a refresh had already taken that row away.
    ``scope`` is agent, team, site or organisation; what stands above it follows from it.
    """

    day = models.DateField()
    scope = models.CharField(max_length=12)
    scope_id = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["day"])]

    def __str__(self) -> str:
        return f"{self.day} {self.scope}:{self.scope_id}"


class Rollup(models.Model):
    """Sums of one measure of one subject over a day, a week from Monday, or a month.

    Agents' days are the observations themselves and are not repeated here. A value is the sum of numerators
    over the sum of denominators, worked out when it is read.
    """

    class Grain(models.TextChoices):
        DAY = "day", "Day"
        WEEK = "week", "Week"
        MONTH = "month", "Month"

    # The key is the table: SQLite keeps the rows in its order, and nothing else has to be kept in order.
    pk = models.CompositePrimaryKey("scope", "grain", "scope_id", "starts_on", "metric_id")
    scope = models.CharField(max_length=12)
    grain = models.CharField(max_length=5, choices=Grain)
    scope_id = models.BigIntegerField(default=0)
    starts_on = models.DateField()
    metric = models.ForeignKey(
        MetricDefinition,
        on_delete=models.CASCADE,
        related_name="rollups",
        db_index=False,
        db_constraint=False,
    )
    numerator = models.FloatField()
    denominator = models.FloatField()
    n = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.scope}:{self.scope_id} {self.grain} {self.starts_on} {self.metric_id}"


class RollupState(models.Model):
    """How fresh the sums are: one row. ``generation`` grows with every change of a sum and names caches."""

    class Status(models.TextChoices):
        STARTED = "started", "Being worked out"
        DONE = "done", "Up to date"

    generation = models.PositiveBigIntegerField(default=0)
    status = models.CharField(max_length=8, choices=Status, default=Status.DONE)
    data_up_to = models.DateField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Generation {self.generation}"
