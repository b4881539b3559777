"""Keeps the team stamped on observations true when a membership is entered late, corrected or removed."""

from ccperf.metrics.services import restamp_team
from ccperf.people.models import Membership


def follow_membership(instance: Membership, **kwargs) -> None:
    """Signal handler, in the transaction of the change: figures move to the team of their day.

    The whole history of the person is looked at, because a corrected row no longer knows the days it used to
    cover. People without observations cost one query.
    """
    if not kwargs.get("raw"):
        restamp_team(instance.person_id)
