"""Comments with their themes as columns in memory, from which every figure about themes is counted.

One line for each theme that a comment carries; a comment without a theme has a line too.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property

import numpy as np
from django.db.models import Case, F, FloatField, Q, When
from django.db.models.functions import Cast

from ccperf.core.dates import today, week_start
from feedback.by_day import DAY, ByDay, Columns, Words, by_column, plain_rows
from feedback.item_columns import DAY_WORDS, FLAGS, flag, ids, ordinals
from feedback.models import FeedbackItem
from feedback.reach import reach_of
from feedback.themes.models import Assignment, Sentiment
from feedback.themes.selectors import USUAL_WEEKS, Sight, Window

DAYS_KEPT = 3 * 366
NO_THEME = 0
MOODS = ("", *Sentiment.values)
NEGATIVE, POSITIVE = MOODS.index(Sentiment.NEGATIVE), MOODS.index(Sentiment.POSITIVE)
SCATTERED = 3_000_000

SCALE = Cast("rating_scale", FloatField())
OF_100 = Case(
    When(rating__isnull=True, then=None),
    When(rating_scale__lte=1, then=None),
    When(rating_best=1, then=100.0 * (SCALE + 1.0 - F("rating")) / SCALE),
    When(Q(rating_best__isnull=True) | Q(rating_best=F("rating_scale")), then=100.0 * F("rating") / SCALE),
    default=None,
    output_field=FloatField(null=True),
)
"""A rating with the best as 100; nothing for scales whose best figure lies within."""

words = Words()
"""Names of teams and of processes, tools, policies and products."""


class Said:
    """Lines of some comments over the two periods of a window: all of ``columns``, or those at ``places``,
    of which a column is gathered when it is asked for.
    """

    def __init__(self, columns: Columns, window: Window, places: np.ndarray | None = None):
        self.window = window
        self._columns = columns
        self._places = places
        self._gathered: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._columns[DAY] if self._places is None else self._places)

    def __getitem__(self, column: str) -> np.ndarray:
        if self._places is None:
            return self._columns[column]
        found = self._gathered.get(column)
        if found is None:
            found = self._gathered[column] = self._columns[column][self._places]
        return found

    def where(self, lines: np.ndarray) -> "Said":
        places = np.flatnonzero(lines) if self._places is None else self._places[lines]
        return Said(self._columns, self.window, places)

    @cached_property
    def item(self) -> np.ndarray:
        """Comments numbered from 0 in the order of their days, so that they can be counted by position."""
        item = self["item"]
        return np.cumsum(np.r_[False, item[1:] != item[:-1]]) if len(item) else item

    @cached_property
    def items(self) -> int:
        return int(self.item[-1]) + 1 if len(self) else 0

    @cached_property
    def week(self) -> np.ndarray:
        """Weeks from the first of the period before."""
        return (self["day"] - self.window.before.toordinal()) // 7

    @cached_property
    def is_now(self) -> np.ndarray:
        return self["day"] >= self.window.start.toordinal()

    def of_themes(self, themes: Iterable[int]) -> "Said":
        return self.where(np.isin(self["theme"], list(themes)))


def said_in(sight: Sight, weeks: int, until: date | None = None) -> Said:
    """So many weeks up to ``until``, else to the last comment in sight, and what was said in them; as many
    before too, except to who reads no words and is shown no change.

    Mostly somebody said something this week; only a scope that has been silent is read a second time.
    """
    if until:
        return _read_in(sight, Window.up_to(until, weeks))
    said = _read_in(sight, Window.up_to(today(), weeks))
    if len(said) and said[DAY][-1] >= week_start(today()).toordinal():
        return said
    window = Window.up_to(_last_day(sight), weeks)
    return said if window == said.window else _read_in(sight, window)


def last_window(sight: Sight, weeks: int) -> Window:
    """So many weeks up to the last comment in sight, which is mostly of this week: to look there first is
    quick, where the last of a scope means going through all of it.
    """
    if sight.comments.filter(received_on__gte=week_start(today())).exists():
        return Window.up_to(today(), weeks)
    return Window.up_to(_last_day(sight), weeks)


def distinct(keys: np.ndarray, size: int) -> np.ndarray:
    """The different ones among whole numbers below ``size``, in order."""
    if size > SCATTERED:  # Sorting them takes a tenth of the hashing of ``np.unique``.
        keys = np.sort(keys)
        return keys[np.r_[True, keys[1:] != keys[:-1]]] if len(keys) else keys
    seen = np.zeros(size, dtype=bool)
    seen[keys] = True
    return np.flatnonzero(seen)


def numbered(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different ones of a column of ids, in order, and the place of each line's among them."""
    there = np.zeros(int(ids.max(initial=-1)) + 1, dtype=bool)
    there[ids] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[ids]


def read_ahead() -> None:
    """Have the lines of the usual window up to today in memory before the first page asks for them."""
    window = Window.up_to(today(), USUAL_WEEKS)
    _lines.between(window.before, window.end)


# ---- inside


def _last_day(sight: Sight) -> date | None:
    days = sight.comments.order_by("-received_on", "-pk").values_list("received_on", flat=True)
    return days.first()


def _read_in(sight: Sight, window: Window) -> Said:
    if sight.guarded:
        return Said(_lines.between(window.start, window.end), window)
    reach, notes = reach_of(sight.user.access, window.before, window.end)
    columns = _lines.between(window.before, window.end, notes)
    return Said(columns, window, np.flatnonzero(reach.readable(columns)) if reach else np.zeros(0, dtype=int))


def words_of(texts: Iterable[str | None]) -> np.ndarray:
    """A column of texts of few kinds, by their number in ``words``."""
    return np.fromiter((words.number(text or "") for text in texts), dtype=np.int32)


FIELDS = {
    "item": "pk",
    DAY: DAY_WORDS,
    "person": "about_person_id",
    "team": "team_id",
    "team_name": "team__name",
    "site": "site_id",
    "route": "route_id",
    "process": "process_name",
    "shared": flag(FLAGS["shared"]),
    "theme": "assignments__theme_id",
    "mood": "assignments__sentiment_label",
    "assignment": "assignments__pk",
    "source": "assignments__source",
    "confidence": "assignments__confidence",
    "rating": OF_100,
}


def _read(first: date, end: date, days: Sequence[date] | None) -> Columns:
    rows = FeedbackItem.objects.standing().filter(
        reading__is_comment=True, received_on__gte=first, received_on__lt=end
    )
    if days is not None:
        rows = rows.filter(received_on__in=days)
    ordered = rows.order_by("received_on", "pk", "assignments__pk")
    found = by_column(FIELDS, plain_rows(ordered.values_list(*FIELDS.values())))
    code = {name: number for number, name in enumerate(MOODS)}
    return {
        "item": np.array(found["item"], dtype=np.int64),
        DAY: ordinals(found[DAY]),
        **{name: ids(found[name]) for name in ("person", "team", "site", "route", "theme")},
        "team_name": words_of(found["team_name"]),
        "process": words_of(found["process"]),
        "shared": np.array(found["shared"], dtype=bool),
        "mood": np.fromiter((code.get(label or "", 0) for label in found["mood"]), dtype=np.int8),
        "assignment": np.fromiter((pk or 0 for pk in found["assignment"]), dtype=np.int64),
        "confirmed": np.fromiter((one == Assignment.Source.PERSON for one in found["source"]), dtype=bool),
        "confidence": np.array(found["confidence"], dtype=np.float64),
        "rating": np.array(found["rating"], dtype=np.float64),
    }


_lines = ByDay(_read, days_kept=DAYS_KEPT)
