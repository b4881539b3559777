"""Comments counted by theme.

Who reads the words sees every figure. For others only sums over enough people are shown, and none finer than
the guard of small groups allows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

import numpy as np

from ccperf.people.models import Team
from ccperf.privacy.threshold import HIDDEN, Grain, guard_rows, is_large_enough
from feedback.by_day import plain_rows
from feedback.reach import NOBODY
from feedback.themes.analysis_opportunities import UNRATED, Rated
from feedback.themes.analysis_trends import is_praise
from feedback.themes.columns import NEGATIVE, POSITIVE, Said, distinct, numbered
from feedback.themes.models import Theme


@dataclass(frozen=True)
class Tally:
    """Each comment once: by week over both periods, the rest in the later one."""

    weeks: dict[date, int]
    now: int
    before: int
    negative: int
    people: int
    lone: int = 0
    """Comments about nobody."""
    positive: int = 0
    rated: Rated = UNRATED

    @property
    def is_praise(self) -> bool:
        return is_praise(self.positive, self.negative)

    @property
    def voices(self) -> int:
        """Agents named, and comments about nobody, each of which is about itself alone."""
        return self.people + self.lone


NONE = -1


class Groups:
    """Lines sorted into groups, such as themes or themes by team: ``of`` says into which, ``NONE`` into none.

    A comment counts once in a group, with however many of its lines.
    """

    def __init__(self, said: Said, of: np.ndarray, count: int):
        self.count = count
        self._said, self._of, self._in = said, of, of != NONE

    @classmethod
    def all(cls, said: Said) -> "Groups":
        """All lines in one group."""
        return cls(said, np.zeros(len(said), dtype=np.int64), 1)

    def items(self, which: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(group, comment) of every comment with such a line, each once."""
        return np.divmod(self._keys(which), max(1, self._said.items))

    def comments(self, which: np.ndarray | None = None) -> np.ndarray:
        """How many comments with such a line each group has."""
        return np.bincount(self._keys(which) // max(1, self._said.items), minlength=self.count)

    def people(self, which: np.ndarray) -> np.ndarray:
        """How many agents such lines of each group are about."""
        person = self._said["person"]
        lines = self._in & which & (person != NOBODY)
        size = int(person.max(initial=0)) + 1
        keys = distinct(self._of[lines] * size + person[lines], self.count * size)
        return np.bincount(keys // size, minlength=self.count)

    def lone(self, which: np.ndarray) -> np.ndarray:
        """How many of the comments are about nobody."""
        return self.comments(which & (self._said["person"] == NOBODY))

    def _keys(self, which: np.ndarray | None) -> np.ndarray:
        lines = self._in if which is None else self._in & which
        return distinct(self._pairs[lines], self.count * self._said.items)

    @cached_property
    def _pairs(self) -> np.ndarray:
        """Group and comment of each line as one number."""
        return self._of * self._said.items + self._said.item


def groups_of(values: np.ndarray, wanted: Mapping[int, int]) -> np.ndarray:
    """The group of each value, by a mapping of those that have one; ``NONE`` for the others."""
    table = np.full(max([int(values.max(initial=0)), *wanted]) + 1, NONE, dtype=np.int64)
    table[list(wanted)] = list(wanted.values())
    return table[values]


def tallies(said: Said, of: np.ndarray, count: int) -> list[Tally]:
    """The comments of each group counted; of a group without any, nothing."""
    groups, window = Groups(said, of, count), said.window
    now = said.is_now
    group, item = groups.items()
    first = np.searchsorted(said.item, np.arange(said.items))  # One line of each comment.
    week, rating = said.week[first][item], said["rating"][first][item]
    by_week = np.bincount(group * 2 * window.weeks + week, minlength=count * 2 * window.weeks)
    by_week = by_week.reshape(count, 2 * window.weeks)
    negative, positive = (groups.comments(now & (said["mood"] == mood)) for mood in (NEGATIVE, POSITIVE))
    people, lone = groups.people(now), groups.lone(now)
    rated = (week >= window.weeks) & ~np.isnan(rating)
    ratings = rating[rated]
    sums = [
        np.bincount(group[rated], weights=values, minlength=count)
        for values in (None, ratings, ratings * ratings)
    ]
    mondays = window.mondays()
    return [
        Tally(
            weeks={mondays[index]: int(weeks[index]) for index in np.flatnonzero(weeks)},
            now=int(weeks[window.weeks :].sum()),
            before=int(weeks[: window.weeks].sum()),
            negative=int(negative[number]),
            people=int(people[number]),
            lone=int(lone[number]),
            positive=int(positive[number]),
            rated=Rated(int(sums[0][number]), float(sums[1][number]), float(sums[2][number]))
            if sums[0][number]
            else UNRATED,
        )
        for number, weeks in enumerate(by_week)
    ]


def tally(said: Said) -> Tally:
    """All the comments counted."""
    return tallies(said, np.zeros(len(said), dtype=np.int64), 1)[0]


# ---- for those who do not read the words


@dataclass(frozen=True)
class Sum:
    """One upper theme in one period. ``lone`` are the comments about nobody."""

    comments: int = 0
    negative: int = 0
    agents: int = 0
    lone: int = 0


@dataclass(frozen=True)
class TeamCounts:
    """Comments and agents of upper themes (rows) by team (columns), before the guard."""

    rows: Mapping[int, int]
    pks: np.ndarray
    comments: np.ndarray
    agents: np.ndarray

    def of(self, theme: Theme) -> tuple[list[int], list[int], list[int]]:
        """The teams that have comments of a theme, ``NOBODY`` for none, with these and the agents in them."""
        if theme.pk not in self.rows:
            return [], [], []
        row = self.rows[theme.pk]
        has = self.comments[row] > 0
        return self.pks[has].tolist(), self.comments[row][has].tolist(), self.agents[row][has].tolist()

    @property
    def teams(self) -> list[int]:
        """Teams of which something is said."""
        return [pk for pk in self.pks[self.comments.any(axis=0)].tolist() if pk != NOBODY]


@dataclass(frozen=True)
class Sums:
    """All comments of one period, and those of each upper theme, before the guard."""

    comments: int
    agents: int
    themes: Mapping[int, Sum]
    count_teams: Callable[[], TeamCounts]

    @cached_property
    def team_counts(self) -> TeamCounts:
        """The same of each upper theme by team. A list of themes does without."""
        return self.count_teams()

    def of(self, theme: Theme) -> Sum:
        return self.themes.get(theme.pk, Sum())

    def by_team(self, theme: Theme) -> dict[int | None, int | str]:
        """The comments of one theme by team, guarded by the agents named in them; None is no team.

        Comments of no team are guarded with the teams, because the sum of all is shown.
        """
        teams, comments, agents = self.team_counts.of(theme)
        hidden = guard_rows(agents, lambda count: count or 1, grain=Grain.AVERAGE).hidden
        rows = enumerate(zip(teams, comments, strict=True))
        return {team or None: HIDDEN if index in hidden else count for index, (team, count) in rows}

    def teams(self) -> list[tuple[int, str]]:
        """Teams of which something is said, in order of their names."""
        named = set(self.team_counts.teams)
        teams = plain_rows(Team.objects.order_by("name", "pk").values_list("pk", "name"))
        return [(pk, name) for pk, name in teams if pk in named]

    @property
    def total_may_be_shown(self) -> bool:
        """Whether enough people stand behind all comments together; that there are none is no secret."""
        return not self.comments or is_large_enough(self.agents, Grain.DISTRIBUTION)

    def hidden(self, upper: Sequence[Theme]) -> frozenset[int]:
        """Upper themes of which no figure is shown; comments about nobody count as one person.

        The list is guarded once, so that the list, its file and every theme's own page hide the same.
        """
        sizes = [found.agents or min(1, found.lone) for found in map(self.of, upper)]
        guard = guard_rows(sizes, lambda size: size, grain=Grain.DISTRIBUTION)
        return frozenset(upper[index].pk for index in guard.hidden)


def sums_of(said: Said, live: Sequence[Theme]) -> Sums:
    """All comments, and those of each upper theme with its parts."""
    always = np.ones(len(said), dtype=bool)
    top = top_of(live)
    upper = sorted(set(top.values()))
    position = {theme: index for index, theme in enumerate(upper)}
    theme = groups_of(said["theme"], {pk: position[above] for pk, above in top.items()})
    whole = _sums(Groups(said, theme, len(upper)), said, always)
    return Sums(
        comments=said.items,
        agents=int(Groups.all(said).people(always)[0]),
        themes={pk: whole[index] for pk, index in position.items() if index in whole},
        count_teams=partial(_by_team, said, theme, upper, always),
    )


def _by_team(said: Said, theme: np.ndarray, upper: Sequence[int], always: np.ndarray) -> TeamCounts:
    pks, team = numbered(said["team"])
    cells = Groups(said, np.where(theme >= 0, theme * len(pks) + team, NONE), len(upper) * len(pks))
    comments, agents = (
        counts.reshape(len(upper), len(pks)) for counts in (cells.comments(), cells.people(always))
    )
    return TeamCounts({pk: row for row, pk in enumerate(upper)}, pks, comments, agents)


def top_of(live: Sequence[Theme]) -> dict[int, int]:
    """The upper theme of each theme in use."""
    return {theme.pk: theme.parent_id or theme.pk for theme in live}


def places_under(upper: Sequence[Theme], live: Sequence[Theme]) -> dict[int, int]:
    """The place, among the upper themes, of the one that each theme in use is or is under."""
    place = {theme.pk: index for index, theme in enumerate(upper)}
    return {pk: place[top] for pk, top in top_of(live).items() if top in place}


def _sums(groups: Groups, said: Said, always: np.ndarray) -> dict[int, Sum]:
    """The groups that have comments."""
    comments = groups.comments()
    parts = (
        comments,
        groups.comments(said["mood"] == NEGATIVE),
        groups.people(always),
        groups.lone(always),
    )
    return {int(index): Sum(*(int(part[index]) for part in parts)) for index in np.flatnonzero(comments)}
