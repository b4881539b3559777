"""Reading objectives and changes, and the summaries other rooms show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from ccperf.core.dates import today, week_start
from ccperf.people.models import Team, User
from strategy.analysis_changes import Advice, Effort, WeekLoad, advise, overloaded, weekly_load
from strategy.models import Change, ChangeFactor, ChangePolicy, ChangeScore, Objective

CALENDAR_WEEKS = 8


def objectives_for(user: User, *, level: str = "", with_closed: bool = False) -> list[Objective]:
    """Objectives a user may read, in the order of their numbers; one query."""
    rows = Objective.objects.visible_to(user).select_related("owner", "team", "site", "parent")
    if not with_closed:
        rows = rows.open()
    if level in Objective.Level.values:
        rows = rows.filter(level=level)
    return list(rows)


def objectives_status(user: User) -> dict[str, int]:
    """How many objectives stand in which state, for home pages; one query."""
    counts = dict.fromkeys(Objective.Status.values, 0)
    for status in Objective.objects.visible_to(user).values_list("status", flat=True):
        counts[status] += 1
    return counts


def changes_for(user: User, filters: Mapping[str, Any]) -> QuerySet[Change]:
    """The register as a user may read it, narrowed by the cleaned filter form."""
    teams = Prefetch("teams", queryset=Team.objects.order_by("name"))
    rows = Change.objects.visible_to(user).select_related("owner", "nominated_by").prefetch_related(teams)
    state = filters.get("state") or "open"
    if state == "open":
        rows = rows.open()
    elif state == "decide":
        rows = rows.undecided()
    elif state in Change.Status.values:
        rows = rows.filter(status=state)
    if filters.get("category"):
        rows = rows.filter(category=filters["category"])
    if filters.get("team"):
        rows = rows.filter(pk__in=_reaching(filters["team"]))
    return rows


def _reaching(team: Team) -> QuerySet:
    """Changes that reach a team: it is named, or no team is."""
    reaching = Change.objects.filter(Q(teams=team) | Q(teams__isnull=True))
    return reaching.order_by().values("pk")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Changes by week with the load of the most loaded team, and the weeks above the limit."""

    start: date
    weeks: tuple[WeekLoad, ...]
    changes: tuple[Change, ...]
    limit: float
    peaks: tuple[WeekLoad, ...]
    team_names: Mapping[int, str]

    @property
    def end(self) -> date:
        return self.start + timedelta(weeks=len(self.weeks))

    def names_in(self, week: WeekLoad) -> list[str]:
        titles = {change.pk: change.title for change in self.changes}
        return [titles[key] for key in week.changes if key in titles]


def calendar(changes: Sequence[Change], *, start: date | None = None) -> Calendar:
    """The eight weeks from ``start`` (this week unless told); two queries beside the changes themselves."""
    start = week_start(start or today())
    weeks = [start + timedelta(weeks=offset) for offset in range(CALENDAR_WEEKS)]
    shown = tuple(c for c in changes if c.starts_on < weeks[-1] + timedelta(days=7) and c.ends_on >= start)
    teams = dict(Team.objects.open().values_list("pk", "name"))
    counting = [change for change in shown if change.status != Change.Status.WITHDRAWN]
    loads = weekly_load([_effort(change) for change in counting], list(teams), weeks)
    limit = float(policy().hours_limit)
    return Calendar(start, tuple(loads), shown, limit, tuple(overloaded(loads, limit)), teams)


def _effort(change: Change) -> Effort:
    return Effort(
        key=change.pk,
        starts_on=change.starts_on,
        ends_on=change.ends_on,
        hours=float(change.hours_per_person or 0),
        teams=frozenset(team.pk for team in change.teams.all()),
    )


def policy() -> ChangePolicy:
    """The policy of today; the model's own defaults where none holds."""
    return ChangePolicy.objects.on(today()).order_by("-starts_on").first() or ChangePolicy()


def advice_for(change: Change) -> Advice | None:
    """What the scores suggest for one change; two queries beside the policy."""
    answers: dict[str, dict[str, int]] = {}
    for name, key, level in ChangeScore.objects.filter(change=change, factor__is_active=True).values_list(
        "assessor__name", "factor__key", "level"
    ):
        answers.setdefault(name, {})[key] = level
    if not answers:
        return None
    rules = policy()
    return advise(
        ChangeFactor.objects.filter(is_active=True).values_list("key", "name", "weight"),
        answers,
        manage_from=rules.manage_from,
        tell_from=rules.tell_from,
    )


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """What a home page says about changes: how many, which wait for a decision, when they meet."""

    open_count: int
    undecided: tuple[Change, ...]
    peaks: tuple[WeekLoad, ...]
    limit: float


def change_summary(user: User) -> ChangeSummary:
    """Open changes, those to decide, and overloaded weeks ahead; four queries."""
    rows = list(changes_for(user, {"state": "open"}))
    found = calendar(rows)
    undecided = [c for c in rows if c.status in (Change.Status.PROPOSED, Change.Status.ASSESSED)]
    return ChangeSummary(len(rows), tuple(undecided), found.peaks, found.limit)
