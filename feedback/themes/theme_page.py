"""The page of one theme: its trend with limits, what people wrote and why it counts, teams."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from ccperf.core.charts.spec import ChartPoint, Limits, RunChart
from ccperf.metrics.analysis import work_out
from ccperf.people.models import Person, User
from ccperf.privacy.masking import fold, mask_for_quote, split_masks
from ccperf.privacy.threshold import HIDDEN, Grain, guard_rows
from feedback.themes.models import Assignment, Correction, Sentiment, Theme
from feedback.themes.selectors import (
    GUARDED_WEEKS,
    Sight,
    WeekTotal,
    Window,
    hidden_themes,
    sight_of,
    theme_choices,
    total_may_be_shown,
    weekly_totals,
)

COMMENTS_SHOWN = 10
SMALLEST_WEEK = 5
FEWEST_WEEKS, FEWEST_NAMED = 12, 5
NAMES_KEPT = 300
State = Literal["normal", "better", "worse"]


@dataclass(frozen=True)
class Piece:
    """A stretch of a quote: plain, explaining the theme, or hidden."""

    text: str
    is_mark: bool = False
    is_mask: bool = False


@dataclass(frozen=True)
class Quote:
    """A comment with the words that put it here, and what people said about it."""

    assignment: Assignment
    pieces: list[Piece]
    like: int
    voices: list[Correction]

    @property
    def percent(self) -> int:
        return round(100 * self.assignment.confidence)

    @property
    def has_marks(self) -> bool:
        return any(piece.is_mark for piece in self.pieces)

    @property
    def is_disputed(self) -> bool:
        return len({voice.verdict for voice in self.voices}) > 1


@dataclass(frozen=True)
class TeamRow:
    name: str
    url: str
    comments: int | str | None
    named: int | str
    share: float | None


@dataclass
class ThemePage:
    """All that the page of a theme shows."""

    theme: Theme
    window: Window
    chart: RunChart
    headline: str
    state: str
    words: str
    named: int | str
    comments: int | str
    negative: float | None
    agents: int | str
    teams: list[TeamRow]
    quotes: list[Quote]
    page: int
    has_more: bool
    choices: list[tuple[int, str]]
    children: list[Theme]
    guarded: bool


def theme_page(user: User, theme: Theme, *, weeks: int, page: int = 1) -> ThemePage:
    """The page for this user: figures over what they may count, words only from what they may read.

    Who reads no words gets sums of one fixed window for upper themes of enough people: no weeks, no parts
    and no second window that could be subtracted.
    """
    sight = sight_of(user)
    weeks = GUARDED_WEEKS if sight.guarded else weeks
    children = list(theme.children.filter(status=Theme.Status.ACTIVE))
    ids = [theme.pk, *(child.pk for child in children)]
    totals = weekly_totals(sight, ids)
    window = Window.up_to(max(totals, default=None), weeks)
    now = [total for week, total in totals.items() if window.start <= week < window.end]
    named = sum(total.named for total in now)
    figures = _figures(sight, ids, window)
    too_few = sight.guarded and not _may_be_shown(user, sight, theme, window, now)
    chart, state, words = _trend(theme, {} if sight.guarded else totals, window, figures["negative"], named)
    quotes, has_more = ([], False) if sight.guarded else _quotes(user, ids, window, page)
    return ThemePage(
        theme=theme,
        window=window,
        chart=chart,
        headline=_headline(state, words),
        state=state,
        words=words,
        named=HIDDEN if too_few else named,
        comments=HIDDEN if too_few else sum(total.comments for total in now),
        negative=None if too_few or not named else figures["negative"] / named,
        agents=HIDDEN if too_few else figures["agents"],
        teams=[] if too_few else (_guarded_teams if sight.guarded else _teams)(sight, ids, window),
        quotes=quotes,
        page=page,
        has_more=has_more,
        choices=[] if sight.guarded else [row for row in theme_choices() if row[0] != theme.pk],
        children=[] if sight.guarded else children,
        guarded=sight.guarded,
    )


# ---- figures


def _figures(sight: Sight, ids: Sequence[int], window: Window) -> dict[str, int]:
    return Assignment.objects.filter(
        item__in=sight.comments.filter(received_on__gte=window.start, received_on__lt=window.end).values(
            "pk"
        ),
        theme_id__in=ids,
    ).aggregate(
        agents=Count("item__about_person", distinct=True),
        negative=Count("item", distinct=True, filter=Q(sentiment_label=Sentiment.NEGATIVE)),
    )


def _may_be_shown(user: User, sight: Sight, theme: Theme, window: Window, now: Sequence[WeekTotal]) -> bool:
    """Whether the list of themes shows this one too; parts could be subtracted from their theme."""
    upper = [row for row in Theme.objects.visible_to(user).live() if row.parent_id is None]
    if theme.pk not in {row.pk for row in upper}:
        return False
    if not now:
        return True
    return theme.pk not in hidden_themes(sight, window, upper) and total_may_be_shown(sight, window)


def _trend(
    theme: Theme, totals: dict[date, WeekTotal], window: Window, negative: int, named: int
) -> tuple[RunChart, str, str]:
    """The weekly share with limits; weeks with hardly a comment have no point."""
    weeks = window.mondays()
    values = [_share(totals.get(week)) for week in weeks]
    # A handful of weeks, or of comments, has no limits: dots only.
    enough = sum(value is not None for value in values) >= FEWEST_WEEKS and named >= FEWEST_NAMED
    run = work_out(values if enough else [None] * len(values), floor=0.0, ceiling=1.0)
    is_bad = not named or negative >= named / 2
    states = [
        _state(signal, value, run.limits, is_bad) for signal, value in zip(run.signals, values, strict=True)
    ]
    points = tuple(
        ChartPoint(week, value, totals[week].comments if week in totals else None, state)
        for week, value, state in zip(weeks, values, states, strict=True)
    )
    limits = tuple(
        Limits(weeks[s.start], weeks[s.end - 1], s.limits.mean, s.limits.shown_lower, s.limits.shown_upper)
        for s in run.stretches
        if s.limits and s.end > s.start
    )
    latest = next((i for i in reversed(range(len(values))) if values[i] is not None), None)
    state: State = states[latest] if latest is not None else "normal"
    newest = values[latest] if latest is not None else None
    rising = newest is not None and run.limits is not None and newest > run.limits.mean
    words = _variation_words(state, rising, latest is None or not limits)
    description = f"Weekly share of comments that name {theme.name}. {words}."
    return (
        RunChart(f"Share of comments about {theme.name}", description, "percent", points, limits),
        state,
        words,
    )


def _share(total: WeekTotal | None) -> float | None:
    return total.named / total.comments if total and total.comments >= SMALLEST_WEEK else None


def _state(signal: Any, value: float | None, limits: Any, is_bad: bool) -> State:
    if signal is None or value is None or limits is None:
        return "normal"
    return "worse" if (value > limits.mean) == is_bad else "better"


def _variation_words(state: str, rising: bool, early: bool) -> str:
    if early:
        return "Too early to tell"
    if state == "normal":
        return "Within normal variation"
    kind = "Concern" if state == "worse" else "Improvement"
    return f"{kind}, {'rising' if rising else 'falling'}"


def _headline(state: str, words: str) -> str:
    if state == "normal":
        return "About as often as before" if "normal" in words else "How often it is said"
    return "More people say it than before" if words.endswith("rising") else "Fewer people say it than before"


def _teams(sight: Sight, ids: Sequence[int], window: Window) -> list[TeamRow]:
    """Teams by name with how many of their comments carry the theme."""
    mine = Assignment.objects.filter(item=OuterRef("pk"), theme_id__in=ids)
    rows = (
        sight.comments.order_by()
        .filter(received_on__gte=window.start, received_on__lt=window.end, team__isnull=False)
        .values("team_id", "team__name")
        .annotate(comments=Count("pk"), named=Count("pk", filter=Exists(mine)))
        .order_by("team__name")
    )
    return [
        TeamRow(
            row["team__name"],
            reverse("metrics:team-detail", args=[row["team_id"]]),
            row["comments"],
            row["named"],
            row["named"] / row["comments"],
        )
        for row in rows
    ]


def _guarded_teams(sight: Sight, ids: Sequence[int], window: Window) -> list[TeamRow]:
    """Per team the comments that carry the theme, guarded by the agents named in them.

    Comments of no team are guarded with the teams, because the sum of all is shown. How many comments a
    team has in all is not shown: its own sum would need the same protection across all themes.
    """
    mine = Assignment.objects.filter(item=OuterRef("pk"), theme_id__in=ids)
    rows = list(
        sight.comments.order_by()
        .filter(Exists(mine), received_on__gte=window.start, received_on__lt=window.end)
        .values("team_id", "team__name")
        .annotate(named=Count("pk"), agents=Count("about_person", distinct=True))
        .order_by("team__name")
    )
    hidden = guard_rows(rows, lambda row: row["agents"] or 1, grain=Grain.AVERAGE).hidden
    return [
        TeamRow(
            row["team__name"],
            reverse("metrics:team-detail", args=[row["team_id"]]),
            None,
            HIDDEN if index in hidden else row["named"],
            None,
        )
        for index, row in enumerate(rows)
        if row["team_id"] is not None
    ]


# ---- words


def _quotes(user: User, ids: Sequence[int], window: Window, page: int) -> tuple[list[Quote], bool]:
    """Comments that wait for a check first, the surest before; then what people confirmed."""
    start = (page - 1) * COMMENTS_SHOWN
    rows = list(
        Assignment.objects.visible_to(user)
        .filter(theme_id__in=ids, item__received_on__gte=window.start, item__received_on__lt=window.end)
        .select_related("item__route", "item__team", "item__about_person", "theme")
        .order_by("source", "-confidence", "-item__received_on", "pk")[start : start + COMMENTS_SHOWN + 1]
    )
    shown = rows[:COMMENTS_SHOWN]
    said: dict[tuple[int, int], list[Correction]] = {}
    for voice in Correction.objects.filter(item__in=[row.item_id for row in shown], theme_id__in=ids):
        said.setdefault((voice.item_id, voice.theme_id), []).append(voice)
    names = known_names()
    quotes = [
        Quote(
            row,
            pieces_of(row.item.text, row.why.get("words", []), names),
            len(row.why.get("like", [])),
            said.get((row.item_id, row.theme_id), []),
        )
        for row in shown
    ]
    return quotes, len(rows) > COMMENTS_SHOWN


def known_names() -> list[str]:
    """The names of all people the system knows, for masking quotes."""
    names = cache.get("themes.names")
    if names is None:
        names = list(Person.objects.values_list("name", flat=True))
        cache.set("themes.names", names, NAMES_KEPT)
    return names


def pieces_of(text: str, spans: Iterable[Sequence[int]], names: Sequence[str]) -> list[Piece]:
    """The quote masked, with the explaining words marked where they can still be seen."""
    masked = mask_for_quote(text, _names_in(text, names))
    marks: list[tuple[int, int]] = []
    position = 0
    for start, end in spans:
        words = text[start:end]
        found = masked.find(words, position) if words else -1
        if found >= 0:
            marks.append((found, found + len(words)))
            position = found + len(words)
    pieces: list[Piece] = []
    position = 0
    for start, end in [*marks, (len(masked), len(masked))]:
        pieces += [Piece(part, is_mask=hidden) for part, hidden in split_masks(masked[position:start])]
        if end > start:
            pieces.append(Piece(masked[start:end], is_mark=True))
        position = end
    return pieces


def _names_in(text: str, names: Sequence[str]) -> list[str]:
    words = {fold(word).lower() for word in re.findall(r"[^\W\d_]{2,}", text)}
    return [name for name in names if words & {fold(part).lower() for part in re.split(r"[\s\-]+", name)}]
