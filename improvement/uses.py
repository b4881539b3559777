"""Actions as uses of a measure."""

from django.db.models import Q

from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.uses import MOST, Use
from ccperf.people.models import User
from improvement.models import ImprovementAction


def action_uses(user: User, metric: MetricDefinition) -> list[Use]:
    """The newest actions that aim at a measure or must not harm it; one query."""
    if not user.access.can("actions.read"):
        return []
    rows = ImprovementAction.objects.visible_to(user).filter(Q(metric=metric) | Q(guard_metric=metric))
    return [
        Use(
            "Action" if row.metric_id == metric.pk else "Guard of an action",
            row.title,
            row.get_absolute_url(),
        )
        for row in rows.order_by("-starts_on", "-pk")[:MOST]
    ]
