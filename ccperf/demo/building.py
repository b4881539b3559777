"""Builds the demonstration centre in the order in which its parts need each other."""

from collections.abc import Callable
from dataclasses import dataclass

from ccperf.demo.plan import Scale, make_plan
from ccperf.demo.store_decisions import store_decisions
from ccperf.demo.store_deeds import store_actions, store_changes, store_objectives
from ccperf.demo.store_drafts import store_drafts
from ccperf.demo.store_feedback import store_feedback
from ccperf.demo.store_health import store_health, store_signals
from ccperf.demo.store_inbox import settle_inbox
from ccperf.demo.store_intervals import store_intervals
from ccperf.demo.store_metrics import store_metrics
from ccperf.demo.store_people import Centre, store_people
from ccperf.demo.store_retention import store_leavers
from ccperf.demo.store_themes import analyse_comments


@dataclass(frozen=True)
class Step:
    """One part of the centre; ``build`` returns how many records it made."""

    name: str
    build: Callable[[Centre], int]


STEPS = (
    Step("figures", store_metrics),
    Step("half hours of queues", store_intervals),
    Step("feedback", store_feedback),
    Step("comments with themes", analyse_comments),
    Step("leavers", store_leavers),
    Step("changes", store_changes),
    Step("objectives", store_objectives),
    Step("decisions", store_decisions),
    Step("actions", store_actions),
    Step("drafts of measures", store_drafts),
    Step("signals", store_signals),
    Step("checks of measures", store_health),
    Step("notifications", settle_inbox),
)


def build(scale: Scale, tell: Callable[[str, int], None] = lambda name, count: None) -> Centre:
    """Store a centre of ``scale``; ``tell(part, count)`` is called as each part is done."""
    centre = store_people(make_plan(scale))
    tell("people", len(centre.people))
    for step in STEPS:
        tell(step.name, step.build(centre))
    return centre
