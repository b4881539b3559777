"""Everybody has an inbox of their own and nobody another's."""

from itertools import count

from ccperf.notify.services import notify
from tests.access_rules import EVERYONE, rule

_keys = count(1)


def tell(person):
    return notify(
        person, kind="feedback.shared", text="Feedback for you", url="/me/", key=f"test-{next(_keys)}"
    )


def of_agent(centre) -> dict:
    return {"pk": tell(centre.people.agent).pk}


RULES = {
    "notify:inbox": rule(ok=EVERYONE),
    "notify:all-read": rule(method="post", ok=EVERYONE),
    "notify:notification-open": rule(method="post", ok="agent", otherwise=404, args=of_agent),
    "notify:notification-read": rule(method="post", ok="agent", otherwise=404, args=of_agent),
}


def grow(centre, count: int) -> None:
    """More messages for everybody."""
    for person in vars(centre.people).values():
        for _ in range(count):
            tell(person)
