"""Brings inboxes into the state of a normal morning: old things read, a few of late new."""

from datetime import datetime, time, timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from ccperf.demo.store_people import Centre
from ccperf.jobs.models import Job
from ccperf.notify.models import Notification
from feedback.models import FeedbackItem
from improvement.models import ImprovementAction

NEW_FOR_DAYS = 5


def settle_inbox(centre: Centre) -> int:
    """Date messages by what they are about and tell what a morning tells; returns how many there are."""
    _date_back_about_actions(centre)
    _tell_agents(centre)
    _tell_leaders(centre)
    # Work that the building of the centre asked for is done: nothing is left for the worker to repeat.
    Job.objects.filter(status=Job.Status.QUEUED).delete()
    old = timezone.now() - timedelta(days=NEW_FOR_DAYS)
    Notification.objects.filter(created_at__lt=old, read_at=None).update(read_at=old)
    return Notification.objects.count()


def _moment(day, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def _date_back_about_actions(centre: Centre) -> None:
    for action in ImprovementAction.objects.all():
        day = max(action.starts_on - timedelta(days=1), centre.plan.scale.starts_on)
        if day < centre.today:
            Notification.objects.filter(url=action.get_absolute_url()).update(created_at=_moment(day, 9, 10))


def _tell_agents(centre: Centre) -> None:
    shared = FeedbackItem.objects.filter(shared_at__isnull=False).select_related("about_person")
    since = timezone.now() - timedelta(days=21)
    rows = [
        Notification(
            person=item.about_person,
            kind="feedback.shared",
            text=f"{item.shared_by} shared feedback with you",
            url=item.get_absolute_url(),
            key=f"feedback.shared.{item.pk}",
            read_at=item.acknowledged_at,
        )
        for item in shared.filter(shared_at__gte=since).select_related("shared_by")
    ]
    _store(
        rows, {f"feedback.shared.{item.pk}": item.shared_at for item in shared.filter(shared_at__gte=since)}
    )


def _tell_leaders(centre: Centre) -> None:
    waiting = (
        FeedbackItem.objects.unshared().values("team_id").annotate(count=Count("pk")).order_by("team_id")
    )
    counts = {row["team_id"]: row["count"] for row in waiting}
    rows, moments = [], {}
    for index, team in enumerate(centre.teams):
        if counts.get(team.pk):
            key = f"feedback.waiting.{team.pk}.{centre.today.isoformat()}"
            rows.append(
                Notification(
                    person=centre.leader(index),
                    kind="feedback.waiting",
                    text=f"{counts[team.pk]} pieces of feedback wait to be shared in team {team.name}",
                    url=reverse("feedback:item-list"),
                    key=key,
                )
            )
            moments[key] = _moment(centre.today, 7, 5)
    _store(rows, moments)


def _store(rows: list[Notification], moments: dict[str, datetime]) -> None:
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    stored = list(Notification.objects.filter(key__in=list(moments)[:900]))
    for start in range(900, len(moments), 900):
        stored += Notification.objects.filter(key__in=list(moments)[start : start + 900])
    for row in stored:
        row.created_at = moments[row.key]
    Notification.objects.bulk_update(stored, ["created_at"], batch_size=500)
