"""Objectives as uses of a measure."""

from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.uses import MOST, Use
from ccperf.people.models import User
from strategy.models import Objective


def objective_uses(user: User, metric: MetricDefinition) -> list[Use]:
    """The objectives that are measured by it; one query."""
    if not user.access.can("strategy.read"):
        return []
    rows = Objective.objects.visible_to(user).filter(metrics=metric).order_by("number").distinct()
    return [Use("Objective", str(row), row.get_absolute_url()) for row in rows[:MOST]]
