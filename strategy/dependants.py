"""Which objectives a measure serves, and which changes are watched by it."""

from ccperf.metrics.dependants import Dependant
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User
from strategy.models import Change, Objective


def depending_objectives(user: User, metric: MetricDefinition) -> list[Dependant]:
    """Objectives and changes the user may read; two queries."""
    objectives = Objective.objects.visible_to(user).open().filter(metrics=metric)
    found = [
        Dependant(str(item), "is measured by it", "flag", item.get_absolute_url()) for item in objectives
    ]
    changes = Change.objects.visible_to(user).open().filter(metrics=metric)
    found += [
        Dependant(item.title, "is a change it may move with", "calendar-range", item.get_absolute_url())
        for item in changes
    ]
    return found
