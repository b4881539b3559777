"""The page of one decision, put together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ccperf.core.dates import day_words, today
from ccperf.people.models import User
from feedback.themes.selectors import action_url
from improvement.decision_board import Kind, Stage, covers, heard_of, reads_figures, team_words, tried_before
from improvement.heard import Heard
from improvement.models import ImprovementAction
from improvement.models_decisions import ThemeDecision
from improvement.pages import chain_link, theme_address
from improvement.selectors import Row, row_of, with_row_data


@dataclass(frozen=True)
class DecisionPage:
    """Everything the page of a decision shows; ``heard`` only to who may see the figures."""

    chain: list[dict[str, Any]]
    heard: Heard | None
    rows: list[Row]
    before: Sequence[ImprovementAction]
    team_words: str
    theme_url: str
    is_late: bool
    may_change: bool
    propose_url: str


def decision_page(decision: ThemeDecision, user: User) -> DecisionPage:
    """The page in three queries beyond the decision itself."""
    actions = ImprovementAction.objects.visible_to(user).filter(decision=decision)
    rows = [row_of(action) for action in with_row_data(actions)]
    leads = user.access.can("actions.propose")
    may_change = leads and covers(user, decision)
    teams = list(decision.teams.all())
    leads_one = leads and any(team.pk in user.access.scope_team_ids for team in teams)
    wants_action = leads_one and decision.kind == Kind.ACT and decision.stage != Stage.TOLD
    return DecisionPage(
        chain=_chain(decision, rows, user),
        heard=heard_of(decision) if reads_figures(user, decision) else None,
        rows=rows,
        before=tried_before(user, decision) if leads else [],
        team_words=team_words([team.name for team in teams]),
        theme_url=theme_address(decision.theme, user),
        is_late=decision.is_late(today()),
        may_change=may_change,
        propose_url=_propose_url(decision, [team.pk for team in teams]) if wants_action else "",
    )


def _propose_url(decision: ThemeDecision, teams: Sequence[int]) -> str:
    team = f"&team={teams[0]}" if len(teams) == 1 else ""
    return action_url(decision.theme) + team


def _chain(decision: ThemeDecision, rows: Sequence[Row], user: User) -> list[dict[str, Any]]:
    """The record's place in the loop."""
    named = decision.heard["named"] if reads_figures(user, decision) else None
    comments = "Comments" if named is None else f"{named:,} comment{'' if named == 1 else 's'}"
    first = rows[0].action if rows else None
    verdicts = Counter(row.action.verdict_words for row in rows if row.action.verdict)
    outcome = ", ".join(f"{n} × {words}" if n > 1 else words for words, n in verdicts.items())
    acts = decision.kind == Kind.ACT
    action = f"{len(rows)} actions" if len(rows) > 1 else first.code if first else ""
    return [
        chain_link("Feedback", "chat-left-text", comments),
        chain_link("Theme", "tags", decision.theme.name, theme_address(decision.theme, user)),
        {"step": "Decision", "icon": "check2-circle", "text": "This page", "here": True},
        chain_link(
            "Action",
            "check2-square",
            action or ("None yet" if acts else "None"),
            first.get_absolute_url() if len(rows) == 1 else "",
            is_open=not rows,
        ),
        chain_link(
            "Outcome", "graph-up", outcome or ("Not known yet" if acts else "None"), is_open=not outcome
        ),
        chain_link(
            "Told back",
            "megaphone",
            day_words(decision.told_on) if decision.told_on else f"By {day_words(decision.due_on)}",
            is_open=decision.told_on is None,
        ),
    ]
