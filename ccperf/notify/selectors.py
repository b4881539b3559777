"""Reads of the inbox."""

from datetime import timedelta
from itertools import groupby

from django.utils import timezone

from ccperf.core.dates import today, week_start
from ccperf.notify.models import Notification
from ccperf.people.models import User

ICONS = {
    "action": "arrow-left-right",
    "improvement": "arrow-left-right",
    "agreement": "arrow-left-right",
    "feedback": "chat-left-text",
    "theme": "tags",
    "themes": "tags",
    "metric": "graph-up",
    "import": "box-arrow-in-down",
    "job": "arrow-repeat",
    "delegation": "person-plus",
    "retention": "people",
    "strategy": "signpost-split",
    "change": "signpost-split",
}


def unread_count(user: User) -> int:
    """How many messages wait for ``user``; one query."""
    return Notification.objects.visible_to(user).unread().count()


def grouped_by_day(messages: list[Notification]) -> list[tuple[str, list[Notification]]]:
    """Messages, newest first, under *Today*, *Yesterday*, *This week*, *Last week* and *Earlier*."""
    day = today()
    monday = week_start(day)

    def heading(message: Notification) -> str:
        made = timezone.localdate(message.created_at)
        if made >= day:
            return "Today"
        if made == day - timedelta(days=1):
            return "Yesterday"
        if made >= monday:
            return "Earlier this week"
        return "Last week" if made >= monday - timedelta(days=7) else "Before that"

    for message in messages:
        message.icon = ICONS.get(message.kind.split(".")[0].split("_")[0], "bell")  # type: ignore[attr-defined]
        message.is_today = timezone.localdate(message.created_at) == day  # type: ignore[attr-defined]
    return [(name, list(group)) for name, group in groupby(messages, key=heading)]
