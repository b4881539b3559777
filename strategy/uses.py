"""Objectives as uses of a measure."""

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat

from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User
from strategy.models import Objective


def objective_uses(user: User, metric: MetricDefinition) -> QuerySet:
    """The objectives that are measured by it."""
    rows = Objective.objects.visible_to(user).filter(metrics=metric)
    label = Concat(Value("O-"), Cast("number", CharField()), Value(" "), F("title"))
    return rows.annotate(
        use_kind=Value("Objective"),
        use_page=Value("strategy:objective-detail"),
        use_label=label,
        use_id=F("pk"),
    )
