"""The people of the demonstration centre, as plain data: sites, teams, who works where and when.

Nothing here knows a database. Equal scale gives an equal plan.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

from ccperf.core.dates import add_months, week_start
from ccperf.demo.names import people_names
from ccperf.demo.randomness import stream
from ccperf.demo.truths import Truths, plant

SITES = ("Leeds Riverside", "Swansea Quay", "Dundee Law")
QUEUES = ("Billing", "Payments", "Moving home", "Metering", "Chat")
TEAM_NAMES = (
    "Harbour", "Anchor", "Lantern", "Compass", "Beacon", "Tideway", "Causeway", "Millrace", "Orchard",
    "Foxglove", "Kestrel", "Larkspur", "Saltmarsh", "Granite", "Juniper", "Heron", "Windmill", "Thistle",
    "Bramble", "Sandpiper", "Willow", "Quarry", "Estuary", "Moorland", "Rowan", "Skylark", "Fellside",
    "Hawthorn", "Kingfisher", "Northstar", "Bluebell", "Copper", "Driftwood", "Elder", "Ferry", "Gannet",
    "Hazel", "Ironbridge", "Jetty", "Lochan",
)  # fmt: skip
YEARLY_LEAVING = 0.27
FIRST_OF_STAFF = 5000
"""Leaders, managers and officers are numbered from here, or after the agents where those are more."""
REASONS = (
    ("pay", "voluntary", 14), ("better_role", "voluntary", 12), ("career", "voluntary", 12),
    ("schedule", "voluntary", 9), ("work_life", "voluntary", 8), ("manager", "voluntary", 6),
    ("workload", "voluntary", 9), ("monitoring", "voluntary", 3), ("abuse", "voluntary", 4),
    ("job_fit", "voluntary", 6), ("training_support", "voluntary", 4), ("monotony", "voluntary", 4),
    ("commute", "voluntary", 3), ("study", "voluntary", 3), ("relocation", "voluntary", 3),
    ("health", "voluntary", 2), ("retirement", "retired", 2), ("dismissal_conduct", "involuntary", 2),
    ("dismissal_capability", "involuntary", 3), ("end_contract", "involuntary", 3),
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """How large a centre, from which seed, and which day it stands in."""

    today: date
    seed: int = 1
    agents: int = 240
    months: int = 12

    @property
    def starts_on(self) -> date:
        """The first day with figures."""
        return add_months(self.today, -self.months)

    @property
    def days(self) -> int:
        return (self.today - self.starts_on).days


@dataclass(frozen=True)
class Leaving:
    """When and why somebody left: stated by the leaver, and what HR coded."""

    last_day: date
    notice_on: date
    kind: str
    stated: str
    coded: str
    second: str
    is_regretted: bool


@dataclass
class PlannedPerson:
    """One person; ``spells`` are (team, from, until) in order, ``skill`` is a stable personal offset."""

    index: int
    name: str
    role: str
    started_on: date
    spells: list[tuple[int, date, date | None]] = field(default_factory=list)
    leaving: Leaving | None = None
    skill: float = 0.0
    is_bad_intake: bool = False

    @property
    def number(self) -> str:
        return f"{40000 + self.index * 7}"

    @property
    def ends_before(self) -> date | None:
        return self.leaving.last_day + timedelta(days=1) if self.leaving else None

    def team_on(self, day: date) -> int | None:
        for team, since, until in self.spells:
            if since <= day and (until is None or day < until):
                return team
        return None


@dataclass(frozen=True)
class PlannedTeam:
    index: int
    name: str
    site: int
    queue: str


@dataclass
class CentrePlan:
    """The whole centre; ``leaders[i]`` leads team i today, ``managers[i]`` is responsible for site i."""

    scale: Scale
    sites: tuple[str, ...]
    teams: list[PlannedTeam]
    agents: list[PlannedPerson]
    leaders: list[PlannedPerson]
    managers: list[PlannedPerson]
    officers: dict[str, PlannedPerson]
    truths: Truths
    former_leader: tuple[int, date]
    """A team that changed its leader within the period: (team, day)."""

    @property
    def everybody(self) -> list[PlannedPerson]:
        return [*self.agents, *self.leaders, *self.managers, *self.officers.values()]

    def present(self) -> list[PlannedPerson]:
        """Agents who work here today."""
        return [person for person in self.agents if person.leaving is None]

    def members(self, team: int, day: date) -> list[PlannedPerson]:
        return [person for person in self.agents if person.team_on(day) == team]


def make_plan(scale: Scale) -> CentrePlan:
    """Draw the centre of ``scale``."""
    rng = stream(scale.seed, "plan")
    sites = SITES if scale.agents >= 150 else SITES[:2]
    sizes = _team_sizes(rng, scale.agents)
    teams = [
        PlannedTeam(index, _team_name(index), index * len(sites) // len(sizes), QUEUES[index % len(QUEUES)])
        for index in range(len(sizes))
    ]
    truths = plant(scale.starts_on, scale.today, len(teams))
    agents = _present_agents(rng, scale, sizes, truths)
    agents += _leavers(rng, scale, teams, truths, first_index=len(agents))
    _move_some(rng, scale, agents, len(teams))
    staff = max(FIRST_OF_STAFF, len(agents))
    plan = CentrePlan(
        scale=scale,
        sites=sites,
        teams=teams,
        agents=agents,
        leaders=_staff(rng, scale, "supervisor", len(teams), staff),
        managers=_staff(rng, scale, "manager", len(sites), staff + 1000),
        officers={
            role: _staff(rng, scale, role, 1, number)[0]
            for role, number in (
                ("hr", staff + 2000),
                ("admin", staff + 2001),
                ("privacy_officer", staff + 2002),
            )
        },
        truths=truths,
        former_leader=(min(1, len(teams) - 1), scale.today - timedelta(days=min(120, 20 * scale.months))),
    )
    _name_everybody(scale, plan)
    return plan


def _team_sizes(rng: random.Random, agents: int) -> list[int]:
    count = max(3, round(agents / 12))
    sizes = [agents // count + (index < agents % count) for index in range(count)]
    for index in range(0, count - 1, 2):
        shift = min(rng.choice((0, 1, 2, 3)), max(0, sizes[index] - 8), max(0, 15 - sizes[index + 1]))
        sizes[index] -= shift
        sizes[index + 1] += shift
    return sizes


def _team_name(index: int) -> str:
    name = TEAM_NAMES[index % len(TEAM_NAMES)]
    return name if index < len(TEAM_NAMES) else f"{name} {index // len(TEAM_NAMES) + 1}"


def _present_agents(
    rng: random.Random, scale: Scale, sizes: list[int], truths: Truths
) -> list[PlannedPerson]:
    people = []
    for team, size in enumerate(sizes):
        for _ in range(size):
            started = _intake_day(scale.today - timedelta(days=_tenure(rng)))
            person = PlannedPerson(len(people), "", "agent", started, skill=rng.gauss(0, 1))
            person.spells = [(team, started, None)]
            people.append(person)
    # Those of the bad intake who stayed, at one site.
    stayers = [person for person in people if person.spells[0][0] in truths.bad_intake_teams]
    for person in rng.sample(stayers, k=min(len(stayers), max(2, scale.agents // 40))):
        person.started_on = truths.bad_intake_on
        person.spells = [(person.spells[0][0], truths.bad_intake_on, None)]
        person.is_bad_intake = True
    return people


def _tenure(rng: random.Random) -> int:
    """Days since the start of somebody who works here today: a fifth is new, most stay two or three years."""
    return rng.randint(20, 360) if rng.random() < 0.22 else 330 + int(rng.expovariate(1 / 800))


def _intake_day(day: date) -> date:
    """Training groups start on the first Monday of a month."""
    first = day.replace(day=1)
    monday = week_start(first)
    return monday if monday >= first else monday + timedelta(days=7)


def _leavers(
    rng: random.Random, scale: Scale, teams: list[PlannedTeam], truths: Truths, *, first_index: int
) -> list[PlannedPerson]:
    expected = scale.agents * YEARLY_LEAVING * scale.months / 12
    bad = max(3, scale.agents // 24)
    people = []
    for number in range(round(expected)):
        is_bad = number < bad
        if is_bad:
            started = truths.bad_intake_on
            last_day = min(started + timedelta(days=rng.randint(18, 84)), scale.today - timedelta(days=2))
            team = rng.choice(truths.bad_intake_teams)
        else:
            last_day = scale.starts_on + timedelta(days=rng.randrange(max(1, scale.days - 2)))
            tenure = rng.randint(25, 200) if rng.random() < 0.35 else 200 + int(rng.expovariate(1 / 600))
            started = _intake_day(last_day - timedelta(days=tenure))
            team = rng.randrange(len(teams))
        person = PlannedPerson(first_index + number, "", "agent", started, skill=rng.gauss(-0.2, 1))
        person.is_bad_intake = is_bad
        person.leaving = _leaving(rng, started, last_day, is_bad)
        person.spells = [(team, started, person.ends_before)]
        people.append(person)
    return people


def _leaving(rng: random.Random, started: date, last_day: date, is_bad: bool) -> Leaving:
    keys = [reason[0] for reason in REASONS]
    weights = [reason[2] for reason in REASONS]
    stated = rng.choice(("job_fit", "training_support")) if is_bad else rng.choices(keys, weights)[0]
    kind = next(reason[1] for reason in REASONS if reason[0] == stated)
    coded = stated
    # What is said at the door and what HR finds differ in a quarter of cases; pay is the polite answer.
    if kind == "voluntary" and not is_bad and rng.random() < 0.25:
        coded = rng.choice(("manager", "workload", "career", "schedule"))
    second = rng.choice(("workload", "schedule", "training_support", "")) if kind == "voluntary" else ""
    notice = max(started, last_day - timedelta(days=7 if is_bad else rng.choice((14, 28, 28, 30))))
    return Leaving(
        last_day=last_day,
        notice_on=notice,
        kind=kind,
        stated=stated,
        coded=coded,
        second=second if second not in (stated, coded) else "",
        is_regretted=kind == "voluntary" and rng.random() < 0.4,
    )


def _move_some(rng: random.Random, scale: Scale, agents: list[PlannedPerson], teams: int) -> None:
    """One agent in twelve changed team within the period."""
    old = [person for person in agents if person.leaving is None and person.started_on < scale.starts_on]
    for person in rng.sample(old, k=len(old) // 12):
        day = scale.starts_on + timedelta(days=rng.randint(20, max(21, scale.days - 20)))
        now = person.spells[0][0]
        before = (now + rng.randrange(1, teams)) % teams
        person.spells = [(before, person.started_on, day), (now, day, None)]


def _staff(rng: random.Random, scale: Scale, role: str, count: int, index: int) -> list[PlannedPerson]:
    return [
        PlannedPerson(index + number, "", role, scale.starts_on - timedelta(days=rng.randint(400, 3000)))
        for number in range(count)
    ]


def _name_everybody(scale: Scale, plan: CentrePlan) -> None:
    people = plan.everybody
    for person, name in zip(
        people, islice(people_names(stream(scale.seed, "names")), len(people)), strict=True
    ):
        person.name = name
