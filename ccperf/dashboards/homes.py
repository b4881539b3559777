"""The home page of each role: what is new, what is due, what moved. All of it is worked out from records."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Window
from django.db.models.functions import Coalesce
from django.utils import timezone

from ccperf.core.dates import today
from ccperf.dashboards.waiting import DueList, Unheard, due_for, people_to_hear
from ccperf.imports.models import ImportBatch
from ccperf.jobs.models import Job
from ccperf.metrics.alerts.models import Cell
from ccperf.metrics.alerts.selectors import Signals, Watched, signals_of, watched
from ccperf.metrics.selectors import Freshness, freshness
from ccperf.people.models import Delegation, Membership, Person, Role, RoleAssignment, Team, User
from feedback.forms import LogForm
from improvement.models import ImprovementAction
from improvement.selectors import board, state_conditions, view_counts
from retention.pages import PatternsPage, patterns_page_of
from retention.patterns import Filters, patterns, years_for
from retention.population import load_population
from retention.selectors import Ending, RetentionSummary, summary_of, unregistered_endings
from strategy.models import Change

MATRIX_MEASURES = 5
MATRIX_TEAMS = 10
AIMS = ("higher", "lower", "band", "none")
VERDICT_STATES = {
    "improved": "better",
    "worse": "worse",
    "guard_breached": "worse",
    "not_enough_data": "early",
}


@dataclass(frozen=True)
class TeamHome:
    """A team leader's first page."""

    teams: list[Team]
    agents: int
    log_form: LogForm
    due: DueList
    signals: Signals
    unheard: Unheard


def team_home(user: User) -> dict[str, Any]:
    teams = scope_teams(user)
    people, unheard = people_to_hear(user)
    home = TeamHome(
        teams=teams,
        agents=sum(team.agents for team in teams),
        log_form=LogForm(user=user, candidates=people),
        due=due_for(user, people),
        signals=signals_of(user, watched(teams)),
        unheard=unheard,
    )
    return {"home": home, "form": home.log_form}


