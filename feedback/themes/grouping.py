"""Themes by team, site, route or product: who speaks of what more than others, and what moves where."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np

from ccperf.people.models import Site, Team, User
from ccperf.privacy.threshold import HIDDEN
from feedback.models import FeedbackRoute
from feedback.themes.analysis_lift import GroupCount, Lift, lifts, movements_of
from feedback.themes.analysis_trends import Movement, is_praise
from feedback.themes.columns import NEGATIVE, POSITIVE, Said, processes, said_in
from feedback.themes.counting import Groups, groups_of, sums_of, top_of
from feedback.themes.models import Theme
from feedback.themes.selectors import GUARDED_WEEKS, Sight, Window, sight_of

GROUPS = {
    "team": ("Team", "team", "In no team"),
    "site": ("Site", "site", "In no site"),
    "route": ("Route", "route", "By no route"),
    "product": ("Process, tool, policy or product", "process", "None named"),
}
"""By the word in the address: the heading, the column, and what stands where an item names none."""
NAMED = {"team": Team, "site": Site, "route": FeedbackRoute}
MOST_GROUPS = 12
SHADES = 5
UNTESTED, UNMOVED = Lift("few"), Movement("few")


@dataclass
class Cell:
    """One theme in one group; ``count`` is ``HIDDEN`` where it may not be seen."""

    count: int | str
    negative: float | None = None
    agents: int | None = None
    lift: Lift = UNTESTED
    movement: Movement = UNMOVED
    shade: int = 0
    is_praise: bool = False

    @property
    def is_hidden(self) -> bool:
        return self.count is HIDDEN

    @property
    def state(self) -> str:
        """Whether it is a concern or an improvement that it is said more or less."""
        if self.lift.signal in ("more", "less"):
            is_more = self.lift.signal == "more"
        elif self.movement.direction in ("rising", "falling"):
            is_more = self.movement.direction == "rising"
        else:
            return "noise"
        return "better" if is_more == self.is_praise else "worse"

    @property
    def words(self) -> str:
        said = {"more": "more than elsewhere", "less": "less than elsewhere"}.get(self.lift.signal, "")
        moved = self.movement.direction if self.movement.direction in ("rising", "falling") else ""
        return ", ".join(word for word in (said, moved) if word)


@dataclass
class GroupRow:
    theme: Theme
    cells: list[Cell]


@dataclass
class GroupPage:
    """The heat map. ``groups`` are (name, comments of the group or None where that is not shown)."""

    window: Window
    by: str
    groups: list[tuple[str, int | None]]
    rows: list[GroupRow]
    guarded: bool

    @property
    def has_hidden(self) -> bool:
        return any(cell.is_hidden for row in self.rows for cell in row.cells)

    @property
    def tested(self) -> int:
        return sum(cell.lift.signal != "few" for row in self.rows for cell in row.cells)

    @property
    def shown_groups(self) -> list[tuple[str, int | None]]:
        return self.groups[:MOST_GROUPS]

    @property
    def more_groups(self) -> int:
        return max(0, len(self.groups) - MOST_GROUPS)


def group_page(user: User, by: str, weeks: int, until: date | None = None) -> GroupPage:
    """The heat map for this user; behind the guard by team only, in the one period that is shown."""
    sight = sight_of(user)
    live = list(Theme.objects.visible_to(user).live().defer("definition", "phrases"))
    upper = [theme for theme in live if theme.parent_id is None]
    if sight.guarded:
        return _guarded(sight, upper, live)
    said = said_in(sight, weeks, until)
    window = said.window
    grid = _grid(said, by, upper, live)
    counts = _counts(grid)
    moods = zip(chain(*grid.negative), chain(*grid.positive), strict=True)
    cells = [
        Cell(
            count=count.here,
            negative=negative / count.here if count.here else None,
            agents=count.agents,
            lift=lift,
            movement=movement,
            is_praise=is_praise(positive, negative),
        )
        for count, (negative, positive), lift, movement in zip(
            counts, moods, lifts(counts), movements_of(counts), strict=True
        )
    ]
    _shade(cells)
    wide = len(grid.groups)
    rows = [GroupRow(theme, cells[wide * index : wide * (index + 1)]) for index, theme in enumerate(upper)]
    return GroupPage(window, by, [(name, n) for name, n, _ in grid.groups], _spoken_of(rows), guarded=False)


# ---- inside


@dataclass(frozen=True)
class Grid:
    """Themes by group. Of each group its name and comments now and before; each list goes by theme, then by
    group.
    """

    groups: list[tuple[str, int, int]]
    now: list[list[int]]
    before: list[list[int]]
    negative: list[list[int]]
    positive: list[list[int]]
    voices: list[list[int]]
    """Agents named, and comments about nobody, each of which is about itself alone."""


def _grid(said: Said, by: str, upper: Sequence[Theme], live: Sequence[Theme]) -> Grid:
    """Groups of which something is said now, the most first."""
    _, column, nobody = GROUPS[by]
    values, group = np.unique(said[column], return_inverse=True)
    everything = Groups(said, group, len(values))
    now, before = said.is_now, ~said.is_now
    all_now, all_before = everything.comments(now), everything.comments(before)
    names = _names(by, values.tolist(), nobody)
    order = sorted(np.flatnonzero(all_now).tolist(), key=lambda index: (-all_now[index], names[index]))
    place = {theme.pk: index for index, theme in enumerate(upper)}
    theme = groups_of(said["theme"], {pk: place[top] for pk, top in top_of(live).items() if top in place})
    cells = Groups(said, np.where(theme >= 0, theme * len(values) + group, -1), len(upper) * len(values))

    def table(counts: np.ndarray) -> list[list[int]]:
        return counts.reshape(len(upper), len(values))[:, order].tolist()

    return Grid(
        [(names[index], int(all_now[index]), int(all_before[index])) for index in order],
        now=table(cells.comments(now)),
        before=table(cells.comments(before)),
        negative=table(cells.comments(now & (said["mood"] == NEGATIVE))),
        positive=table(cells.comments(now & (said["mood"] == POSITIVE))),
        voices=table(cells.people(now) + cells.lone(now)),
    )


def _names(by: str, values: Sequence[int], nobody: str) -> list[str]:
    """What the groups are called."""
    if by == "product":
        return [processes.texts[value] or nobody for value in values]
    names = dict(NAMED[by]._default_manager.filter(pk__in=values).values_list("pk", "name"))
    return [names.get(value, nobody) for value in values]


def _counts(grid: Grid) -> list[GroupCount]:
    """Every cell against all other groups."""
    everybody = sum(now for _, now, _ in grid.groups)
    counts = []
    for now, before, voices in zip(grid.now, grid.before, grid.voices, strict=True):
        whole, heard = sum(now), sum(voices)
        counts += [
            GroupCount(
                here=here,
                all_here=all_now,
                elsewhere=whole - here,
                all_elsewhere=everybody - all_now,
                agents=agents,
                agents_elsewhere=heard - agents,
                before=earlier,
                all_before=all_before,
            )
            for here, earlier, agents, (_, all_now, all_before) in zip(
                now, before, voices, grid.groups, strict=True
            )
        ]
    return counts


def _shade(cells: Sequence[Cell]) -> None:
    """Five depths by share, so that the eye finds where a theme is spoken of."""
    most = max((cell.lift.share or 0 for cell in cells), default=0)
    for cell in cells:
        cell.shade = round(SHADES * (cell.lift.share or 0) / most) if most else 0


def _spoken_of(rows: list[GroupRow]) -> list[GroupRow]:
    """Themes that somebody named, those most spoken of first."""
    size = Counter({row.theme.pk: sum(int(cell.count) for cell in row.cells) for row in rows})
    return sorted((row for row in rows if size[row.theme.pk]), key=lambda row: -size[row.theme.pk])


def _guarded(sight: Sight, upper: list[Theme], live: list[Theme]) -> GroupPage:
    """For who reads no words: the same cells that the pages of the themes show, and no more."""
    said = said_in(sight, GUARDED_WEEKS)
    sums = sums_of(said, live)
    hidden = sums.hidden(upper) if sums.total_may_be_shown else {theme.pk for theme in upper}
    teams = sums.teams()
    found = []
    for theme in upper:
        is_hidden = theme.pk in hidden
        cells = {} if is_hidden else sums.by_team(theme)
        found.append(
            GroupRow(theme, [Cell(HIDDEN if is_hidden else cells.get(team, 0)) for team, _ in teams])
        )
    return GroupPage(said.window, "team", [(name, None) for _, name in teams], found, guarded=True)
