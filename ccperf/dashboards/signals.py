"""The newest readings of teams, as a manager's matrix shows them. What moved is told by alerts."""

from collections.abc import Sequence
from dataclasses import dataclass

from ccperf.metrics.boards import place_of_team, team_readings
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.readings import Reading
from ccperf.people.models import Team


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
    def shown(self) -> str:
        return self.reading.value_words

    @property
    def n(self) -> int:
        return self.reading.latest.n if self.reading.latest else 0


def readings_of(teams: Sequence[Team]) -> list[TeamReading]:
    """The readings of teams whose figures the reader may see; measures with too few periods are left out."""
    places = {place_of_team(team): team for team in teams}
    by_scope = team_readings(list(places))
    return [
        TeamReading(team, reading)
        for place, team in places.items()
        for reading in by_scope.get(place.scope, [])
        if reading.state != "early" and reading.latest
    ]