def scope_teams(user: User) -> list[Team]:
    """The open teams a user leads or manages, with the name of their site, how many agents they have and when
    they were last looked at; one query.
    """
    members = Membership.objects.on().filter(team=OuterRef("pk")).order_by().values("team")
    agents = Subquery(members.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    teams = Team.objects.performance_visible_to(user).open()
    teams = teams.annotate(
        agents=Coalesce(agents, 0), site_name=F("site__name"), looked_at=F("watch__looked_at")
    )
    return list(teams.order_by("name", "pk"))


@dataclass(frozen=True)
class MatrixRow:
    """One team of the matrix, with a cell for each measure; None where there is too little."""

    team: Team
    cells: list[tuple[str, Cell | None]]

    @property
    def signals(self) -> int:
        """How many cells hold a signal."""
        return sum(1 for _, cell in self.cells if cell and cell.is_signal)

    @property
    def quiet(self) -> int:
        """How many hold none; a phone shows only their number."""
        return len(self.cells) - self.signals


@dataclass(frozen=True)
class VerdictCount:
    """How many actions ended with a verdict."""

    value: str
    label: str
    state: str
    count: int


@dataclass(frozen=True)
class ManagerHome:
    """A manager's first page: what changed and what to do."""

    teams: list[Team]
    agents: int
    signals: Signals
    measures: list[Cell]
    matrix: list[MatrixRow]
    verdicts: list[VerdictCount]
    open_actions: int
    stalled: list[ImprovementAction]
    changes: list[Change]
    most_teams: int = MATRIX_TEAMS

    @property
    def title(self) -> str:
        sites = sorted({team.site_name for team in self.teams})  # type: ignore[attr-defined]
        if not sites:
            return "No team yet"
        return " and ".join([", ".join(sites[:-1]), sites[-1]] if len(sites) > 1 else sites)

    @property
    def undecided(self) -> list[Change]:
        return [
            change
            for change in self.changes
            if change.status in (Change.Status.PROPOSED, Change.Status.ASSESSED)
        ]

    @property
    def coming(self) -> list[Change]:
        """Decided changes that go live within four weeks."""
        until = today() + timedelta(weeks=4)
        return [c for c in self.changes if c not in self.undecided and today() <= c.goes_live_on <= until]


def manager_home(user: User) -> dict[str, Any]:
    teams = scope_teams(user)
    seen = watched(teams)
    actions = ImprovementAction.objects.visible_to(user)
    counts = view_counts(actions, user)
    conditions = state_conditions(user)
    late = board(user).filter(conditions["stalled"] | conditions["overdue"]).order_by("due_on", "pk")
    changes = Change.objects.visible_to(user).open().select_related("owner").order_by("goes_live_on", "pk")
    measures = _most_used(seen)
    home = ManagerHome(
        teams=teams,
        agents=sum(team.agents for team in teams),
        signals=signals_of(user, seen),
        measures=measures,
        matrix=_matrix(teams, seen, measures),
        verdicts=_verdicts(counts),
        open_actions=counts["open"],
        stalled=list(late[:5]),
        changes=list(changes[:50]),
    )
    return {"home": home}


def _most_used(seen: Watched) -> list[Cell]:
    """The measures known of most teams, outcomes before means, in the order of the catalogue."""
    cells = seen.all
    known = Counter(cell.metric_id for cell in cells)
    metrics = {cell.metric_id: cell for cell in cells}
    chosen = sorted(
        metrics.values(), key=lambda m: (-known[m.metric_id], AIMS.index(m.direction), m.position)
    )
    return sorted(chosen[:MATRIX_MEASURES], key=lambda m: (m.position, m.name))


def _matrix(teams: list[Team], seen: Watched, measures: list[Cell]) -> list[MatrixRow]:
    """The teams by name; of more than a page holds, those with most signals among these measures."""
    rows = []
    for team in teams:
        found = {cell.metric_id: cell for cell in seen.cells.get(team.pk, ())}
        rows.append(MatrixRow(team, [(measure.name, found.get(measure.metric_id)) for measure in measures]))
    if len(rows) <= MATRIX_TEAMS:
        return rows
    moved = sorted((row for row in rows if row.signals), key=lambda row: -row.signals)
    return sorted(moved[:MATRIX_TEAMS], key=lambda row: row.team.name)


def _verdicts(counts: dict[str, int]) -> list[VerdictCount]:
    return [
        VerdictCount(value, str(label), VERDICT_STATES.get(value, "normal"), counts[f"verdict_{value}"])
        for value, label in ImprovementAction.Verdict.choices
        if counts[f"verdict_{value}"]
    ]


@dataclass(frozen=True)
class HrHome:
    """HR's first page: who stays and who leaves, in groups above the threshold."""

    summary: RetentionSummary
    page: PatternsPage
    endings: list[Ending]

    @property
    def known_reasons(self) -> list[tuple[str, Any, str]]:
        """The reasons whose share may be shown, the most frequent first."""
        known = [reason for reason in self.summary.reasons if getattr(reason[1], "value", None) is not None]
        return sorted(known, key=lambda reason: -reason[1].value)

    @property
    def worst_intake(self) -> str:
        concerns = self.summary.concerns
        return f"{concerns[0].month:%B}" if concerns else ""


def hr_home(user: User) -> dict[str, Any]:
    population = load_population(user)
    found = patterns(user, population, Filters(year=years_for(population)[0]))
    page = patterns_page_of(found, {})
    return {"home": HrHome(summary_of(found), page, unregistered_endings(user, 6))}


@dataclass(frozen=True)
class AdminHome:
    """An administrator's first page: states of data and access, no figures of people."""

    batches: list[ImportBatch]
    jobs: list[Job]
    failed_jobs: int
    open_jobs: int
    delegations: list[Delegation]
    people: int
    without_login: int
    without_team: int
    fresh: Freshness
    held: int = field(default=0)

    @property
    def stopped(self) -> list[ImportBatch]:
        return [batch for batch in self.batches if batch.status == ImportBatch.Status.FAILED]


def admin_home(user: User) -> dict[str, Any]:
    day = today()
    since = timezone.now() - timedelta(days=7)
    batches = list(
        ImportBatch.objects.visible_to(user)
        .exclude(status=ImportBatch.Status.DRAFT)
        .select_related("created_by")[:8]
    )
    jobs = _latest_jobs(user, since)
    delegations = Delegation.objects.filter(ends_before__gt=day).select_related("delegator", "delegate")
    people = _people_counts(day)
    home = AdminHome(
        batches=batches,
        jobs=jobs,
        failed_jobs=jobs[0].failed if jobs else 0,
        open_jobs=jobs[0].open if jobs else 0,
        delegations=list(delegations[:5]),
        people=people["people"],
        without_login=people["without_login"],
        without_team=people["without_team"],
        fresh=freshness(),
        held=sum(batch.held for batch in batches),
    )
    return {"home": home}


def _latest_jobs(user: User, since: datetime) -> list[Any]:
    """The latest jobs, each with how many are ``open`` and how many have ``failed`` since; one query."""
    failed = Q(status=Job.Status.FAILED, created_at__gte=since)
    unfinished = Q(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    jobs = (
        Job.objects.visible_to(user)
        .noteworthy()
        .annotate(failed=Window(Count("pk", filter=failed)), open=Window(Count("pk", filter=unfinished)))
    )
    return list(jobs.defer("params", "result")[:6])


def _people_counts(day: date) -> dict[str, int]:
    """Employed people, those who cannot sign in, and agents without a team; one query."""
    employed = Q(employments__starts_on__lte=day) & (
        Q(employments__ends_before__isnull=True) | Q(employments__ends_before__gt=day)
    )
    held = RoleAssignment.objects.on(day).filter(person=OuterRef("pk"))
    member = Membership.objects.on(day).filter(person=OuterRef("pk"))
    people = Person.objects.filter(employed).annotate(
        is_agent=Exists(held.filter(role=Role.AGENT)),
        is_member=Exists(member),
    )
    return people.order_by().aggregate(
        people=Count("pk", distinct=True),
        without_login=Count("pk", filter=Q(user__isnull=True), distinct=True),
        without_team=Count("pk", filter=Q(is_agent=True, is_member=False), distinct=True),
    )
