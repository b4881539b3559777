"""Themes by team, site, route or product: who speaks of what more than others, and what moves where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ccperf.people.models import Site, Team, User
from ccperf.privacy.threshold import HIDDEN
from feedback.models import FeedbackRoute
from feedback.themes.analysis_lift import Comparison, GroupCounts, Lift
from feedback.themes.analysis_trends import Movement, is_praise
from feedback.themes.columns import NEGATIVE, POSITIVE, Said, numbered, said_in, words
from feedback.themes.counting import NONE, Groups, groups_of, places_under, sums_of
from feedback.themes.models import Theme
from feedback.themes.selectors import GUARDED_WEEKS, Sight, Window, sight_of
from feedback.themes.versions import call_as_then

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
    lone: int | None = None
    """Comments about nobody."""
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
    """The heat map. ``groups`` are (name, comments of the group or None where that is not shown); a row has
    the cells of the first ``MOST_GROUPS`` of them, or of all where that was asked for.
    """

    window: Window
    by: str
    groups: list[tuple[str, int | None]]
    rows: list[GroupRow]
    guarded: bool
    tested: int = 0
    has_hidden: bool = False
    """Whether any cell is hidden, also one that a page has no room for."""

    @property
    def shown_groups(self) -> list[tuple[str, int | None]]:
        return self.groups[:MOST_GROUPS]

    @property
    def more_groups(self) -> int:
        return max(0, len(self.groups) - MOST_GROUPS)


def group_page(
    user: User, by: str, weeks: int, until: date | None = None, *, every: bool = False
) -> GroupPage:
    """The heat map for this user; behind the guard by team only, in the one period that is shown.

    A past period shows the names of its last day.
    With ``every`` the cells of all groups are worked out, not only of those that a page has room for.
    """
    sight = sight_of(user)
    live = list(Theme.objects.visible_to(user).live().defer("definition", "phrases"))
    upper = [theme for theme in live if theme.parent_id is None]
    if sight.guarded:
        return _guarded(sight, upper, live, None if every else MOST_GROUPS)
    said = said_in(sight, weeks, until)
    call_as_then(live, said.window.last_day if until else None)
    grid = _grid(said, by, upper, live)
    tested = Comparison(grid.counts)
    most = _largest_share(grid.counts)
    wide = len(grid.groups) if every else min(MOST_GROUPS, len(grid.groups))
    size = grid.counts.here.sum(axis=1)
    rows = [
        GroupRow(upper[row], [_cell(grid, tested, most, row, column) for column in range(wide)])
        for row in sorted(np.flatnonzero(size).tolist(), key=lambda row: -size[row])
    ]
    return GroupPage(
        said.window, by, grid.groups, rows, guarded=False, tested=int(np.count_nonzero(tested.tested))
    )


# ---- inside


@dataclass(frozen=True)
class Grid:
    """Upper themes (rows) by group (columns), and of each group its name and comments."""

    groups: list[tuple[str, int | None]]
    counts: GroupCounts
    agents: np.ndarray
    lone: np.ndarray
    negative: np.ndarray
    positive: np.ndarray


def _grid(said: Said, by: str, upper: Sequence[Theme], live: Sequence[Theme]) -> Grid:
    """Groups of which something is said now, the most first."""
    _, column, nobody = GROUPS[by]
    values, group = numbered(said[column])
    everything = Groups(said, group, len(values))
    now, before = said.is_now, ~said.is_now
    all_now, all_before = everything.comments(now), everything.comments(before)
    names = _names(by, values.tolist(), nobody)
    order = sorted(np.flatnonzero(all_now).tolist(), key=lambda index: (-all_now[index], names[index]))
    theme = groups_of(said["theme"], places_under(upper, live))
    cells = Groups(said, np.where(theme >= 0, theme * len(values) + group, NONE), len(upper) * len(values))

    def table(counts: np.ndarray) -> np.ndarray:
        return counts.reshape(len(upper), len(values))[:, order]

    here, agents, lone = (table(count(now)) for count in (cells.comments, cells.people, cells.lone))
    voices = agents + lone
    return Grid(
        [(names[index], int(all_now[index])) for index in order],
        GroupCounts(
            here=here,
            all_here=all_now[order],
            elsewhere=here.sum(axis=1, keepdims=True) - here,
            all_elsewhere=all_now.sum() - all_now[order],
            agents=voices,
            before=table(cells.comments(before)),
            all_before=all_before[order],
            agents_elsewhere=voices.sum(axis=1, keepdims=True) - voices,
        ),
        agents=agents,
        lone=lone,
        negative=table(cells.comments(now & (said["mood"] == NEGATIVE))),
        positive=table(cells.comments(now & (said["mood"] == POSITIVE))),
    )


def _names(by: str, values: Sequence[int], nobody: str) -> list[str]:
    """What the groups are called."""
    if by == "product":
        return [words.texts[value] or nobody for value in values]
    names = dict(NAMED[by]._default_manager.filter(pk__in=values).values_list("pk", "name"))
    return [names.get(value, nobody) for value in values]


def _cell(grid: Grid, tested: Comparison, most: float, row: int, column: int) -> Cell:
    here, negative = int(grid.counts.here[row, column]), int(grid.negative[row, column])
    lift = tested.lift(row, column)
    return Cell(
        count=here,
        negative=negative / here if here else None,
        agents=int(grid.agents[row, column]),
        lone=int(grid.lone[row, column]),
        lift=lift,
        movement=tested.movement(row, column),
        # Five depths by share, so that the eye finds where a theme is spoken of.
        shade=round(SHADES * (lift.share or 0) / most) if most else 0,
        is_praise=is_praise(int(grid.positive[row, column]), negative),
    )


def _largest_share(counts: GroupCounts) -> float:
    return float((counts.here / np.maximum(counts.all_here, 1)).max(initial=0))


def _guarded(sight: Sight, upper: list[Theme], live: list[Theme], most: int | None) -> GroupPage:
    """For who reads no words: the same cells that the pages of the themes show, and no more."""
    said = said_in(sight, GUARDED_WEEKS)
    sums = sums_of(said, live)
    hidden = sums.hidden(upper) if sums.total_may_be_shown else {theme.pk for theme in upper}
    teams = sums.teams()
    by_team = {theme.pk: sums.by_team(theme) for theme in upper if theme.pk not in hidden}
    rows = []
    for theme in upper:
        cells, otherwise = ({}, HIDDEN) if theme.pk in hidden else (by_team[theme.pk], 0)
        rows.append(GroupRow(theme, [Cell(cells.get(team, otherwise)) for team, _ in teams[:most]]))
    return GroupPage(
        said.window,
        "team",
        [(name, None) for _, name in teams],
        rows,
        guarded=True,
        has_hidden=any(HIDDEN in cells.values() for cells in by_team.values()) or bool(hidden and teams),
    )
