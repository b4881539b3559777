"""The explorer: the tree with counts, what rises and falls, what waits."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.safestring import SafeString

from ccperf.core.charts.run import spark_svg
from ccperf.core.charts.spec import ChartPoint, RunChart
from ccperf.jobs.models import Job
from ccperf.people.models import User
from ccperf.privacy.threshold import HIDDEN
from feedback.themes.analysis_trends import Counted, Movement, movements
from feedback.themes.models import Theme, ThemeSuggestion
from feedback.themes.selectors import (
    GUARDED_WEEKS,
    Sight,
    Window,
    hidden_themes,
    of_sub_themes,
    of_upper_themes,
    people_of_upper_themes,
    recent_jobs,
    sight_of,
    total_may_be_shown,
    weekly_totals,
)

WORDS = {
    "rising": "Rising",
    "falling": "Falling",
    "steady": "No detectable change",
    "few": "Too few to tell",
}
MOSTLY = 0.5
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
    spark: SafeString = field(default_factory=SafeString)
    children: list[tuple[Theme, int]] = field(default_factory=list)

    @property
    def is_hidden(self) -> bool:
        return self.count is HIDDEN

    @property
    def words(self) -> str:
        if self.movement.direction in ("rising", "falling") and not self.is_mostly_negative:
            return f"{WORDS[self.movement.direction]}, mostly praise"
        return WORDS[self.movement.direction]

    @property
    def is_mostly_negative(self) -> bool:
        return self.negative is None or self.negative >= MOSTLY

    @property
    def state(self) -> str:
        """Whether the movement is a concern, an improvement, or noise: it depends on what people say."""
        if self.movement.direction not in ("rising", "falling"):
            return "noise"
        return "worse" if (self.movement.direction == "rising") == self.is_mostly_negative else "better"


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


def overview(user: User, weeks: int) -> Overview:
    """The explorer for this user; one fixed window, that cannot be subtracted, for who reads no words."""
    sight = sight_of(user)
    weeks = GUARDED_WEEKS if sight.guarded else weeks
    totals = weekly_totals(sight)
    window = Window.up_to(max(totals, default=None), weeks)
    themes = list(Theme.objects.visible_to(user).live())
    jobs = recent_jobs()
    done = next((job for job in jobs if job.status == Job.Status.DONE), None)
    comments = {week: total.comments for week, total in totals.items()}
    now = [week for week in totals if window.start <= week < window.end]
    suggestions = list(ThemeSuggestion.objects.visible_to(user).open().select_related("nearest"))
    shown = not sight.guarded or not now or total_may_be_shown(sight, window)
    return Overview(
        window=window,
        rows=_rows(sight, window, themes, comments),
        comments=sum(totals[week].comments for week in now) if shown else HIDDEN,
        placed=HIDDEN if sight.guarded else sum(totals[week].named for week in now),
        suggestions=suggestions[:SUGGESTIONS],
        more_suggestions=max(0, len(suggestions) - SUGGESTIONS),
        job=next((job for job in jobs if job.is_open), None),
        analysed_at=done.finished_at if done else None,
        guarded=sight.guarded,
        may_read=not sight.guarded,
    )


def _rows(sight: Sight, window: Window, themes: list[Theme], comments: dict[date, int]) -> list[Row]:
    counts: dict[int, dict[date, int]] = defaultdict(dict)
    negative: dict[int, int] = defaultdict(int)
    for row in of_upper_themes(sight, window):
        counts[row["top"]][row["week"]] = row["comments"]
        if row["week"] >= window.start:
            negative[row["top"]] += row["negative"]
    people = people_of_upper_themes(sight, window)
    below = {} if sight.guarded else of_sub_themes(sight, window)
    upper = [theme for theme in themes if theme.parent_id is None]
    counted = [
        _counted(counts[theme.pk], comments, window, people.get(theme.pk, (0, 0))[0]) for theme in upper
    ]
    rows = []
    for theme, figures, movement in zip(upper, counted, movements(counted), strict=True):
        children = (
            [] if sight.guarded else [(t, below.get(t.pk, 0)) for t in themes if t.parent_id == theme.pk]
        )
        rows.append(
            Row(
                theme=theme,
                count=figures.now,
                share=figures.now / figures.all_now if figures.all_now else None,
                negative=negative[theme.pk] / figures.now if figures.now else None,
                agents=figures.agents,
                movement=movement,
                spark=_spark(theme, counts[theme.pk], comments, window),
                children=children,
            )
        )
    return _guarded(rows, hidden_themes(sight, window, upper)) if sight.guarded else rows


def _counted(own: dict[date, int], comments: dict[date, int], window: Window, agents: int) -> Counted:
    def total(figures: dict[date, int], start: date, end: date) -> int:
        return sum(count for week, count in figures.items() if start <= week < end)

    return Counted(
        now=total(own, window.start, window.end),
        all_now=total(comments, window.start, window.end),
        before=total(own, window.before, window.start),
        all_before=total(comments, window.before, window.start),
        agents=agents,
    )


def _spark(theme: Theme, own: dict[date, int], comments: dict[date, int], window: Window) -> SafeString:
    points = tuple(
        ChartPoint(
            week, own.get(week, 0) / comments[week] if comments.get(week) else None, comments.get(week)
        )
        for week in window.mondays()
    )
    if sum(point.value is not None for point in points) < 2 or not own:
        return SafeString()
    return spark_svg(RunChart(theme.name, "Share of comments by week.", "percent", points))


def _guarded(rows: list[Row], hidden: frozenset[int]) -> list[Row]:
    """For readers without the words: sums of large groups only, and nothing by week or against before."""
    for row in rows:
        row.movement, row.spark = Movement("few"), SafeString()
        if row.theme.pk in hidden:
            row.count = row.agents = HIDDEN
            row.share = row.negative = None
    return rows
