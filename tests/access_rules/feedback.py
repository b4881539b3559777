"""Who may open the pages of feedback and of its routes."""

from ccperf.core.dates import today
from tests.access_rules import rule
from tests.feedback.makers import make_item, make_route


def unshared(centre) -> dict:
    return {"pk": make_item(centre).pk}


def shared(centre) -> dict:
    return {"pk": make_item(centre, shared=True).pk}


def of_route(centre) -> dict:
    return {"key": make_route().key}


def text(centre) -> dict:
    return {"text": "Amara rang back."}


def edited(centre) -> dict:
    make_route()
    return {
        "text": "Rang back at once.",
        "version": 1,
        "about": centre.people.agent.pk,
        "strength": "strength",
        "received_on": today(),
    }


LEADERS = "supervisor manager"
READERS = "agent supervisor manager stranger"

RULES = {
    "feedback:item-list": rule(ok=READERS),
    "feedback:item-log": rule(ok="supervisor manager stranger"),
    "feedback:item-suggest": rule(ok="supervisor manager stranger", method="post", status=200, data=text),
    "feedback:item-share-many": rule(ok="supervisor manager stranger", method="post"),
    "feedback:item-detail": rule(ok="agent supervisor manager", stranger=404, args=shared),
    "feedback:item-update": rule(ok=LEADERS, stranger=404, args=unshared),
    "feedback:item-withdraw": rule(ok=LEADERS, stranger=404, args=unshared),
    "feedback:item-share": rule(ok=LEADERS, stranger=404, method="post", args=unshared),
    "feedback:item-acknowledge": rule(ok="agent", stranger=404, method="post", args=shared),
    "feedback:item-reply": rule(
        ok="agent supervisor manager", stranger=404, method="post", args=shared, data=text
    ),
    "feedback:route-list": rule(ok=READERS),
    "feedback:route-detail": rule(ok=READERS, args=of_route),
    "feedback:route-create": rule(ok="manager"),
    "feedback:route-update": rule(ok="manager", args=of_route),
}


def grow(centre, count):
    """More notes, shared and not, about people and about none."""
    for number in range(count):
        about = ("agent", "colleague", None)[number % 3]
        make_item(
            centre,
            about=about,
            shared=bool(about) and number % 2 == 0,
            text=f"Note {number}.",
            team=centre.team,
        )
