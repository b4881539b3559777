"""What moved beyond normal variation in some teams, and what happened shortly before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache

from django.urls import reverse
from django.utils.safestring import SafeString

from ccperf.core.charts import spark_svg
from ccperf.core.dates import today
from ccperf.core.numbers import format_value
from ccperf.metrics.boards import Resets, place_of_team, team_readings
from ccperf.metrics.markers import Happening
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.readings import Place, Reading, words_of
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import Freshness, following, freshness
from ccperf.people.models import Team

SHOWN = 5
NAMED = 6
CAUSES = 3
LEAD = timedelta(weeks=3)
"""How long before the first period of a signal a change or an action may have begun to be its cause."""
ORDER = {"worse": 0, "better": 1}


@dataclass(frozen=True)
class TeamReading:
    """The newest period of one measure of one team, judged by those before."""

    team: Team
    reading: Reading

    @property
    def metric(self) -> MetricDefinition:
        return self.reading.metric

    @property
    def is_signal(self) -> bool:
        return self.reading.is_signal

    @property
    def state(self) -> str:
        return self.reading.state

    @property
    def words(self) -> str:
        return self.reading.words

    @property
    def sentence(self) -> str:
        return self.reading.sentence

    @property
    def spark(self) -> SafeString:
        return spark_svg(self.reading.chart)

    @property
    def shown(self) -> str:
        latest = self.reading.latest
        return format_value(latest.value, self.metric.unit, latest.n) if latest else ""

    @property
    def n(self) -> int:
        return self.reading.latest.n if self.reading.latest else 0

    @property
    def day(self) -> date | None:
        return self.reading.latest.start if self.reading.latest else None


@dataclass(frozen=True)
class Cause:
    """A change or an action that began shortly before a signal or with it.

    ``reached`` teams have it and the measure, ``alike`` of them the signal; so have ``elsewhere`` of the
    ``others`` that it did not reach.
    """

    happening: Happening
    onset: date
    by: str
    reached: int
    alike: int
    others: int
    elsewhere: int

    @property
    def timing(self) -> str:
        days = (self.onset - self.happening.day).days
        if days <= 0:
            return f"in the {self.by} it began"
        return f"{days} day{'s' if days > 1 else ''} before the {self.by} it began"

    @property
    def counts(self) -> str:
        """How well teams with and without it agree; nothing to say of a single team."""
        if self.reached + self.others < 2:
            return ""
        words = f"{self.alike} of {self.reached} team{'s' if self.reached > 1 else ''} that it reached"
        if not self.others:
            return f"{words}; there is none without it to compare"
        return f"{words}, {self.elsewhere} of {self.others} other{'s' if self.others > 1 else ''}"

    @property
    def contrast(self) -> float:
        """Share of teams with the signal among those reached, less that among the others."""
        return self.alike / self.reached - (self.elsewhere / self.others if self.others else 0)


@dataclass(frozen=True)
class Finding:
    """One signal, or the same signal of several teams in the same direction."""

    readings: tuple[TeamReading, ...]
    causes: tuple[Cause, ...] = ()

    @property
    def first(self) -> TeamReading:
        return self.readings[0]

    @property
    def title(self) -> str:
        many = len(self.readings)
        whom = f"team {self.first.team.name}" if many == 1 else f"{many} teams"
        return f"{self.first.metric.name}, {whom}"

    @property
    def url(self) -> str:
        if len(self.readings) == 1:
            return self.first.team.get_absolute_url()
        return f"{reverse('metrics:team-list')}?metric={self.first.metric.key}"

    @property
    def sentence(self) -> str:
        if len(self.readings) == 1:
            return self.first.sentence
        teams = ", ".join(f"{reading.team.name} {reading.shown}" for reading in self.readings[:NAMED])
        more = f" and {len(self.readings) - NAMED} more" if len(self.readings) > NAMED else ""
        return f"{teams}{more}. Several teams at once: look at the system before the people."

    @cached_property
    def onset(self) -> date | None:
        """The first period of the signal; of several teams the one by which half of them showed it."""
        known = sorted(filter(None, (one.reading.onset for one in self.readings)))
        return known[(len(known) - 1) // 2] if known else None

    @property
    def since(self) -> str:
        """When it began, in words."""
        if self.onset is None:
            return ""
        when = f"the {self.first.reading.by} of {words_of(self.onset)}"
        return f"Since {when}." if len(self.readings) == 1 else f"Half of them show it since {when}."


@dataclass(frozen=True)
class Readings:
    """Every judged reading of some teams; ``signals`` are those beyond noise, concerns first."""

    all: tuple[TeamReading, ...]

    @cached_property
    def signals(self) -> list[TeamReading]:
        return [reading for reading in self.all if reading.is_signal]

    @cached_property
    def findings(self) -> list[Finding]:
        """The signals, with those of one measure that went the same way as one finding."""
        alike: dict[tuple[int, str], list[TeamReading]] = {}
        for reading in self.signals:
            alike.setdefault((reading.metric.pk, reading.words), []).append(reading)
        return [Finding(tuple(readings)) for readings in alike.values()]

    def explained(self, marks: Mapping[Scope, Sequence[Happening]]) -> list[Finding]:
        """The findings, each with what happened to its teams shortly before it began."""
        reached: dict[Happening, set[Scope]] = defaultdict(set)
        for scope, happenings in marks.items():
            for happening in happenings:
                reached[happening].add(scope)
        measured: dict[int, set[Scope]] = defaultdict(set)
        for reading in self.all:
            measured[reading.metric.pk].add(reading.reading.place.scope)
        return [
            replace(finding, causes=_causes(finding, reached, measured[finding.first.metric.pk]))
            for finding in self.findings
        ]

    @property
    def shown(self) -> list[Finding]:
        return self.findings[:SHOWN]

    @property
    def others(self) -> int:
        """How many findings find no room in the list."""
        return max(0, len(self.findings) - SHOWN)

    @property
    def quiet(self) -> int:
        """How many lie within normal variation."""
        return sum(reading.state == "noise" for reading in self.all)

    @property
    def changed(self) -> int:
        """How many lie beyond it on a measure without a better side."""
        return len(self.all) - len(self.signals) - self.quiet

    @property
    def week(self) -> date | None:
        """The newest week of any reading."""
        return max((r.day for r in self.all if r.day and r.reading.by == "week"), default=None)


def readings_of(teams: Sequence[Team], fresh: Freshness | None = None, resets: Resets = ()) -> Readings:
    """The readings of teams whose figures the reader may see; measures with too few periods are left out."""
    if not teams:
        return Readings(())
    fresh = fresh or freshness()
    places = tuple(place_of_team(team) for team in teams)
    if not fresh.refreshed_at:
        return judged(teams, team_readings(places, fresh, resets))
    return kept_findings(tuple(teams), places, fresh, resets, today())


@lru_cache(maxsize=16)
def kept_findings(
    teams: tuple[Team, ...], places: tuple[Place, ...], fresh: Freshness, resets: Resets, day: date
) -> Readings:
    """The judged readings of one state of the sums and one ``day``, held by the process."""
    return judged(teams, team_readings(places, fresh, resets))


def judged(teams: Sequence[Team], by_scope: Mapping[Scope, Sequence[Reading]]) -> Readings:
    """Those of ``team_readings`` that have periods enough, concerns first."""
    found = [
        TeamReading(team, reading)
        for team in teams
        for reading in by_scope.get(Scope.team(team.pk), [])
        if reading.state != "early" and reading.latest
    ]
    in_band = ("band", "none")
    found.sort(
        key=lambda r: (ORDER.get(r.state, 2), r.metric.direction in in_band, r.metric.position, r.team.name)
    )
    return Readings(tuple(found))


def _causes(
    finding: Finding, reached: Mapping[Happening, set[Scope]], measured: set[Scope]
) -> tuple[Cause, ...]:
    """What began up to three weeks before a finding, or in its first period; the best contrast first."""
    onset, by = finding.onset, finding.first.reading.by
    if onset is None:
        return ()
    teams = {reading.reading.place.scope for reading in finding.readings}
    found = []
    for happening, scopes in reached.items():
        concerns = happening.metric_id in (None, finding.first.metric.pk)
        if not concerns or not teams & scopes or not onset - LEAD <= happening.day < following(onset, by):
            continue
        having, without = measured & scopes, measured - scopes
        counts = (len(having), len(teams & having), len(without), len(teams & without))
        found.append(Cause(happening, onset, by, *counts))
    found.sort(key=lambda cause: (-cause.contrast, onset - cause.happening.day, cause.happening.label))
    return tuple(found[:CAUSES])
