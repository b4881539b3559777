"""Themes: the taxonomy is for supervisors, managers and HR; comments only for whom they concern."""

from tests.access_rules import rule
from tests.themes import makers


def theme(centre):
    return {"pk": makers.theme().pk}


def comment(centre):
    return {"pk": makers.theme().pk, "item_pk": makers.make_read_item(centre).pk}


def suggestion(centre):
    return {"pk": makers.make_suggestion(centre).pk}


READERS, CURATORS = "supervisor manager hr stranger", "manager"
COMMENT = {"method": "post", "ok": "supervisor manager", "hr": 404, "stranger": 404, "args": comment}

RULES = {
    "themes:theme-list": rule(ok=READERS),
    "themes:theme-detail": rule(ok=READERS, args=theme),
    "themes:run-start": rule(method="post", ok=CURATORS, data=lambda centre: {"grain": "medium"}),
    "themes:theme-create": rule(ok=CURATORS),
    "themes:theme-update": rule(ok=CURATORS, args=theme),
    "themes:theme-merge": rule(ok=CURATORS, args=theme),
    "themes:comment-confirm": rule(**COMMENT),
    "themes:comment-refuse": rule(**COMMENT),
    "themes:comment-take-back": rule(**COMMENT),
    "themes:comment-move": rule(**COMMENT, data=lambda centre: {"to": makers.theme("clarity").pk}),
    "themes:suggestion-detail": rule(ok="supervisor manager stranger", hr=404, args=suggestion),
    "themes:suggestion-dismiss": rule(method="post", ok=CURATORS, args=suggestion),
}


def grow(centre, count):
    """More comments with themes."""
    for number in range(count):
        makers.make_read_item(centre, f"{makers.WAIT} Case {number}.", days_ago=number)
