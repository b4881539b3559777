"""Decisions on themes: made by supervisors and managers for their teams, read by those who were told."""

from datetime import timedelta

from ccperf.core.dates import today
from feedback.themes.models import Theme
from improvement import deciding
from improvement.models_decisions import ThemeDecision
from tests.access_rules import rule
from tests.improvement.makers import agreed_action
from tests.themes import makers


def decision(centre, key: str = "wait_access"):
    return deciding.decide_theme(
        by=centre.manager,
        theme=makers.theme(key),
        kind="not_now",
        reason="Later.",
        owner=centre.people.supervisor,
        due_on=today() + timedelta(days=14),
        teams=[centre.team],
    )


def one(centre) -> ThemeDecision:
    return ThemeDecision.objects.first() or decision(centre)


def made(centre) -> dict:
    return {"pk": one(centre).pk}


def told(centre) -> dict:
    found = one(centre)
    if found.told_on is None:
        deciding.tell_decision(decision=found, by=centre.manager, text="Later.", version=found.version)
    return {"pk": found.pk}


RULES = {
    "decisions:decision-list": rule(ok="agent supervisor manager stranger"),
    "decisions:decision-create": rule(ok="supervisor manager stranger"),
    "decisions:decision-detail": rule(ok="agent supervisor manager", stranger=404, args=told),
    "decisions:decision-change": rule(ok="supervisor manager", stranger=404, args=made),
    "decisions:decision-tell": rule(
        method="post",
        ok="supervisor manager",
        stranger=404,
        args=made,
        data=lambda centre: {"text": "Later.", "version": one(centre).version},
    ),
}


def grow(centre, count):
    """More decisions, each with an action being done."""
    taken = centre.team.theme_decisions.values("theme")
    for theme in Theme.objects.live().exclude(pk__in=taken)[:count]:
        deciding.decide_theme(
            by=centre.manager,
            theme=theme,
            kind="act",
            reason="Now.",
            owner=centre.people.supervisor,
            due_on=today() + timedelta(days=14),
            teams=[centre.team],
        )
        agreed_action(centre, theme=theme)
