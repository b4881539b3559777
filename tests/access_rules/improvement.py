"""Who may open the pages of improvement actions."""

from tests.access_rules import rule
from tests.improvement.makers import agreed_action, metric, propose


def proposed(centre) -> dict:
    return {"pk": propose(centre).pk}


def being_done(centre) -> dict:
    return {"pk": agreed_action(centre).pk}


def promise(centre) -> dict:
    return {"pk": agreed_action(centre).promises.first().pk}


RULES = {
    "improvement:action-list": rule(ok="agent supervisor manager stranger"),
    "improvement:action-create": rule(ok="supervisor manager stranger"),
    "improvement:action-detail": rule(ok="agent supervisor manager", stranger=404, args=being_done),
    "improvement:action-answer": rule(
        ok="agent supervisor",
        stranger=404,
        method="post",
        args=proposed,
        data=lambda centre: {"answer": "agreed", "wording_number": 1},
    ),
    "improvement:action-change": rule(ok="agent supervisor", stranger=404, args=being_done),
    "improvement:check-in-create": rule(ok="agent supervisor manager", stranger=404, args=being_done),
    "improvement:action-close": rule(ok="supervisor manager", stranger=404, args=being_done),
    "improvement:action-withdraw": rule(ok="supervisor manager", stranger=404, args=being_done),
    "improvement:promise-keep": rule(
        ok="agent supervisor manager",
        stranger=404,
        method="post",
        args=promise,
        data=lambda centre: {"kept": "yes"},
    ),
}


def grow(centre, count):
    """More actions, proposed and being done."""
    metric()
    for number in range(count):
        (agreed_action if number % 2 else propose)(centre, title=f"Action {number}")
