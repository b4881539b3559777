"""The page of one action, put together: chain, verdict, chart, guard, promises, check-ins, agreement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from ccperf.agreements.selectors import Story, story_of
from ccperf.core.charts import ChartPoint, Limits, Marker, RunChart, TargetStep
from ccperf.core.dates import day_words, today
from ccperf.core.numbers import format_value
from ccperf.metrics.analysis import meaning, signals, xmr
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User
from feedback.models import FeedbackItem
from improvement.judging import is_beyond, limit_is_ceiling
from improvement.measures import WEEK, Figures, Week, figures_of, pooled
from improvement.models import CheckIn, ImprovementAction, ImprovementActionQuerySet, Promise
from improvement.models_decisions import ThemeDecision

Status = ImprovementAction.Status
CLOSE = 0.3
"""The guard counts as close when less than this part of the way from its baseline to its limit is left."""
MOST_NAMED = 6
"""More teams than this that an action is compared with are counted, not named."""
VERDICT_STATES = {"improved": "better", "worse": "worse", "guard_breached": "worse"}


@dataclass(frozen=True)
class GuardState:
    """How the guard measure fares."""

    name: str
    rule: str
    state: str
    words: str
    detail: str


@dataclass(frozen=True)
class ChartRow:
    """One week of the table beside the chart."""

    start: date
    value: str
    n: int | None
    part: str
    others: str


@dataclass(frozen=True)
class PromiseSide:
    """What one side promised."""

    title: str
    promises: list[Promise]


@dataclass(frozen=True)
class ActionPage:
    """Everything the page of an action shows."""

    story: Story
    figures: Figures
    chart: RunChart | None
    thin: str
    guard: GuardState | None
    sides: list[PromiseSide]
    check_ins: list[CheckIn]
    check_late_days: int
    chain: list[dict[str, Any]]
    verdict_state: str
    foot: str
    is_asked: bool
    is_party: bool
    may_check: bool
    may_end: bool
    may_change: bool


def with_page_data(actions: ImprovementActionQuerySet, user: User) -> ImprovementActionQuerySet:
    """What the page of an action joins, and whether the user may read its decision and its feedback, which
    may not be shared yet.
    """
    item = FeedbackItem.objects.visible_to(user).filter(pk=OuterRef("item_id"))
    decision = ThemeDecision.objects.visible_to(user).filter(pk=OuterRef("decision_id"))
    related = actions.select_related(
        "agreement", "metric", "guard_metric", "person", "team", "owner", "theme", "decision", "item__route"
    )
    return related.annotate(may_read_item=Exists(item), may_read_decision=Exists(decision))


def action_page(action: ImprovementAction, user: User) -> ActionPage:
    """The page of an action as ``with_page_data`` gives it, in eight queries at most, however many people,
    weeks and check-ins there are.
    """
    story = story_of(action.agreement)
    figures = figures_of(action)
    mine = story.party_of(user.access.person_id)
    leads = user.access.can("actions.propose") and action.is_led_by(user)
    ended = action.status in (Status.CLOSED, Status.WITHDRAWN)
    promises = list(action.promises.all())
    return ActionPage(
        story=story,
        figures=figures,
        chart=chart_of(action, figures),
        thin=thin_of(figures),
        guard=guard_of(action, figures),
        sides=_sides(action, story, promises),
        check_ins=list(action.check_ins.select_related("with_person")),
        check_late_days=_days_late(action),
        chain=chain_of(action, user),
        verdict_state=VERDICT_STATES.get(action.verdict, "noise"),
        foot=_foot(action, figures),
        is_asked=mine is not None and mine.answer != "agreed" and action.agreement.status == "open",
        is_party=mine is not None,
        may_check=action.status == Status.AGREED and (leads or mine is not None),
        may_end=not ended and leads,
        may_change=not ended and mine is not None,
    )


# ---- chart


def chart_of(action: ImprovementAction, figures: Figures) -> RunChart | None:
    """The run chart with the action's line, limits reset where it begins, target and comparison."""
    metric = figures.metric
    weeks = (*figures.before, *figures.between, *figures.after)
    if metric is None or not weeks:
        return None
    limits = [made for made in (_limits(metric, figures.before), _limits(metric, figures.after)) if made]
    first, last = weeks[0].start, weeks[-1].start
    return RunChart(
        title=f"{metric.name} before and after the action",
        description=_description(action, metric, figures),
        unit=metric.unit,
        points=tuple(_points(metric, figures)),
        limits=tuple(limits),
        targets=_target(action, metric, first, last),
        markers=(Marker(action.starts_on, "action", action.title),)
        if first <= action.starts_on <= last + WEEK
        else (),
        comparison=tuple(ChartPoint(week.start, week.value, week.n) for week in figures.others_together),
        comparison_label="Other teams",
        minimum_n=metric.minimum_n,
    )


