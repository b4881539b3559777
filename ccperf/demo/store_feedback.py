"""Stores the planned feedback with what became of it, and lets the theme engine read all of it."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from ccperf.demo.randomness import stream
from ccperf.demo.store_people import Centre
from ccperf.demo.stories import ANSWERS, Story, stories
from ccperf.privacy.masking import mask_before_save
from feedback.models import FeedbackEvent, FeedbackItem, FeedbackRoute
from feedback.seeding import seed_catalogue

GIVER = {"customer": "customer", "agent": "agent", "leader": "supervisor"}
BATCH = 500


def store_feedback(centre: Centre) -> int:
    """Write all feedback with sharing, reading and replies; returns how many items."""
    seed_catalogue()
    routes = {route.key: route for route in FeedbackRoute.objects.all()}
    _give_owners(centre, routes)
    made = stories(centre.plan)
    rng = stream(centre.plan.scale.seed, "clock")
    pairs = [(story, _item(centre, routes, story, number, rng)) for number, story in enumerate(made, start=1)]
    for start in range(0, len(pairs), BATCH):
        part = pairs[start : start + BATCH]
        with transaction.atomic():
            FeedbackItem.objects.bulk_create(item for _, item in part)
            _date_back(item for _, item in part)
            FeedbackEvent.objects.bulk_create(
                event for story, item in part for event in _events(centre, story, item)
            )
    return len(pairs)


def _give_owners(centre: Centre, routes: dict[str, FeedbackRoute]) -> None:
    managers = [centre.person(manager) for manager in centre.plan.managers]
    for position, route in enumerate(sorted(routes.values(), key=lambda route: route.key)):
        route.owner = managers[position % len(managers)]
    FeedbackRoute.objects.bulk_update(routes.values(), ["owner"])


def _item(centre: Centre, routes: dict, story: Story, number: int, rng) -> FeedbackItem:
    team = centre.teams[story.team]
    leader = centre.leader(story.team)
    person = centre.people[story.agent] if story.agent is not None else None
    item = FeedbackItem(
        reference=f"S-{number:06}" if story.voice == "customer" else None,
        route=routes[story.route],
        about_person=person,
        team=team,
        site_id=team.site_id,
        process_name=story.process,
        given_by_role=GIVER[story.voice],
        given_by_person=leader if story.voice == "leader" else None,
        customer_reference=f"C{rng.randrange(10**6, 10**7)}" if story.voice == "customer" else "",
        received_on=story.day,
        recorded_by=leader.user if story.voice != "customer" else None,
        text=mask_before_save(story.text).text,
        rating=story.rating,
        rating_scale=5 if story.rating else None,
        rating_best=5 if story.rating else None,
        strength=story.strength,
    )
    at = _moment(story.day, rng.randint(8 * 60, 17 * 60))
    item.recorded_at_planned = at
    if story.shared_after is not None:
        item.shared_at = at + timedelta(days=story.shared_after, minutes=35)
        item.shared_by = leader.user
    if story.acknowledged_after is not None:
        item.acknowledged_at = at + timedelta(days=story.acknowledged_after, minutes=90)
    if story.reply:
        item.replied_at = item.acknowledged_at + timedelta(minutes=4)
    if story.answered_after is not None:
        item.answered_at = at + timedelta(days=story.answered_after, minutes=15)
    return item


def _date_back(items: Iterable[FeedbackItem]) -> None:
    """The model stamps new rows with the present; the ORM would put all dates into one expression."""
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE feedback_feedbackitem SET recorded_at = %s WHERE id = %s",
            [(adapt(item.recorded_at_planned), item.pk) for item in items],
        )


def _moment(day, minutes: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(minutes // 60, minutes % 60)))


def _events(centre: Centre, story: Story, item: FeedbackItem):
    kinds = FeedbackEvent.Kind
    if item.shared_at:
        leader = item.shared_by
        yield FeedbackEvent(item=item, kind=kinds.SHARED, by=leader, by_name=str(leader), at=item.shared_at)
    subject = centre.people[story.agent].user if story.agent is not None else None
    if item.acknowledged_at:
        at = item.acknowledged_at
        yield FeedbackEvent(item=item, kind=kinds.ACKNOWLEDGED, by=subject, by_name=str(subject), at=at)
    if item.replied_at:
        yield FeedbackEvent(
            item=item,
            kind=kinds.REPLIED,
            by=subject,
            by_name=str(subject),
            text=story.reply,
            at=item.replied_at,
        )
    if item.answered_at:
        leader = item.shared_by
        words = ANSWERS[story.day.toordinal() % len(ANSWERS)]
        at = item.answered_at
        yield FeedbackEvent(item=item, kind=kinds.ANSWERED, by=leader, by_name=str(leader), text=words, at=at)
