"""Reading decisions: where each stands, the board, and the page of one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Case, Exists, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from ccperf.core.dates import today
from ccperf.people.models import Team, User
from feedback.themes.opportunities import FEWEST_NEGATIVE
from improvement.heard import WEEKS, Heard, Waiting, themes_waiting
from improvement.models import ImprovementAction
from improvement.models_decisions import ThemeDecision, ThemeDecisionQuerySet

Stage, Kind = ThemeDecision.Stage, ThemeDecision.Kind
TOLD_SHOWN = timedelta(weeks=26)
MOST_CARDS, MOST_WAITING = 30, 12
"""How many a column shows; the rest stands behind a link."""
ACTION_FIELDS = ("decision_id", "status", "verdict", "verdict_sentence", "metric_id")
"""What a card tells of an action."""


def with_stage(decisions: ThemeDecisionQuerySet) -> ThemeDecisionQuerySet:
    """Each with its stage: what is agreed is *doing*, what was closed *changed*, and *told* comes after that.

    A decision to act that nobody has begun to carry out stays *decided*, whoever was told of it.
    """
    actions = ImprovementAction.objects.filter(decision=OuterRef("pk")).order_by("-closed_on")
    closed = actions.filter(status=ImprovementAction.Status.CLOSED).values("closed_on")[:1]
    facts = decisions.alias(is_being_done=Exists(actions.being_done()), changed_on=Subquery(closed))
    nothing_to_do = Case(When(~Q(kind=Kind.ACT), then="told_on"))
    return facts.annotate(
        stage=Case(
            When(is_being_done=True, then=Value(Stage.DOING.value)),
            When(told_on__gte=Coalesce("changed_on", nothing_to_do), then=Value(Stage.TOLD.value)),
            When(changed_on__isnull=False, then=Value(Stage.CHANGED.value)),
            default=Value(Stage.DECIDED.value),
        )
    )


def open_decisions(theme_id: int, team_ids: Iterable[int]) -> ThemeDecisionQuerySet:
    """Decisions on a theme, or on one merged into it, for one of these teams and not told to their end."""
    about = Q(theme_id=theme_id) | Q(theme__merged_into_id=theme_id)
    rows = ThemeDecision.objects.filter(about, teams__in=team_ids).distinct()
    return with_stage(rows).exclude(stage=Stage.TOLD)


@dataclass(frozen=True)
class Filters:
    """What the board is narrowed to."""

    words: str = ""
    kind: str = ""
    team_id: int | None = None
    stage: str = ""
    late: bool = False


def narrow(decisions: ThemeDecisionQuerySet, filters: Filters) -> ThemeDecisionQuerySet:
    """The decisions that match, with their stage, the first to be told on top."""
    for word in filters.words.split():
        decisions = decisions.filter(
            Q(theme__name__icontains=word) | Q(reason__icontains=word) | Q(owner__name__icontains=word)
        )
    if filters.kind:
        decisions = decisions.filter(kind=filters.kind)
    if filters.team_id:
        of_team = ThemeDecision.teams.through.objects.filter(team_id=filters.team_id)
        decisions = decisions.filter(pk__in=of_team.values("themedecision_id"))
    decisions = with_stage(decisions)
    if filters.late:
        decisions = decisions.exclude(stage=Stage.TOLD).filter(due_on__lt=today())
    return decisions.filter(stage=filters.stage) if filters.stage else decisions


def with_row_data(decisions: ThemeDecisionQuerySet, user: User) -> ThemeDecisionQuerySet:
    """What a card or line needs; of the actions only those the user may see."""
    actions = ImprovementAction.objects.visible_to(user).order_by("-pk").only(*ACTION_FIELDS)
    return decisions.select_related("theme", "combined_with", "owner").prefetch_related(
        "teams", Prefetch("improvement_actions", queryset=actions, to_attr="actions_seen")
    )


@dataclass(frozen=True)
class Card:
    """A decision as the board shows it."""

    decision: ThemeDecision
    is_late: bool
    team_words: str
    actions: Sequence[ImprovementAction]


@dataclass(frozen=True)
class Column:
    """One stage of the board: how many stand there, and the first of them."""

    stage: str
    title: str
    hint: str
    total: int
    cards: Sequence[Card] = ()
    waiting: Sequence[Waiting] = ()

    @property
    def more(self) -> int:
        return self.total - len(self.cards) - len(self.waiting)


HINTS = {
    Stage.DECIDED: "Nothing has begun yet, or people have not heard.",
    Stage.DOING: "An action is agreed and being done.",
    Stage.CHANGED: "The action is closed; next, people hear what came of it.",
    Stage.TOLD: "In the last half year.",
}


def board(user: User, filters: Filters, found: ThemeDecisionQuerySet) -> list[Column]:
    """The columns: what waits for a decision of this user, then the decisions that were found by stage."""
    stages = _places(found)
    first = {pk: stage for stage, keys in stages.items() for pk in keys[:MOST_CARDS]}
    cards: dict[str, list[Card]] = {stage: [] for stage in stages}
    decisions = with_row_data(ThemeDecision.objects.filter(pk__in=first), user).in_bulk()
    for pk, stage in first.items():
        if decision := decisions.get(pk):  # Unless it went between the two queries.
            decision.stage = stage
            cards[stage].append(card_of(decision))
    columns = [
        Column(stage.value, stage.label, hint, len(stages[stage]), cards[stage])
        for stage, hint in HINTS.items()
    ]
    scope = user.access.scope_team_ids
    if not (scope and user.access.can("actions.propose")):
        return [column for column in columns if column.cards]
    teams = scope & {filters.team_id} if filters.team_id else scope
    waiting = [] if filters.kind or filters.late else themes_waiting(user, teams, _decided(teams))
    waiting = [one for one in waiting if _has_words(one, filters.words)]
    hint = f"{FEWEST_NEGATIVE} negative comments or more in {WEEKS} weeks, and no decision."
    heard = Column("heard", "Heard", hint, len(waiting), waiting=waiting[:MOST_WAITING])
    return [heard, *columns]


def _places(found: ThemeDecisionQuerySet) -> dict[str, list[int]]:
    """The keys of what stands in each stage: first what is due first, of what was told what was told last.

    A window in SQL would have the stage worked out, and written down, once more for every use of it.
    """
    long_ago = today() - TOLD_SHOWN
    rows = found.order_by("due_on", "pk").values_list("stage", "told_on", "pk")
    stages: dict[str, list[int]] = {stage: [] for stage in HINTS}
    told = []
    for stage, told_on, pk in rows:
        if stage != Stage.TOLD:
            stages[stage].append(pk)
        elif told_on >= long_ago:
            told.append((told_on, pk))
    told.sort(key=lambda one: one[0], reverse=True)
    stages[Stage.TOLD] = [pk for _, pk in told]
    return stages


def _decided(team_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs of theme and team for which something is decided: open, or told within the weeks of the board."""
    since = today() - timedelta(weeks=WEEKS)
    decisions = with_stage(ThemeDecision.objects.filter(teams__in=team_ids))
    recent = decisions.exclude(stage=Stage.TOLD, told_on__lt=since).order_by()
    return set(recent.values_list(Coalesce("theme__merged_into_id", "theme_id"), "teams"))


