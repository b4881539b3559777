"""Does a change need active management, and when do changes meet? Pure numbers: no Django."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

HIGHEST_LEVEL = 3
MANAGE, TELL, WATCH = "manage", "tell", "watch"


@dataclass(frozen=True, slots=True)
class FactorScore:
    """What the assessors think of one factor; ``spread`` is the distance between the furthest two."""

    key: str
    name: str
    weight: int
    levels: Mapping[str, int]

    @property
    def mean(self) -> float:
        return sum(self.levels.values()) / len(self.levels)

    @property
    def spread(self) -> int:
        return max(self.levels.values()) - min(self.levels.values())

    @property
    def weighted(self) -> float:
        return self.mean * self.weight


@dataclass(frozen=True, slots=True)
class Advice:
    """The score as a share of the highest possible, what it suggests, and the factors that carry it."""

    percent: float
    outcome: str
    because: tuple[FactorScore, ...]
    disagreements: tuple[FactorScore, ...]
    assessors: int


def advise(
    factors: Iterable[tuple[str, str, int]],
    answers: Mapping[str, Mapping[str, int]],
    *,
    manage_from: float,
    tell_from: float,
) -> Advice | None:
    """Weighted mean over the answered factors; None before anybody has answered.

    ``factors`` are (key, name, weight), ``answers`` map assessor to factor key to level. The result is a
    suggestion with its reasons: people decide. Where assessors differ by two levels or more, that is
    shown before the score, because the mean of a disagreement is nobody's opinion.
    """
    scores = [
        FactorScore(key, name, weight, levels)
        for key, name, weight in factors
        if (levels := {who: given[key] for who, given in answers.items() if key in given})
    ]
    if not scores:
        return None
    highest = sum(score.weight for score in scores) * HIGHEST_LEVEL
    percent = 100 * sum(score.weighted for score in scores) / highest
    outcome = MANAGE if percent >= manage_from else TELL if percent >= tell_from else WATCH
    carrying = sorted((s for s in scores if s.mean > 0), key=lambda s: (-s.weighted, s.name))
    apart = sorted((s for s in scores if s.spread >= 2), key=lambda s: (-s.spread, s.name))
    return Advice(percent, outcome, tuple(carrying[:3]), tuple(apart), len(answers))


@dataclass(frozen=True, slots=True)
class Effort:
    """One change on the calendar: inclusive days, hours it asks of each person in all, and whom."""

    key: Hashable
    starts_on: date
    ends_on: date
    hours: float
    teams: frozenset[int]

    def reaches(self, team: int) -> bool:
        """A change without teams reaches all of them."""
        return not self.teams or team in self.teams

    def hours_in(self, week: date) -> float:
        """Hours in the week that begins on ``week``, spread evenly over its working days."""
        wanted = _working_days(self.starts_on, self.ends_on)
        inside = _working_days(max(self.starts_on, week), min(self.ends_on, week + timedelta(days=6)))
        if not wanted:
            return self.hours if week <= self.starts_on <= week + timedelta(days=6) else 0.0
        return self.hours * inside / wanted

    def touches(self, week: date) -> bool:
        return self.starts_on <= week + timedelta(days=6) and self.ends_on >= week


def _working_days(first: date, last: date) -> int:
    if last < first:
        return 0
    days = (last - first).days + 1
    full, rest = divmod(days, 7)
    return full * 5 + sum((first.weekday() + offset) % 7 < 5 for offset in range(rest))


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """The week of ``start``: hours a person in the team that bears most, and the changes that meet there."""

    start: date
    hours: float
    team: int | None
    changes: tuple[Hashable, ...]


def weekly_load(efforts: Sequence[Effort], teams: Sequence[int], weeks: Sequence[date]) -> list[WeekLoad]:
    """Load of each week in the most loaded team; without teams everything falls on everyone."""
    loads = []
    for week in weeks:
        meeting = [(effort, effort.hours_in(week)) for effort in efforts if effort.touches(week)]
        by_team: dict[int | None, float] = {
            team: sum(hours for effort, hours in meeting if effort.reaches(team)) for team in teams
        } or {None: sum(hours for _, hours in meeting)}
        team, most = max(by_team.items(), key=lambda pair: pair[1])
        loads.append(WeekLoad(week, most, team if most else None, tuple(effort.key for effort, _ in meeting)))
    return loads


def overloaded(loads: Iterable[WeekLoad], limit: float) -> list[WeekLoad]:
    """Weeks above the limit, the heaviest first."""
    return sorted((load for load in loads if load.hours > limit), key=lambda load: -load.hours)
