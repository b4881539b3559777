"""What is measured: definitions, dated targets and observations. A value is never stored, only its parts."""

from copy import copy
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Prefetch, Q
from django.urls import reverse
from django.utils.functional import cached_property

from ccperf.core.dated import DatedModel
from ccperf.metrics.terms import Direction, Level, MetricVersion, Terms, Unit, version_on
from ccperf.people.models import Person, Site, Team


class MetricDefinitionQuerySet(models.QuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def imported(self) -> Self:
        """Measures in use whose figures come with files; derived ones are worked out of them."""
        return self.active().filter(numerator_formula="")

    def with_history(self) -> Self:
        """Measures with their published versions in their order: two queries."""
        published = MetricVersion.objects.filter(starts_on__isnull=False).order_by("starts_on")
        return self.prefetch_related(
            Prefetch("versions", published.select_related("owner"), to_attr="history")
        )


class MetricDefinition(Terms):
    """A measure: numerator over denominator, pooled as sum over sum (criteria P7, P9).

    Its terms are those of today, copied from the version of today; ``definition_on`` gives those of a day.
    ``is_active`` is false for a measure that was never published and for one that is retired.
    """

    Unit = Unit
    Direction = Direction
    Level = Level

    key = models.SlugField(max_length=60, unique=True)
    position = models.PositiveSmallIntegerField(default=100)
    is_active = models.BooleanField(default=True)
    retired_on = models.DateField(null=True, blank=True)

    objects = MetricDefinitionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("metrics:metric-detail", args=[self.key])

    @cached_property
    def history(self) -> list[MetricVersion]:
        """The published versions in their order; ``with_history`` reads those of many measures at once."""
        return list(self.versions.filter(starts_on__isnull=False).order_by("starts_on"))

    @cached_property
    def _by_version(self) -> dict[int, Self]:
        return {}

    def definition_on(self, day: date) -> Self:
        """This measure with the terms of ``day``, so that a page of that day reads as it did then."""
        version = version_on(self.history, day) if len(self.history) > 1 else None
        if version is None:
            return self
        if version.number not in self._by_version:
            then = copy(self)
            for name, value in version.terms.items():
                setattr(then, name, value)
            then.owner, then.history = version.owner, self.history
            self._by_version[version.number] = then
        return self._by_version[version.number]

    def reads_at(self, kind: str) -> bool:
        """Whether a page of such a subject shows it: what is no person's own is not shown of a person."""
        return kind != self.Level.AGENT or self.level == self.Level.AGENT

    def __getstate__(self) -> dict:
        """Without its versions: what is kept of a page holds many measures and asks for the past no more."""
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name not in {"history", "_by_version"}}

    def in_use_on(self, day: date) -> bool:
        """Whether pages of ``day`` show it: after its first version began, while it was not retired."""
        begun = not self.history or self.history[0].starts_on <= day
        return begun and (self.is_active or self.retired_on is not None) and not self.is_retired_on(day)

    def is_retired_on(self, day: date) -> bool:
        """Whether it was out of use on ``day``: retired, also when it was brought back later."""
        if self.retired_on and day >= self.retired_on:
            return True
        version = version_on(self.history, day)
        return bool(version and version.ends_before and day >= version.ends_before)


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
        DERIVED = "derived", "Worked out by formula"

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
from ccperf.metrics.saved import SavedView  # noqa: E402, F401


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
