"""Who may look at the health of measures, and review them."""

from ccperf.core.dates import today
from ccperf.metrics.health.models import MetricHealth, MetricReview
from ccperf.metrics.models import MetricDefinition
from tests.access_rules import rule

KEY = {"key": "fcr_net"}


def checked(centre):
    MetricHealth.objects.update_or_create(
        metric=MetricDefinition.objects.get(**KEY),
        as_of=today(),
        defaults={"first_week": today(), "last_day": today(), "n": 1, "findings": []},
    )
    return KEY


RULES = {
    "metric_health:overview": rule(ok="manager admin"),
    "metric_health:metric": rule(ok="manager admin", args=checked),
    "metric_health:check-start": rule(method="post", ok="manager admin"),
    "metric_health:review-create": rule(
        method="post",
        ok="manager admin",
        args=checked,
        data=lambda centre: {"verdict": "keep", "works_well": "Everybody means the same by it."},
    ),
}


def grow(centre, count):
    """More measures that were checked and reviewed."""
    checked = MetricHealth.objects.values("metric")
    for metric in MetricDefinition.objects.exclude(pk__in=checked)[:count]:
        MetricHealth.objects.create(metric=metric, as_of=today(), first_week=today(), last_day=today(), n=1)
        MetricReview.objects.create(
            metric=metric, reviewed_on=today(), verdict="keep", works_well="It does.", findings_as_of=today()
        )