def thin_of(figures: Figures) -> str:
    """What to say instead of a chart when too few stand behind every week of it."""
    metric = figures.metric
    weeks = (*figures.before, *figures.between, *figures.after)
    if metric is None or not weeks or any(week.value is not None for week in weeks):
        return ""
    return f"n\u00a0=\u00a0{_spread(weeks)} a week, {metric.minimum_n:,} are needed to compare."


def _spread(weeks: Sequence[Week]) -> str:
    sizes = [week.n for week in weeks]
    return f"{min(sizes):,} to {max(sizes):,}" if min(sizes) != max(sizes) else f"{min(sizes):,}"


def _days_late(action: ImprovementAction) -> int:
    """Days since a check-in was due; none when it is not due yet."""
    if action.status != Status.AGREED or action.next_check_on is None:
        return 0
    return max((today() - action.next_check_on).days, 0)


def _points(metric: MetricDefinition, figures: Figures) -> list[ChartPoint]:
    points: list[ChartPoint] = []
    for weeks in (figures.before, figures.between, figures.after):
        values = [week.value for week in weeks]
        limits = (
            xmr(values, floor=metric.lower_bound, ceiling=metric.upper_bound) if len(weeks) >= 12 else None
        )
        found = signals(values, limits) if limits else [None] * len(weeks)
        for week, value, signal in zip(weeks, values, found, strict=True):
            state = meaning(signal, metric.direction, value, limits.mean if limits else None)
            points.append(ChartPoint(week.start, value, week.n, "normal" if state == "noise" else state))
    return points


def _limits(metric: MetricDefinition, weeks: Sequence[Week]) -> Limits | None:
    """Limits of one period; fewer than five usable weeks have none."""
    made = xmr([week.value for week in weeks], floor=metric.lower_bound, ceiling=metric.upper_bound)
    if made is None:
        return None
    return Limits(weeks[0].start, weeks[-1].start, made.mean, made.shown_lower, made.shown_upper)


def _target(
    action: ImprovementAction, metric: MetricDefinition, first: date, last: date
) -> tuple[TargetStep, ...]:
    if action.target_value is None or action.starts_on > last:
        return ()
    lower_is_better = metric.direction == MetricDefinition.Direction.LOWER
    low, high = (None, action.target_value) if lower_is_better else (action.target_value, None)
    return (TargetStep(max(first, action.starts_on), last, low, high),)


def _description(action: ImprovementAction, metric: MetricDefinition, figures: Figures) -> str:
    unit = metric.unit
    before, after = pooled(figures.before), pooled(figures.after)
    parts = [f"Weekly from {_plain(figures.before[0].start)}." if figures.before else "Weekly."]
    if before:
        parts.append(f"{format_value(before.value, unit, before.n)} before {_plain(action.starts_on)}.")
    if after:
        parts.append(f"{format_value(after.value, unit, after.n)} after.")
    if action.target_value is not None:
        parts.append(f"Target {format_value(action.target_value, unit)}.")
    return " ".join(parts)


def _plain(day: date) -> str:
    return f"{day.day}\u00a0{day:%B %Y}"


def _foot(action: ImprovementAction, figures: Figures) -> str:
    """What stands under the chart: n, as-of, and what was reset and why."""
    weeks = (*figures.before, *figures.after)
    if not weeks:
        return ""
    parts = [f"n\u00a0=\u00a0{_spread(weeks)} a week.", f"As of {_plain(today())}."]
    if action.baseline_frozen_at:
        parts.append("The weeks before are as they stood when the action was agreed.")
    if len(figures.after) >= 5:
        parts.append("Limits start again where the action begins.")
    if figures.others:
        names = [other.name for other in figures.others]
        parts.append(f"Dashed line: {_listed(names)}{' together' if len(names) > 1 else ''}.")
    return " ".join(parts)


def _listed(names: Sequence[str]) -> str:
    if len(names) > MOST_NAMED:
        return f"{len(names)} other teams of the site"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def table_of(figures: Figures) -> list[ChartRow]:
    """The same data as the chart, newest week first."""
    if figures.metric is None:
        return []
    unit = figures.metric.unit
    others = {week.start: week for week in figures.others_together}
    rows = []
    parts = (("Before", figures.before), ("Between", figures.between), ("After", figures.after))
    for part, weeks in parts:
        for week in weeks:
            text = format_value(week.value, unit, week.n) if week.value is not None else _too_few(week)
            other = others.get(week.start)
            rows.append(
                ChartRow(
                    week.start, text, week.n, part, format_value(other.value, unit, other.n) if other else ""
                )
            )
    return rows[::-1]


