"""Keeps the team stamped on observations true when a membership is entered late, corrected or removed."""

from collections.abc import Iterator
from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery

from ccperf.metrics.models import ContactRecord, Observation
from ccperf.metrics.services import restamp_team
from ccperf.people.models import Membership, Person


def follow_membership(instance: Membership, **kwargs) -> None:
    """Signal handler, in the transaction of the change: figures move to the team of their day.

    The whole history of the person is looked at, because a corrected row no longer knows the days it used to
    cover. People without observations cost one query.
    """
    if not kwargs.get("raw"):
        restamp_team(instance.person_id)


def days_of_first_figures(people: QuerySet[Person]) -> Iterator[tuple[int, date]]:
    """The days of each person's earliest observation and contact; who has none is left out."""
    for model in (Observation, ContactRecord):
        first = model.objects.filter(person=OuterRef("pk")).order_by("day").values("day")[:1]
        seen = people.annotate(seen=Subquery(first)).exclude(seen=None)
        yield from seen.order_by().values_list("pk", "seen")
