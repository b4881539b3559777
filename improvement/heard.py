"""What was heard: the figures that a decision rests on, and the themes that wait for one."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import numpy as np

from ccperf.core.dates import today
from ccperf.people.models import Team, User
from feedback.themes.columns import NEGATIVE, said_in
from feedback.themes.counting import NONE, Groups, groups_of, places_under, tally
from feedback.themes.models import Theme
from feedback.themes.opportunities import FEWEST_NEGATIVE
from feedback.themes.selectors import sight_of

WEEKS = 13


@dataclass(frozen=True)
class Heard:
    """A theme in the comments of some teams in one period, and in the period of the same length before."""

    first_day: str
    last_day: str
    named: int
    comments: int
    negative: int
    agents: int
    named_before: int
    comments_before: int

    @property
    def since(self) -> date:
        return date.fromisoformat(self.first_day)

    @property
    def until(self) -> date:
        return date.fromisoformat(self.last_day)

    @property
    def weeks(self) -> int:
        return ((self.until - self.since).days + 1) // 7

    @property
    def share(self) -> float | None:
        return self.named / self.comments if self.comments else None

    @property
    def share_before(self) -> float | None:
        return self.named_before / self.comments_before if self.comments_before else None

    @property
    def negative_share(self) -> float | None:
        return self.negative / self.named if self.named else None

    def as_json(self) -> dict:
        return asdict(self)


def heard_by(user: User, theme: Theme, teams: Iterable[Team], until: date | None = None) -> Heard:
    """The theme, its parts included, in the comments of these teams that this user may read."""
    said = said_in(sight_of(user), WEEKS, until)
    window = said.window
    of_teams = said.where(np.isin(said["team"], [team.pk for team in teams]))
    ids = {theme.pk, *theme.children.live().values_list("pk", flat=True)}
    total = tally(of_teams)
    own = tally(of_teams.of_themes(ids))
    return Heard(
        first_day=window.start.isoformat(),
        last_day=window.last_day.isoformat(),
        named=own.now,
        comments=total.now,
        negative=own.negative,
        agents=own.people,
        named_before=own.before,
        comments_before=total.before,
    )


@dataclass(frozen=True)
class Waiting:
    """A theme that people complained of and nobody has decided about yet."""

    theme: Theme
    comments: int
    negative: int


def themes_waiting(
    user: User, team_ids: Iterable[int], decided: Collection[tuple[int, int]]
) -> list[Waiting]:
    """Upper themes with enough negative comments in these teams; most first.

    ``decided`` are pairs of theme and team whose comments wait for nothing.
    """
    if not user.access.can("feedback.read"):
        return []
    said = said_in(sight_of(user), WEEKS)
    since = (today() - timedelta(weeks=WEEKS)).toordinal()
    recent = said.where((said["day"] >= since) & np.isin(said["team"], list(team_ids)))
    live = list(Theme.objects.visible_to(user).live().select_related("owner"))
    upper = [theme for theme in live if theme.parent_id is None]
    place = {theme.pk: index for index, theme in enumerate(upper)}
    of = groups_of(recent["theme"], places_under(upper, live))
    size = int(recent["team"].max(initial=0)) + 1
    settled = [place[theme] * size + team for theme, team in decided if theme in place and team < size]
    of[np.isin(of * size + recent["team"], settled)] = NONE
    groups = Groups(recent, of, len(upper))
    comments, negative = groups.comments(), groups.comments(recent["mood"] == NEGATIVE)
    found = [
        Waiting(theme, int(comments[index]), int(negative[index]))
        for index, theme in enumerate(upper)
        if negative[index] >= FEWEST_NEGATIVE
    ]
    return sorted(found, key=lambda one: (-one.negative, one.theme.name))
