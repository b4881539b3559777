"""Reading decisions: where each stands, the board, and the page of one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber

from ccperf.core.dates import today
from ccperf.people.models import User
from feedback.themes.opportunities import FEWEST_NEGATIVE
from improvement.heard import WEEKS, Heard, Waiting, themes_waiting
from improvement.models import ImprovementAction, ImprovementActionQuerySet
from improvement.models_decisions import ThemeDecision, ThemeDecisionQuerySet

Stage, Kind = ThemeDecision.Stage, ThemeDecision.Kind
Status = ImprovementAction.Status
TOLD_SHOWN = timedelta(weeks=26)
MOST_CARDS, MOST_WAITING = 30, 12
"""How many a column shows; the rest stands behind a link."""
MOST_ACTIONS = 6
"""How many actions a card names; a decision for a hundred teams may have as many."""
ACTION_FIELDS = ("decision_id", "status", "verdict", "verdict_sentence", "metric_id")
"""What a card tells of an action."""


def with_stage(decisions: ThemeDecisionQuerySet) -> ThemeDecisionQuerySet:
    """Each with its stage: what is agreed is *doing*, what was closed *changed*, and *told* comes after that.

    A decision to act that nobody has begun to carry out stays *decided*, whoever was told of it.
    """
    actions = ImprovementAction.objects.filter(decision=OuterRef("pk")).order_by("-closed_on")
    closed = actions.filter(status=Status.CLOSED).values("closed_on")[:1]
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
    """Decisions on a theme, or on one merged into it, for one of these teams and not told to their end.

    Of each the stage is asked once, not once for each of its teams.
    """
    about = Q(theme_id=theme_id) | Q(theme__merged_into_id=theme_id)
    for_teams = ThemeDecision.teams.through.objects.filter(team_id__in=team_ids)
    rows = ThemeDecision.objects.filter(about, pk__in=for_teams.values("themedecision_id"))
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


def with_names(decisions: ThemeDecisionQuerySet) -> ThemeDecisionQuerySet:
    """Each with its themes and owner, joined."""
    return decisions.select_related("theme", "combined_with", "owner")


@dataclass(frozen=True)
class Card:
    """A decision as the board shows it, with the newest of its actions."""

    decision: ThemeDecision
    is_late: bool
    team_words: str
    actions: Sequence[ImprovementAction]
    more_actions: int


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
    decisions = with_names(ThemeDecision.objects.filter(pk__in=first)).in_bulk()
    for pk, decision in decisions.items():
        decision.stage = first[pk]
    standing = [decisions[pk] for pk in first if pk in decisions]  # One may go between the two queries.
    for card in cards_of(standing, user, withdrawn=False):
        cards[card.decision.stage].append(card)
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


def _decided(team_ids: frozenset[int]) -> set[tuple[int, int]]:
    """Pairs of theme and team for which something is decided: open, or told within the weeks of the board."""
    statement, values = _decided_since(team_ids, today() - timedelta(weeks=WEEKS), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return set(cursor.fetchall())


@lru_cache(maxsize=512)
def _decided_since(team_ids: frozenset[int], since: date, vendor: str) -> tuple[str, tuple]:
    """The SQL of the pairs, as it is kept for these teams, day and database (``vendor``).

    Of each decision the stage is asked once, not once for each of its teams.
    """
    for_teams = ThemeDecision.teams.through.objects.filter(team_id__in=team_ids)
    decisions = with_stage(ThemeDecision.objects.filter(pk__in=for_teams.values("themedecision_id")))
    recent = decisions.exclude(stage=Stage.TOLD, told_on__lt=since).order_by().values("pk")
    theme = Coalesce("themedecision__theme__merged_into_id", "themedecision__theme_id")
    pairs = for_teams.filter(themedecision_id__in=recent).values_list(theme, "team_id")
    return pairs.query.sql_with_params()


def _has_words(one: Waiting, words: str) -> bool:
    return all(word.lower() in one.theme.name.lower() for word in words.split())


def cards_of(decisions: Sequence[ThemeDecision], user: User, *, withdrawn: bool) -> list[Card]:
    """Decisions as cards, with ``withdrawn`` actions or without; of the actions those the user may see.

    Two queries, one for the names of the teams.
    """
    ids = [decision.pk for decision in decisions]
    names: dict[int, list[str]] = defaultdict(list)
    links = ThemeDecision.teams.through.objects.filter(themedecision_id__in=ids)
    for pk, name in links.order_by("team__name").values_list("themedecision_id", "team__name"):
        names[pk].append(name)
    actions = ImprovementAction.objects.visible_to(user).filter(decision_id__in=ids)
    newest: dict[int, list[Any]] = defaultdict(list)
    for action in _newest(actions if withdrawn else actions.exclude(status=Status.WITHDRAWN)):
        newest[action.decision_id].append(action)
    cards = []
    for decision in decisions:
        shown, teams = newest[decision.pk], team_words(names[decision.pk])
        more = shown[0].of_decision - len(shown) if shown else 0
        cards.append(Card(decision, decision.is_late(today()), teams, shown, more))
    return cards


def _newest(actions: ImprovementActionQuerySet) -> ImprovementActionQuerySet:
    """The newest of each decision, with how many it has in all as ``of_decision``."""
    place = Window(RowNumber(), partition_by="decision_id", order_by="-pk")
    of_decision = Window(Count("pk"), partition_by="decision_id")
    counted = actions.annotate(place=place, of_decision=of_decision).filter(place__lte=MOST_ACTIONS)
    return counted.order_by("-pk").only(*ACTION_FIELDS)


def team_words(names: Sequence[str]) -> str:
    """One or two teams by name, more as a number."""
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
        theme_id=decision.theme_id, status=Status.CLOSED
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
    actions = ImprovementAction.objects.visible_to(user).order_by("-pk").only(*ACTION_FIELDS)
    seen = Prefetch("improvement_actions", queryset=actions, to_attr="actions_seen")
    for one in with_names(decisions).prefetch_related("teams", seen)[:limit]:
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
