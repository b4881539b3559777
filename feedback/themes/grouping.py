"""Themes by team, site, route or product: who speaks of what more than others, and what moves where."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from django.db.models import Count, Q, QuerySet

from ccperf.people.models import User
from ccperf.privacy.threshold import HIDDEN
from feedback.themes.analysis_lift import GroupCount, Lift, lifts, movements_of
from feedback.themes.analysis_trends import Movement, is_praise
from feedback.themes.counting import TOP, last_window, sums_in
from feedback.themes.models import Sentiment, Theme
from feedback.themes.selectors import GUARDED_WEEKS, Sight, Window, sight_of

GROUPS = {
    "team": ("Team", "team_id", "team__name", "In no team"),
    "site": ("Site", "site_id", "site__name", "In no site"),
    "route": ("Route", "route_id", "route__name", "By no route"),
    "product": ("Process, tool, policy or product", "process_name", "process_name", "None named"),
}
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
    upper = list(Theme.objects.visible_to(user).live().filter(parent=None).defer("definition", "phrases"))
    if sight.guarded:
        return _guarded(sight, upper)
    window = Window.up_to(until, weeks) if until else last_window(sight, weeks)
    _, key, name, nobody = GROUPS[by]
    comments = sight.comments.order_by().filter(received_on__gte=window.before, received_on__lt=window.end)
    now = Q(received_on__gte=window.start)
    totals = list(
        comments.values(key, name)
        .annotate(now=Count("pk", filter=now), before=Count("pk", filter=~now))
        .order_by("-now", name)
    )
    found = {(row[key], row["top"]): row for row in _cells(comments, key, now)}
    groups = [(row[key], row[name] or nobody, row["now"], row["before"]) for row in totals if row["now"]]
    whole = {theme.pk: _whole(theme, groups, found) for theme in upper}
    everybody = sum(group[2] for group in groups)
    counts = [
        _count(theme, group, found, whole[theme.pk], everybody) for theme, group in product(upper, groups)
    ]
    cells = [
        Cell(
            count=count.here,
            negative=found[group[0], theme.pk]["negative"] / count.here if count.here else None,
            agents=count.agents,
            lift=lift,
            movement=movement,
            is_praise=_is_praise(found.get((group[0], theme.pk), {})),
        )
        for (theme, group), count, lift, movement in zip(
            product(upper, groups), counts, lifts(counts), movements_of(counts), strict=True
        )
    ]
    _shade(cells)
    wide = len(groups)
    rows = [GroupRow(theme, cells[wide * index : wide * (index + 1)]) for index, theme in enumerate(upper)]
    return GroupPage(window, by, [(name, n) for _, name, n, _ in groups], _spoken_of(rows), guarded=False)


# ---- inside


def _cells(comments: QuerySet, key: str, now: Q) -> list[dict[str, Any]]:
    negative, positive = (
        now & Q(assignments__sentiment_label=mood) for mood in (Sentiment.NEGATIVE, Sentiment.POSITIVE)
    )
    return list(
        comments.filter(assignments__theme__status=Theme.Status.ACTIVE)
        .values(key, top=TOP)
        .annotate(
            now=Count("pk", distinct=True, filter=now),
            before=Count("pk", distinct=True, filter=~now),
            negative=Count("pk", distinct=True, filter=negative),
            positive=Count("pk", distinct=True, filter=positive),
            agents=Count("about_person", distinct=True, filter=now),
            lone=Count("pk", distinct=True, filter=now & Q(about_person__isnull=True)),
        )
    )


def _whole(theme: Theme, groups: Sequence[tuple], found: dict) -> tuple[int, int]:
    """Comments and voices of a theme over all groups."""
    rows = [found[group[0], theme.pk] for group in groups if (group[0], theme.pk) in found]
    return sum(row["now"] for row in rows), sum(_voices(row) for row in rows)


def _count(theme: Theme, group: tuple, found: dict, whole: tuple[int, int], everybody: int) -> GroupCount:
    key, _, here, before = group
    own = found.get((key, theme.pk), {})
    named, voices = own.get("now", 0), _voices(own)
    return GroupCount(
        here=named,
        all_here=here,
        elsewhere=whole[0] - named,
        all_elsewhere=everybody - here,
        agents=voices,
        agents_elsewhere=whole[1] - voices,
        before=own.get("before", 0),
        all_before=before,
    )


def _voices(row: dict[str, int]) -> int:
    """Agents named, and comments about nobody, each of which is about itself alone."""
    return row.get("agents", 0) + row.get("lone", 0)


def _is_praise(row: dict[str, int]) -> bool:
    return is_praise(row.get("positive", 0), row.get("negative", 0))


def _shade(cells: Sequence[Cell]) -> None:
    """Five depths by share, so that the eye finds where a theme is spoken of."""
    most = max((cell.lift.share or 0 for cell in cells), default=0)
    for cell in cells:
        cell.shade = round(SHADES * (cell.lift.share or 0) / most) if most else 0


def _spoken_of(rows: list[GroupRow]) -> list[GroupRow]:
    """Themes that somebody named, those most spoken of first."""
    size = Counter({row.theme.pk: sum(int(cell.count) for cell in row.cells) for row in rows})
    return sorted((row for row in rows if size[row.theme.pk]), key=lambda row: -size[row.theme.pk])


def _guarded(sight: Sight, upper: list[Theme]) -> GroupPage:
    """For who reads no words: the same cells that the pages of the themes show, and no more."""
    window = last_window(sight, GUARDED_WEEKS)
    sums = sums_in(sight, window)
    hidden = sums.hidden(upper) if sums.total_may_be_shown else {theme.pk for theme in upper}
    teams = sums.teams()
    found = []
    for theme in upper:
        is_hidden = theme.pk in hidden
        cells = {} if is_hidden else sums.by_team(theme)
        found.append(
            GroupRow(theme, [Cell(HIDDEN if is_hidden else cells.get(team, 0)) for team, _ in teams])
        )
    return GroupPage(window, "team", [(name, None) for _, name in teams], found, guarded=True)