def _too_few(week: Week) -> str:
    return f"not enough data, n\u00a0=\u00a0{week.n} of {week.least_n}"


# ---- guard


def guard_of(action: ImprovementAction, figures: Figures) -> GuardState | None:
    """Whether the guard holds: against its limit, or without one against its own variation before."""
    metric = figures.guard
    if metric is None:
        return None
    limit = action.guard_limit
    is_ceiling = limit_is_ceiling(metric, limit if limit is not None else float("inf"), figures)
    bound = "below" if is_ceiling else "above"
    rule = (
        f"must stay {bound} {format_value(limit, metric.unit)}."
        if limit is not None
        else "must not get worse."
    )
    usable = [week for week in figures.guard_after if week.value is not None]
    if not usable:
        return GuardState(metric.name, rule, "noise", "Not enough data yet", "No full week since the start.")
    latest, before = usable[-1], pooled(figures.guard_before)
    detail = f"{format_value(latest.value, metric.unit, latest.n)} in the week of {_plain(latest.start)}"
    detail += f" (before: {format_value(before.value, metric.unit, before.n)})." if before else "."
    if limit is None:
        made = xmr([week.value for week in figures.guard_before])
        if made is None:
            return GuardState(metric.name, rule, "noise", "Too few weeks before to compare", detail)
        limit = made.upper if is_ceiling else made.lower
    value = latest.value or 0.0
    if is_beyond(value, limit, is_ceiling=is_ceiling):
        return GuardState(metric.name, rule, "worse", "Guard passed", detail)
    start = before.value if before and before.value is not None else limit
    is_close = limit != start and abs(limit - value) < CLOSE * abs(limit - start)
    words = ("worse", "Close to the guard") if is_close else ("noise", "Holds")
    return GuardState(metric.name, rule, *words, detail)


# ---- promises and chain


def _sides(action: ImprovementAction, story: Story, promises: Sequence[Promise]) -> list[PromiseSide]:
    leader = next((party.person.name for party in story.parties if party.side == "leader"), "The team leader")
    if action.owner_id != action.person_id:
        leader = action.owner.name
    team = action.person.name if action.person_id else f"Team {action.team.name}"
    return [
        PromiseSide(f"{name} will", [promise for promise in promises if promise.side == side])
        for side, name in (("team", team), ("leader", leader))
    ]


def chain_of(action: ImprovementAction, user: User) -> list[dict[str, Any]]:
    """The record's place in the loop."""
    item, theme = action.item, action.theme
    closed = action.status == Status.CLOSED
    outcome = action.verdict_words if action.verdict else ""
    decision = action.decision
    decided = decision.decided_on if decision else action.agreed_on or action.created_at.date()
    kind = decision.get_kind_display() if decision else ThemeDecision.Kind.ACT.label
    return [
        chain_link(
            "Route",
            "signpost-split",
            item.route.name if item else "",
            item.route.get_absolute_url() if item else "",
        ),
        chain_link(
            "Feedback",
            "chat-left-text",
            item.code if item else "",
            item.get_absolute_url() if action.may_read_item else "",
        ),
        chain_link("Theme", "tags", theme.name if theme else "", theme_address(theme, user)),
        chain_link(
            "Decision",
            "check2-circle",
            f"{kind}, {day_words(decided)}",
            decision.get_absolute_url() if action.may_read_decision else "",
        ),
        {"step": "Action", "icon": "check2-square", "text": "This page", "here": True},
        chain_link("Outcome", "graph-up", outcome or "Not known yet", is_open=not outcome),
        chain_link(
            "Told back",
            "megaphone",
            day_words(action.closed_on) if closed else "When it is closed",
            is_open=not closed,
        ),
    ]


def theme_address(theme: Any, user: User) -> str:
    """Where the theme is read, for those who may read themes."""
    return theme.get_absolute_url() if theme and user.access.can("themes.read") else ""


def chain_link(
    step: str, icon: str, text: str, url: str = "", *, is_open: bool | None = None
) -> dict[str, Any]:
    open_ = not text if is_open is None else is_open
    return {"step": step, "icon": icon, "text": text or "Not from here", "url": url, "open": open_}
