"""Which actions hang on a measure: by title where the reader may read them, the others in numbers."""

from django.db.models import Q

from ccperf.metrics.dependants import Dependant
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User
from improvement.models import ImprovementAction

MOST_TITLES = 12
ICON = "check2-square"


def depending_actions(user: User, metric: MetricDefinition) -> list[Dependant]:
    """Open actions that are judged by the measure, and those it guards; two queries.

    Whose an action is, is nobody's business who only defines measures: those are counted.
    """
    touched = ImprovementAction.objects.open().filter(Q(metric=metric) | Q(guard_metric=metric))
    shown = list(touched.visible_to(user).order_by("-starts_on", "-pk")[:MOST_TITLES])
    found = [
        Dependant(
            row.title,
            "is judged by it" if row.metric_id == metric.pk else "has it as guard measure",
            ICON,
            row.get_absolute_url(),
        )
        for row in shown
    ]
    if others := touched.count() - len(shown):
        found.append(Dependant(f"{others} open action{'s' if others > 1 else ''}", "rest on it", ICON))
    return found
