"""Which objectives a measure serves, and which changes are watched by it."""

from django.db.models import IntegerField, Value

from ccperf.metrics.dependants import Dependant
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User
from strategy.models import Change, Objective


def depending_objectives(user: User, metric: MetricDefinition) -> list[Dependant]:
    """Objectives and changes the user may read; one query."""
    objectives = Objective.objects.visible_to(user).open().filter(metrics=metric).order_by()
    changes = Change.objects.visible_to(user).open().filter(metrics=metric).order_by()
    changes = changes.annotate(number=Value(0, IntegerField()))
    columns = ("number", "pk", "title")
    rows = objectives.values_list(*columns).union(changes.values_list(*columns)).order_by("-number", "title")
    return [
        _objective(Objective(pk=pk, number=number, title=title))
        if number
        else _change(Change(pk=pk, title=title))
        for number, pk, title in rows
    ]


def _objective(item: Objective) -> Dependant:
    return Dependant(str(item), "is measured by it", "flag", item.get_absolute_url())


def _change(item: Change) -> Dependant:
    return Dependant(item.title, "is a change it may move with", "calendar-range", item.get_absolute_url())
