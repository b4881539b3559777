"""Themes: the taxonomy is for supervisors, managers and HR; comments only for whom they concern."""

from feedback.themes import curating, foresight, quality
from tests.access_rules import rule
from tests.themes import makers


def theme(centre):
    return {"pk": makers.theme().pk}


def comment(centre):
    return {"pk": makers.theme().pk, "item_pk": makers.make_read_item(centre).pk}


def suggestion(centre):
    return {"pk": makers.make_suggestion(centre).pk}


def merged(centre):
    makers.theme()
    return {
        "pk": curating.merge_theme(
            theme=makers.theme("transfer"), into=makers.theme("clarity"), by=centre.manager
        )
        and makers.theme("transfer").pk
    }


def retired(centre):
    return {"pk": curating.retire_theme(theme=makers.theme("transfer"), by=centre.manager).pk}


def tried(centre):
    step = {"what": "split", "theme": makers.theme().pk, "parts": []}
    return {"pk": foresight.try_draft(by=centre.manager, draft=[], step=step).pk}


def sample(centre):
    makers.make_read_item(centre)
    return {"pk": quality.draw_sample(by=centre.manager, size=50).pk}


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
    "themes:comment-add": rule(
        method="post",
        ok="supervisor manager",
        hr=404,
        stranger=404,
        args=lambda centre: {"item_pk": makers.make_read_item(centre).pk},
        data=lambda centre: {"to": makers.theme("clarity").pk},
    ),
    "themes:comment-settle": rule(
        method="post", ok=CURATORS, args=comment, data=lambda centre: {"belongs": "yes"}
    ),
    "themes:comments-bulk": rule(
        method="post",
        ok=READERS,
        args=theme,
        data=lambda centre: {"do": "confirm", "chosen": "1-1"},
    ),
    "themes:mood-lesson": rule(ok=CURATORS),
    "themes:mood-measure": rule(method="post", ok=CURATORS),
    "themes:mood-switch": rule(method="post", ok=CURATORS, data=lambda centre: {"on": "0"}),
    "themes:vector-choice": rule(ok=CURATORS),
    "themes:vector-switch": rule(method="post", ok=CURATORS, data=lambda centre: {"kind": "sentence"}),
    "themes:comment-reading": rule(
        ok="supervisor manager",
        hr=404,
        stranger=404,
        args=lambda centre: {"item_pk": makers.make_read_item(centre).pk},
    ),
    "themes:comment-reader": rule(ok=READERS),
    "themes:disagreement-list": rule(ok=READERS),
    "themes:theme-history": rule(ok=READERS, args=theme),
    "themes:theme-split": rule(ok=CURATORS, args=theme),
    "themes:theme-retire": rule(ok=CURATORS, args=theme),
    "themes:theme-revive": rule(method="post", ok=CURATORS, args=retired),
    "themes:theme-pin": rule(method="post", ok=CURATORS, args=theme, data=lambda centre: {"pinned": "1"}),
    "themes:merge-undo": rule(method="post", ok=CURATORS, args=merged),
    "themes:what-if": rule(ok=CURATORS, args=tried),
    "themes:theme-map": rule(ok=READERS),
    "themes:theme-weeks": rule(ok=READERS),
    "themes:theme-groups": rule(ok=READERS),
    "themes:opportunity-list": rule(ok=READERS),
    "themes:run-list": rule(ok=READERS),
    "themes:quality": rule(ok=READERS),
    "themes:sample-draw": rule(
        method="post",
        ok=CURATORS,
        data=lambda centre: {"size": makers.make_read_item(centre) and 50},
    ),
    "themes:sample-check": rule(ok=READERS, args=sample),
    "themes:suggestion-merge": rule(
        method="post", ok=CURATORS, args=suggestion, data=lambda centre: {"into": makers.theme().pk}
    ),
    "themes:suggestion-detail": rule(ok="supervisor manager stranger", hr=404, args=suggestion),
    "themes:suggestion-dismiss": rule(method="post", ok=CURATORS, args=suggestion),
}


def grow(centre, count):
    """More comments with themes."""
    for number in range(count):
        makers.make_read_item(centre, f"{makers.WAIT} Case {number}.", days_ago=number)