def _has_words(one: Waiting, words: str) -> bool:
    return all(word.lower() in one.theme.name.lower() for word in words.split())


def card_of(decision: ThemeDecision) -> Card:
    return Card(decision, decision.is_late(today()), team_words(decision.teams.all()), decision.actions_seen)


def team_words(teams: Iterable[Team]) -> str:
    """One or two teams by name, more as a number."""
    names = [team.name for team in teams]
    if len(names) > 2:
        return f"{len(names)} teams"
    return " and ".join(f"Team {name}" for name in names)


def heard_of(decision: ThemeDecision) -> Heard:
    return Heard(**decision.heard)


def covers(user: User, decision: ThemeDecision) -> bool:
    """Whether the user leads or manages today every team a decision is for; part of it is not enough."""
    return {team.pk for team in decision.teams.all()} <= user.access.scope_team_ids


def reads_figures(user: User, decision: ThemeDecision) -> bool:
    """Who may see the frozen figures: who decided and still leads, and who manages all the teams.

    They count what the decider could read. Anybody else who leads the teams would learn by subtraction what
    they may not read: about themselves, or about people who left.
    """
    if decision.decided_by_id == user.access.person_id:
        return covers(user, decision)
    return {team.pk for team in decision.teams.all()} <= user.access.managed_team_ids


def tried_before(user: User, decision: ThemeDecision, most: int = 5) -> list[ImprovementAction]:
    """What was done about the theme before, with its verdict, as far as this user may see it."""
    closed = ImprovementAction.objects.visible_to(user).filter(
        theme_id=decision.theme_id, status=ImprovementAction.Status.CLOSED
    )
    others = closed.exclude(decision=decision).select_related("team", "person").order_by("-closed_on", "-pk")
    return list(others[:most])


EXPORT_HEADER = (
    "Code", "Theme", "Decision", "Combined with", "Reason", "For", "Owner", "Decided on", "Told by", "Stage",
    "Late", "Actions", "Verdicts", "Told on", "What was told", "Comments then", "Negative then",
    "Of comments",
)  # fmt: skip


def export_rows(decisions: ThemeDecisionQuerySet, user: User, limit: int = 20_000) -> list[list[Any]]:
    """The decisions as rows of a file; frozen figures only for who may see them."""
    rows = []
    for one in with_row_data(decisions, user)[:limit]:
        heard = heard_of(one) if reads_figures(user, one) else None
        rows.append(
            [
                one.code,
                one.theme.name,
                one.get_kind_display(),
                one.combined_with.name if one.combined_with else "",
                one.reason,
                ", ".join(team.name for team in one.teams.all()),
                one.owner.name,
                one.decided_on,
                one.due_on,
                Stage(one.stage).label,
                "late" if one.is_late(today()) else "",
                ", ".join(action.code for action in one.actions_seen),
                ", ".join(action.verdict_words for action in one.actions_seen if action.verdict),
                one.told_on,
                one.told_text,
                heard.named if heard else "",
                heard.negative if heard else "",
                heard.comments if heard else "",
            ]
        )
    return rows
