"""Telling people things."""

from collections.abc import Iterable

from django.utils import timezone

from ccperf.notify.models import Notification, NotificationQuerySet
from ccperf.people.models import Person


def notify(person: Person, *, kind: str, text: str, url: str, key: str) -> Notification:
    """Put one message into the inbox of ``person``; the same ``key`` is told only once."""
    message, _ = Notification.objects.get_or_create(
        person=person, key=key, defaults={"kind": kind, "text": text[:300], "url": url}
    )
    return message


def notify_all(people: Iterable[Person], *, kind: str, text: str, url: str, key: str) -> None:
    """Put the same message into many inboxes, once each."""
    rows = (Notification(person=person, kind=kind, text=text[:300], url=url, key=key) for person in people)
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def mark_read(messages: NotificationQuerySet) -> int:
    """Mark unread messages as read and return how many there were."""
    return messages.unread().update(read_at=timezone.now())
