"""Which actions hang on a measure, in numbers: whose they are is nobody's business who defines measures."""

from django.db.models import Count, Q

from ccperf.metrics.dependants import Dependant
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User
from improvement.models import ImprovementAction


def depending_actions(user: User, metric: MetricDefinition) -> list[Dependant]:
    """Open actions that are judged by the measure, and those it guards; one query."""
    counts = ImprovementAction.objects.open().aggregate(
        judged=Count("pk", filter=Q(metric=metric)), guarded=Count("pk", filter=Q(guard_metric=metric))
    )
    notes = (("judged", "judged by it"), ("guarded", "with it as guard measure"))
    return [
        Dependant(f"{counts[name]} open action{'s' if counts[name] > 1 else ''}", note, "check2-square")
        for name, note in notes
        if counts[name]
    ]
