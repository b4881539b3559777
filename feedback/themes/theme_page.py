"""The page of one theme: its trend with limits, what people wrote and why it counts, teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from ccperf.core.addresses import record_address
from ccperf.core.charts.spec import ChartPoint, Limits, RunChart
from ccperf.metrics.analysis import work_out
from ccperf.people.models import User
from ccperf.privacy.threshold import HIDDEN
from feedback.reach import NOBODY
from feedback.themes.columns import Said, numbered, said_in, words
from feedback.themes.counting import Groups, Sums, Tally, sums_of, tally
from feedback.themes.models import Theme
from feedback.themes.quotes import Quote, quotes_of
from feedback.themes.selectors import GUARDED_WEEKS, Sight, Window, choices_of, sight_of

SMALLEST_WEEK = 5
FEWEST_WEEKS, FEWEST_NAMED = 12, 5
NOTHING = Tally({}, now=0, before=0, negative=0, people=0)
State = Literal["normal", "better", "worse"]


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


def theme_page(
    user: User, theme: Theme, *, weeks: int, page: int = 1, until: date | None = None
) -> ThemePage:
    """The page for this user: figures over what they may count, words only from what they may read."""
    sight = sight_of(user)
    live = list(Theme.objects.visible_to(user).live().only("name", "parent"))
    if sight.guarded:
        return _guarded_page(sight, theme, live)
    children = [row for row in live if row.parent_id == theme.pk]
    ids = [theme.pk, *(child.pk for child in children)]
    said = said_in(sight, weeks, until)
    window = said.window
    total = tally(said)
    mine = said.of_themes(ids)
    own = tally(mine)
    chart, state, words = trend_of(theme, own, total, window)
    quotes, has_more = quotes_of(user, mine.where(mine.is_now), page)
    return ThemePage(
        theme=theme,
        window=window,
        chart=chart,
        headline=_headline(state, words),
        state=state,
        words=words,
        named=own.now,
        comments=total.now,
        negative=own.negative / own.now if own.now else None,
        agents=own.people,
        teams=_teams(said.where(said.is_now), ids),
        quotes=quotes,
        page=page,
        has_more=has_more,
        choices=[row for row in choices_of((t.pk, t.name, t.parent_id) for t in live) if row[0] != theme.pk],
        children=children,
        guarded=False,
    )


def _guarded_page(sight: Sight, theme: Theme, live: Sequence[Theme]) -> ThemePage:
    """For who reads no words: sums of one fixed window for upper themes of enough people.

    No weeks, no parts, which could be subtracted from their theme, and no second window.
    """
    said = said_in(sight, GUARDED_WEEKS)
    window = said.window
    sums = sums_of(said, live)
    upper = [row for row in live if row.parent_id is None]
    is_shown = (
        theme in upper
        and sums.total_may_be_shown
        and (not sums.comments or theme.pk not in sums.hidden(upper))
    )
    own = sums.of(theme)
    chart, state, words = trend_of(theme, NOTHING, NOTHING, window)
    return ThemePage(
        theme=theme,
        window=window,
        chart=chart,
        headline=_headline(state, words),
        state=state,
        words=words,
        named=own.comments if is_shown else HIDDEN,
        comments=sums.comments if is_shown else HIDDEN,
        negative=own.negative / own.comments if is_shown and own.comments else None,
        agents=own.agents if is_shown else HIDDEN,
        teams=_guarded_teams(sums, theme) if is_shown else [],
        quotes=[],
        page=1,
        has_more=False,
        choices=[],
        children=[],
        guarded=True,
    )


# ---- figures


def trend_of(theme: Theme, own: Tally, total: Tally, window: Window) -> tuple[RunChart, str, str]:
    """The weekly share with limits; weeks with hardly a comment have no point."""
    weeks = window.mondays()
    values = [_share(own.weeks.get(week, 0), total.weeks.get(week, 0)) for week in weeks]
    # A handful of weeks, or of comments, has no limits: dots only. Nor has what is named less than once a
    # week on average: weeks without it are then the rule, and each comment would stand out as a signal.
    charted = [own.weeks.get(week, 0) for week, value in zip(weeks, values, strict=True) if value is not None]
    long_enough = len(charted) >= FEWEST_WEEKS and own.now >= FEWEST_NAMED
    is_rare = long_enough and sum(charted) < len(charted)
    enough = long_enough and not is_rare
    run = work_out(values if enough else [None] * len(values), floor=0.0, ceiling=1.0)
    is_bad = not own.is_praise
    states = [
        _state(signal, value, run.limits, is_bad) for signal, value in zip(run.signals, values, strict=True)
    ]
    points = tuple(
        ChartPoint(week, value, total.weeks.get(week), state)
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
    words = "Too rare to tell" if is_rare else _variation_words(state, rising, latest is None or not limits)
    description = f"Weekly share of comments that name {theme.name}. {words}."
    return (
        RunChart(f"Share of comments about {theme.name}", description, "percent", points, limits),
        state,
        words,
    )


def _share(named: int, comments: int) -> float | None:
    return named / comments if comments >= SMALLEST_WEEK else None


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


def _teams(said: Said, ids: Sequence[int]) -> list[TeamRow]:
    """Teams by name with how many of their comments carry the theme."""
    pks, place = numbered(said["team"])
    groups = Groups(said, place, len(pks))
    comments, named = groups.comments(), groups.comments(np.isin(said["theme"], ids))
    name = np.zeros(len(pks), dtype=np.int64)
    name[place] = said["team_name"]  # That of any line: they are alike.
    names = [words.texts[number] for number in name.tolist()]
    teams = zip(names, pks.tolist(), comments.tolist(), named.tolist(), strict=True)
    return [
        TeamRow(name, record_address("metrics:team-detail", pk), count, part, part / count)
        for name, pk, count, part in sorted(teams)
        if pk != NOBODY
    ]


def _guarded_teams(sums: Sums, theme: Theme) -> list[TeamRow]:
    """Per team the comments that carry the theme, guarded by the agents named in them.

    How many comments a team has in all is not shown: its own sum would need the same protection across all
    themes.
    """
    counts = sums.by_team(theme)
    return [TeamRow(name, "", None, counts[team], None) for team, name in sums.teams() if team in counts]
