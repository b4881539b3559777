"""The weekly share of every theme side by side, on the same weeks."""

from dataclasses import dataclass
from datetime import date

from ccperf.core.charts.spec import RunChart
from ccperf.people.models import User
from feedback.themes.columns import last_window, said_in
from feedback.themes.counting import groups_of, places_under, tallies, tally
from feedback.themes.models import Theme
from feedback.themes.selectors import GUARDED_WEEKS, Window, sight_of
from feedback.themes.theme_page import trend_of
from feedback.themes.versions import call_as_then

FEWEST = 5


@dataclass(frozen=True)
class ThemeChart:
    theme: Theme
    chart: RunChart
    comments: int
    state: str
    words: str


@dataclass(frozen=True)
class WeeksPage:
    """Charts of themes with five comments or more, those beyond noise first; ``quiet`` counts the others."""

    window: Window
    charts: list[ThemeChart]
    quiet: int
    guarded: bool


def charts_by_week(user: User, weeks: int, until: date | None = None) -> WeeksPage:
    """For readers of the comments; weeks may rest on a few people, so nobody else sees them."""
    sight = sight_of(user)
    if sight.guarded:
        return WeeksPage(last_window(sight, GUARDED_WEEKS), [], 0, guarded=True)
    themes = list(Theme.objects.visible_to(user).live().defer("definition", "phrases"))
    said = said_in(sight, weeks, until)
    window = said.window
    call_as_then(themes, window.last_day if until else None)
    upper = [theme for theme in themes if theme.parent_id is None]
    above = places_under(upper, themes)
    total = tally(said)
    charts = []
    for theme, own in zip(upper, tallies(said, groups_of(said["theme"], above), len(upper)), strict=True):
        if own.now >= FEWEST:
            chart, state, words = trend_of(theme, own, total, window)
            if chart.latest():
                charts.append(ThemeChart(theme, chart, own.now, state, words))
    charts.sort(key=lambda one: (one.state == "normal", -one.comments))
    return WeeksPage(window, charts, len(upper) - len(charts), guarded=False)
