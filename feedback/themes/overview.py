"""The explorer: the tree with counts, what rises and falls, what waits."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from typing import NamedTuple

from django.utils.safestring import SafeString

from ccperf.core.charts.run import spark_svg
from ccperf.core.charts.spec import ChartPoint, RunChart
from ccperf.jobs.models import Job
from ccperf.people.models import User
from ccperf.privacy.threshold import HIDDEN
from feedback.themes.analysis_opportunities import UNRATED, Rated
from feedback.themes.analysis_trends import Counted, Movement, movements
from feedback.themes.columns import NO_THEME, said_in
from feedback.themes.counting import Groups, Sums, Tally, groups_of, places_under, sums_of, tallies, tally
from feedback.themes.models import Theme, ThemeSuggestion
from feedback.themes.selectors import GUARDED_WEEKS, Sight, Window, recent_jobs, sight_of
from feedback.themes.versions import call_as_then

WORDS = {
    "rising": "Rising",
    "falling": "Falling",
    "steady": "No detectable change",
    "few": "Too few to tell",
}
SUGGESTIONS = 6


@dataclass
class Row:
    """One upper theme in the period. Figures that the guard hides are ``HIDDEN``."""

    theme: Theme
    count: int | str = 0
    share: float | None = None
    negative: float | None = None
    agents: int | str = 0
    movement: Movement = field(default_factory=lambda: Movement("few"))
    draw: Callable[[], SafeString] = SafeString
    children: list[tuple[Theme, int]] = field(default_factory=list)
    is_praise: bool = False
    rated: Rated = UNRATED

    @cached_property
    def spark(self) -> SafeString:
        """The share by week; drawn for the rows that a page shows."""
        return self.draw()

    @property
    def is_hidden(self) -> bool:
        return self.count is HIDDEN

    @property
    def words(self) -> str:
        if self.movement.direction in ("rising", "falling") and self.is_praise:
            return f"{WORDS[self.movement.direction]}, mostly praise"
        return WORDS[self.movement.direction]

    @property
    def state(self) -> str:
        """Whether the movement is a concern, an improvement, or noise: it depends on what people say."""
        if self.movement.direction not in ("rising", "falling"):
            return "noise"
        return "better" if (self.movement.direction == "rising") == self.is_praise else "worse"


@dataclass
class Overview:
    """All that the explorer shows."""

    window: Window
    rows: list[Row]
    comments: int | str
    placed: int | str
    suggestions: list[ThemeSuggestion]
    more_suggestions: int
    job: Job | None
    analysed_at: datetime | None
    guarded: bool
    may_read: bool
    rated: Rated = UNRATED

    @property
    def unplaced(self) -> int | str:
        return HIDDEN if self.guarded else int(self.comments) - int(self.placed)

    @property
    def moving(self) -> list[Row]:
        return [row for row in self.rows if row.movement.direction in ("rising", "falling")]

    @property
    def tested(self) -> int:
        return sum(row.movement.direction != "few" for row in self.rows)

    @property
    def by_count(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: -1 if row.is_hidden else -int(row.count))


def overview(user: User, weeks: int, until: date | None = None) -> Overview:
    """The explorer for this user; one fixed window, that cannot be subtracted, for who reads no words."""
    sight = sight_of(user)
    themes = list(
        Theme.objects.visible_to(user).live().only("key", "name", "attribution", "parent", "pinned", "metric")
    )
    jobs = recent_jobs()
    done = next((job for job in jobs if job.status == Job.Status.DONE), None)
    suggestions = list(
        ThemeSuggestion.objects.visible_to(user).open().select_related("nearest").defer("centroid")
    )
    counts = _guarded(sight, themes) if sight.guarded else _read(sight, themes, weeks, until)
    return Overview(
        **counts._asdict(),
        suggestions=suggestions[:SUGGESTIONS],
        more_suggestions=max(0, len(suggestions) - SUGGESTIONS),
        job=next((job for job in jobs if job.is_open), None),
        analysed_at=done.finished_at if done else None,
        guarded=sight.guarded,
        may_read=not sight.guarded,
    )


class Counts(NamedTuple):
    """What is counted for an overview."""

    window: Window
    rows: list[Row]
    comments: int | str
    placed: int | str
    rated: Rated = UNRATED


def _guarded(sight: Sight, themes: list[Theme]) -> Counts:
    """For readers without the words: sums of large groups only, and nothing by week or against before."""
    said = said_in(sight, GUARDED_WEEKS)
    sums = sums_of(said, themes)
    upper = [theme for theme in themes if theme.parent_id is None]
    hidden = sums.hidden(upper)
    rows = [_guarded_row(theme, sums, theme.pk in hidden) for theme in upper]
    return Counts(said.window, rows, sums.comments if sums.total_may_be_shown else HIDDEN, HIDDEN)


def _guarded_row(theme: Theme, sums: Sums, is_hidden: bool) -> Row:
    if is_hidden:
        return Row(theme, count=HIDDEN, agents=HIDDEN)
    own = sums.of(theme)
    return Row(
        theme,
        count=own.comments,
        share=own.comments / sums.comments if sums.comments else None,
        negative=own.negative / own.comments if own.comments else None,
        agents=own.agents,
    )


def _read(sight: Sight, themes: list[Theme], weeks: int, until: date | None) -> Counts:
    """For readers of the comments: every figure, and the movement of all themes tested together.

    A past period shows the names of its last day.
    """
    said = said_in(sight, weeks, until)
    window = said.window
    call_as_then(themes, window.last_day if until else None)
    upper = [theme for theme in themes if theme.parent_id is None]
    parts = [theme for theme in themes if theme.parent_id is not None]
    above = places_under(upper, themes)
    tallied = tallies(said, groups_of(said["theme"], above), len(upper))
    own_place = {theme.pk: index for index, theme in enumerate(parts)}
    of_parts = Groups(said, groups_of(said["theme"], own_place), len(parts)).comments(said.is_now)
    below: dict[int, list[tuple[Theme, int]]] = defaultdict(list)
    for part, comments in zip(parts, of_parts, strict=True):
        below[part.parent_id].append((part, int(comments)))
    total = tally(said)
    named = int(Groups.all(said).comments(said.is_now & (said["theme"] != NO_THEME))[0])
    tested = movements([Counted(own.now, total.now, own.before, total.before, own.voices) for own in tallied])
    rows = [
        Row(
            theme=theme,
            count=own.now,
            share=own.now / total.now if total.now else None,
            negative=own.negative / own.now if own.now else None,
            agents=own.people,
            movement=movement,
            is_praise=own.is_praise,
            rated=own.rated,
            draw=partial(_spark, theme, own, total, window),
            children=below[theme.pk],
        )
        for theme, own, movement in zip(upper, tallied, tested, strict=True)
    ]
    return Counts(window, rows, total.now, named, total.rated)


def _spark(theme: Theme, own: Tally, total: Tally, window: Window) -> SafeString:
    points = tuple(
        ChartPoint(week, own.weeks.get(week, 0) / n if n else None, n)
        for week in window.mondays()
        for n in [total.weeks.get(week)]
    )
    if sum(point.value is not None for point in points) < 2 or not own.weeks:
        return SafeString()
    return spark_svg(RunChart(theme.name, "Share of comments by week.", "percent", points))
