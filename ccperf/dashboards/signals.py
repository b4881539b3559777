"""What moved beyond normal variation in some teams, as home pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.safestring import SafeString

from ccperf.core.charts import spark_svg
from ccperf.core.numbers import format_value
from ccperf.metrics.boards import place_of_team, team_readings
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.readings import Reading
from ccperf.metrics.selectors import freshness_with
from ccperf.people.models import Team

SHOWN = 5
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
class Finding:
    """One thing that moved: a measure in one team, or the same way in several at once."""

    readings: tuple[TeamReading, ...]

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
        teams = ", ".join(f"{reading.team.name} {reading.shown}" for reading in self.readings)
        return f"{teams}. Several teams at once: look at the system before the people."


@dataclass(frozen=True)
class Readings:
    """Every judged reading of some teams; ``signals`` are those beyond noise, concerns first."""

    all: tuple[TeamReading, ...]

    @property
    def signals(self) -> list[TeamReading]:
        return [reading for reading in self.all if reading.is_signal]

    @property
    def findings(self) -> list[Finding]:
        """The signals, with those of one measure that went the same way as one finding."""
        alike: dict[tuple[int, str], list[TeamReading]] = {}
        for reading in self.signals:
            alike.setdefault((reading.metric.pk, reading.words), []).append(reading)
        return [Finding(tuple(readings)) for readings in alike.values()]

    @property
    def shown(self) -> list[Finding]:
        return self.findings[:SHOWN]

    @property
    def others(self) -> int:
        """How many findings find no room in the list."""
        return max(0, len(self.findings) - SHOWN)

    @property
    def quiet(self) -> int:
        return len(self.all) - len(self.signals)

    @property
    def week(self) -> date | None:
        """The newest week of any reading."""
        return max((r.day for r in self.all if r.day and r.reading.by == "week"), default=None)


def readings_of(teams: Sequence[Team]) -> Readings:
    """The readings of teams whose figures the reader may see; measures with too few periods are left out.

    The teams come ``with_freshness``.
    """
    places = {place_of_team(team): team for team in teams}
    by_scope = team_readings(list(places), freshness_with(teams[0])) if teams else {}
    found = [
        TeamReading(team, reading)
        for place, team in places.items()
        for reading in by_scope.get(place.scope, [])
        if reading.state != "early" and reading.latest
    ]
    in_band = ("band", "none")
    found.sort(
        key=lambda r: (ORDER.get(r.state, 2), r.metric.direction in in_band, r.metric.position, r.team.name)
    )
    return Readings(tuple(found))
