"""Who may put alerts aside."""

from ccperf.core.dates import today
from ccperf.metrics.alerts.models import Alert
from ccperf.metrics.models import MetricDefinition
from tests.access_rules import rule


def alert_of(centre):
    alert, _ = Alert.objects.get_or_create(
        team=centre.team,
        metric=MetricDefinition.objects.get(key="fcr_net"),
        rule="outside",
        onset=today(),
        defaults={"is_high": False, "grain": "week", "last_period": today(), "state": "worse"},
    )
    return {"alerts": str(alert.pk)}


RULES = {
    "alerts:span": rule(ok="supervisor manager stranger", path="?metric=csat_t2b"),
    "alerts:alert-list": rule(ok="supervisor manager stranger", path="?status=all"),
    "alerts:dismiss": rule(method="post", ok="supervisor manager", stranger=404, data=alert_of),
    "alerts:bring-back": rule(method="post", ok="supervisor manager stranger"),
}


def grow(centre, count):
    """More measures of the team beyond noise."""
    told = Alert.objects.filter(team=centre.team).values("metric")
    for metric in MetricDefinition.objects.exclude(pk__in=told)[:count]:
        Alert.objects.create(
            team=centre.team,
            metric=metric,
            rule="shift",
            is_high=True,
            onset=today(),
            grain="week",
            last_period=today(),
            state="better",
            words="Improvement, rising",
        )
