"""Themes in the order in which a change would help most, each with its reason in words."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, F, FloatField, Q, QuerySet, Sum, When
from django.db.models.functions import Cast

from ccperf.people.models import User
from feedback.themes.analysis_opportunities import (
    CONTROL,
    Rated,
    Score,
    Shift,
    score_of,
    shift_of,
)
from feedback.themes.grouping import TOP
from feedback.themes.models import Theme
from feedback.themes.overview import Overview, Row, overview
from feedback.themes.selectors import Window, sight_of

FEWEST_NEGATIVE = 5


@dataclass(frozen=True)
class Opportunity:
    """A theme, why it stands where it does, and the figures of that."""

    row: Row
    score: Score
    shift: Shift | None

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
    everyone, by_theme = _ratings(user, page.window)
    found = []
    for row in page.rows:
        negative = round((row.negative or 0) * int(row.count))
        if negative < FEWEST_NEGATIVE:
            continue
        shift = shift_of(by_theme.get(row.theme.pk, Rated()), everyone)
        score = score_of(negative, row.movement.direction, shift, row.theme.attribution)
        found.append(Opportunity(row, score, shift))
    return page, sorted(found, key=lambda one: -one.score.points)


def _ratings(user: User, window: Window) -> tuple[Rated, dict[int, Rated]]:
    """Ratings, the best as 100, of all comments of the period and of those of each upper theme."""
    scale = Cast("rating_scale", FloatField())
    lowest_is_best = When(rating_best=1, then=100.0 * (scale + 1.0 - F("rating")) / scale)
    rated = (
        sight_of(user)
        .comments.order_by()
        .filter(received_on__gte=window.start, received_on__lt=window.end, rating__isnull=False)
        .filter(Q(rating_best__isnull=True) | Q(rating_best__in=[1, F("rating_scale")]), rating_scale__gt=1)
        .annotate(of_100=Case(lowest_is_best, default=100.0 * F("rating") / scale))
    )
    named = rated.filter(assignments__theme__status=Theme.Status.ACTIVE)
    # A comment that names a theme and its sub-theme would count twice: each pair of item and theme once.
    pairs = named.values("pk", "of_100", top=TOP).distinct()
    sums: dict[int, list[float]] = {}
    for pair in pairs:
        sums.setdefault(pair["top"], []).append(pair["of_100"])
    return _all(rated), {
        theme: Rated(len(values), sum(values), sum(value * value for value in values))
        for theme, values in sums.items()
    }


def _all(rated: QuerySet) -> Rated:
    totals = rated.aggregate(n=Count("pk"), total=Sum("of_100"), squares=Sum(F("of_100") * F("of_100")))
    return Rated(totals["n"], totals["total"] or 0.0, totals["squares"] or 0.0)
