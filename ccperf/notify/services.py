"""Telling people things."""

from django.utils import timezone

from ccperf.notify.models import Notification, NotificationQuerySet
from ccperf.people.models import Person


def notify(person: Person, *, kind: str, text: str, url: str, key: str) -> Notification:
    """Put one message into the inbox of ``person``; the same ``key`` is told only once."""
    message, _ = Notification.objects.get_or_create(
        person=person, key=key, defaults={"kind": kind, "text": text[:300], "url": url}
    )
    return message


def mark_read(messages: NotificationQuerySet) -> int:
    """Mark unread messages as read and return how many there were."""
    return messages.unread().update(read_at=timezone.now())
