"""What a measure means on a day: the terms of its definition, and the dated versions that hold them."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from ccperf.core.dated import DatedModel, DatedQuerySet
from ccperf.metrics.analysis_formula import Definition


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


class Terms(models.Model):
    """Everything about a measure that may change from a day on.

    A measure without formulas is imported; one with formulas is worked out of other measures' parts, and the
    units of its own parts follow from them.
    """

    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40)
    unit = models.CharField(max_length=20, choices=Unit)
    direction = models.CharField(max_length=10, choices=Direction)
    level = models.CharField("lowest level", max_length=10, choices=Level)
    numerator_label = models.CharField("numerator", max_length=160)
    denominator_label = models.CharField("denominator", max_length=160)
    numerator_unit = models.CharField(max_length=30, default="contacts")
    denominator_unit = models.CharField(max_length=30, default="contacts")
    numerator_formula = models.CharField(max_length=500, blank=True)
    denominator_formula = models.CharField(max_length=500, blank=True)
    n_label = models.CharField("what n counts", max_length=60, default="contacts")
    minimum_n = models.PositiveIntegerField("fewest n to compare", default=30)
    lower_bound = models.FloatField("least possible value", null=True, blank=True)
    upper_bound = models.FloatField("greatest possible value", null=True, blank=True)
    usual_low = models.FloatField(null=True, blank=True)
    usual_high = models.FloatField(null=True, blank=True)
    purpose = models.TextField(blank=True)
    caution = models.TextField("how it is gamed or misread", blank=True)
    decision = models.TextField("decision it feeds", blank=True)
    examples = models.TextField("worked examples", blank=True)
    guard = models.ForeignKey(
        "metrics.MetricDefinition",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="%(class)s_guarded",
        verbose_name="guard measure",
    )
    owner = models.ForeignKey(
        "people.Person",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="%(class)s_owned",
    )

    class Meta:
        abstract = True

    @property
    def is_derived(self) -> bool:
        return bool(self.numerator_formula)

    @property
    def parts(self) -> Definition:
        """Numerator and denominator as formulas know them."""
        return Definition(
            self.numerator_unit, self.denominator_unit, self.numerator_formula, self.denominator_formula
        )

    @property
    def terms(self) -> dict[str, Any]:
        """Every term by the name of its column."""
        return {name: getattr(self, name) for name in TERMS}


TERMS = tuple(field.attname for field in Terms._meta.local_fields)


class MetricVersion(Terms, DatedModel):
    """A definition that holds from a day on; without a first day it is the draft of the next one.

    Days before the first version are read by the first: figures that were imported earlier have no other.
    """

    metric = models.ForeignKey("metrics.MetricDefinition", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    starts_on = models.DateField("from", null=True, blank=True)
    reason = models.CharField("what changes and why", max_length=300, blank=True)
    edits = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta(DatedModel.Meta):
        ordering = ["number"]
        constraints = [
            *DatedModel.Meta.constraints,
            models.UniqueConstraint(fields=["metric", "number"], name="metrics_version_number_once"),
            models.UniqueConstraint(fields=["metric", "starts_on"], name="metrics_version_day_once"),
            models.UniqueConstraint(
                fields=["metric"], condition=Q(starts_on__isnull=True), name="metrics_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric_id} version {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.starts_on is None


def version_on(history: list[MetricVersion], day: date) -> MetricVersion | None:
    """The version of ``day`` among those in their order; the first also holds before its own day."""
    begun = [version for version in history if version.starts_on is not None and version.starts_on <= day]
    return begun[-1] if begun else next(iter(history), None)
