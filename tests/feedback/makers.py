"""Small makers of feedback for tests."""

from datetime import timedelta

from django.utils import timezone

from ccperf.core.dates import today
from feedback.models import FeedbackItem, FeedbackRoute
from feedback.seeding import seed_catalogue


def make_route(key: str = "floor_walk") -> FeedbackRoute:
    """A route of the seeded register."""
    if not FeedbackRoute.objects.filter(key=key).exists():
        seed_catalogue()
    return FeedbackRoute.objects.get(key=key)


def make_item(
    centre, *, about="agent", text="Rang the customer back herself.", shared=False, days_ago=0, **fields
):
    """A note about a person of the centre (by their name there) or, with ``about=None``, about no person."""
    person = getattr(centre.people, about) if about else None
    team = centre.team if about in ("agent", "colleague") else None
    fields.setdefault("team", team)
    fields.setdefault("strength", "strength")
    fields.setdefault("recorded_by", centre.supervisor)
    return FeedbackItem.objects.create(
        route=make_route(),
        about_person=person,
        text=text,
        received_on=today() - timedelta(days=days_ago),
        shared_at=timezone.now() if shared else None,
        shared_by=centre.supervisor if shared else None,
        **fields,
    )
