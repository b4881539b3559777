"""Themes in the order in which a change would help most, each with its reason in words."""

from dataclasses import dataclass
from datetime import date

from ccperf.people.models import User
from feedback.themes.analysis_opportunities import (
    CONTROL,
    Score,
    Shift,
    score_of,
    shift_of,
)
from feedback.themes.linked import MetricShift, metric_shifts
from feedback.themes.models import Theme
from feedback.themes.overview import Overview, Row, overview

FEWEST_NEGATIVE = 5


@dataclass(frozen=True)
class Opportunity:
    """A theme, why it stands where it does, and the figures of that."""

    row: Row
    score: Score
    shift: Shift | None
    metric: MetricShift | None

    @property
    def theme(self) -> Theme:
        return self.row.theme

    @property
    def ease(self) -> str:
        return CONTROL[self.theme.attribution][1]

    @property
    def rating_words(self) -> str:
        if self.shift is None or not self.shift.is_certain:
            return ""
        side = "lower" if self.shift.points < 0 else "higher"
        return f"Where it is named, ratings are {abs(self.shift.points):.0f} points {side}."


def opportunities(user: User, weeks: int, until: date | None = None) -> tuple[Overview, list[Opportunity]]:
    """Themes with five negative comments or more, the most points first; nothing for who reads no words."""
    page = overview(user, weeks, until)
    if page.guarded:
        return page, []
    moved = metric_shifts(user, [row.theme for row in page.rows], page.window)
    found = []
    for row in page.rows:
        negative = round((row.negative or 0) * int(row.count))
        if negative < FEWEST_NEGATIVE:
            continue
        shift = shift_of(row.rated, page.rated)
        metric = moved.get(row.theme.pk)
        score = score_of(
            negative,
            row.movement.direction,
            shift,
            row.theme.attribution,
            metric_is_worse=metric is not None and metric.is_worse,
        )
        found.append(Opportunity(row, score, shift, metric))
    return page, sorted(found, key=lambda one: -one.score.points)
