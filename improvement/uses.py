"""Actions as uses of a measure."""

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When

from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User
from improvement.models import ImprovementAction


def action_uses(user: User, metric: MetricDefinition) -> QuerySet:
    """The actions that aim at a measure or must not harm it."""
    rows = ImprovementAction.objects.visible_to(user) if user.access.can("actions.read") else None
    rows = ImprovementAction.objects.none() if rows is None else rows
    kind = Case(
        When(metric=metric, then=Value("Action")),
        default=Value("Guard of an action"),
        output_field=CharField(),
    )
    return rows.filter(Q(metric=metric) | Q(guard_metric=metric)).annotate(
        use_kind=kind, use_page=Value("improvement:action-detail"), use_label=F("title"), use_id=F("pk")
    )
