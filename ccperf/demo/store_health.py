"""What the machine would have done overnight: signals looked for, measures checked; and two reviews."""

from ccperf.demo.store_people import Centre
from ccperf.metrics.alerts.models import Alert
from ccperf.metrics.alerts.services import look
from ccperf.metrics.health.models import MetricHealth
from ccperf.metrics.health.services import check_all, review_metric

REVIEWS = (
    (
        "fcr_net",
        "keep",
        "Leaders and agents mean the same by it, and it moves when we act. Customers feel it.",
        "",
    ),
    (
        "aht",
        "fix",
        "It drives staffing well: the forecast of handle time is within three per cent.",
        "Show it by contact reason before the next quarter, and take it off the page of single agents.",
    ),
)


def store_signals(centre: Centre) -> int:
    """Look at every team once, as after any import; returns how many alerts that gives."""
    look()
    return Alert.objects.count()


def store_health(centre: Centre) -> int:
    """Check every measure and review two; returns how many were checked."""
    check_all()
    manager = centre.person(centre.plan.managers[0])
    for key, verdict, works_well, to_do in REVIEWS:
        check = MetricHealth.objects.filter(metric__key=key).select_related("metric").first()
        if check:
            review_metric(
                by=manager.user, metric=check.metric, verdict=verdict, works_well=works_well, to_do=to_do
            )
    return MetricHealth.objects.count()
