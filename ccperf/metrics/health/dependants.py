"""What was checked and decided about a measure, for the page that says what depends on it."""

from django.urls import reverse

from ccperf.metrics.dependants import Dependant
from ccperf.metrics.health.models import MetricHealth, MetricReview
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User

ICON = "clipboard-check"


def depending_reviews(user: User, metric: MetricDefinition) -> list[Dependant]:
    """The newest health check and the newest review, which read the measure by its definition; one query."""
    checks = MetricHealth.objects.filter(metric=metric).order_by("-as_of").values("as_of")
    review = MetricReview.objects.filter(metric=metric).values("reviewed_on")
    newest = MetricDefinition.objects.filter(pk=metric.pk).values_list(checks[:1], review[:1]).first()
    checked_on, reviewed_on = newest or (None, None)
    url = reverse("metric_health:metric", args=[metric.key]) if user.access.can("metrics.review") else ""
    found = []
    if checked_on:
        found.append(Dependant("Health check", f"read it on {checked_on:%-d %B %Y}", ICON, url))
    if reviewed_on:
        words = f"rests on it, of {reviewed_on:%-d %B %Y}"
        found.append(Dependant("Review", words, ICON, url and f"{url}#reviews"))
    return found
