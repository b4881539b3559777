"""Which actions hang on a measure: by title where the reader may read them, the others in numbers."""

from django.db.models import Q

from ccperf.metrics.dependants import Dependant
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User
from improvement.models import ImprovementAction

MOST_TITLES = 12
ICON = "check2-square"


def depending_actions(user: User, metric: MetricDefinition) -> list[Dependant]:
    """Open actions that are judged by the measure, and those it guards; one query.

    Whose an action is, is nobody's business who only defines measures: those are counted.
    """
    may_read = Q(pk__in=ImprovementAction.objects.visible_to(user).order_by().values("pk"))
    touched = ImprovementAction.objects.open().filter(Q(metric=metric) | Q(guard_metric=metric))
    touched = touched.select_related("team")
    rows = list(touched.annotate(may_read=may_read).order_by("-may_read", "-starts_on", "-pk"))
    shown = [row for row in rows if row.may_read][:MOST_TITLES]
    found = [Dependant(row.title, _note(row, metric), ICON, row.get_absolute_url()) for row in shown]
    if others := len(rows) - len(shown):
        found.append(Dependant(f"{others} open action{'s' if others > 1 else ''}", "resting on it", ICON))
    return found


def _note(action: ImprovementAction, metric: MetricDefinition) -> str:
    """How it hangs on the measure, and the team: one action is often agreed with several teams."""
    words = "judged by it" if action.metric_id == metric.pk else "with it as guard measure"
    return f"{words}, team {action.team.name}" if action.team else words
