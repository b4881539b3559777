"""Whether a measure deserves its place: what a check found, and what people decided about it."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from ccperf.metrics.models import MetricDefinition


class MetricHealth(models.Model):
    """The ten checks of one measure as they stood on one day (criterion D7).

    ``findings`` is a list of dicts as ``findings.Finding`` writes them. A later check of the same day
    replaces the earlier one; other days stay.
    """

    metric = models.ForeignKey(MetricDefinition, on_delete=models.CASCADE, related_name="health_checks")
    as_of = models.DateField()
    computed_at = models.DateTimeField(auto_now=True)
    first_week = models.DateField()
    last_day = models.DateField()
    n = models.BigIntegerField("n in these weeks")
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["-as_of"]
        constraints = [models.UniqueConstraint(fields=["metric", "as_of"], name="metric_health_once_a_day")]

    def __str__(self) -> str:
        return f"{self.metric}, {self.as_of}"

    def get_absolute_url(self) -> str:
        return reverse("metric_health:metric", args=[self.metric.key])


class MetricReview(models.Model):
    """What a named person decided about a measure, with the findings it rests on as they were that day.

    Never changed: a later review stands beside it.
    """

    class Verdict(models.TextChoices):
        KEEP = "keep", "Keep"
        FIX = "fix", "Fix"
        RETIRE = "retire", "Retire"

    metric = models.ForeignKey(MetricDefinition, on_delete=models.PROTECT, related_name="reviews")
    reviewed_on = models.DateField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewer_name = models.CharField(max_length=120)
    verdict = models.CharField(max_length=6, choices=Verdict)
    works_well = models.TextField("what works well")
    to_do = models.TextField("what will be done", blank=True)
    findings = models.JSONField(default=list)
    findings_as_of = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-reviewed_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.metric}: {self.get_verdict_display()}, {self.reviewed_on}"

    def get_absolute_url(self) -> str:
        return f"{reverse('metric_health:metric', args=[self.metric.key])}#reviews"
