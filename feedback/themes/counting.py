"""Comments counted by theme.

Who reads the words has the comments themselves counted, read once for every figure of a page. For others the
database counts: no words and no comment leave it, only counts by team and agent, and none is shown finer than
the guard of small groups allows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from django.db.models import Case, Count, F, FloatField, Q, Value, When
from django.db.models.functions import Cast, Coalesce

from ccperf.core.dates import today, week_start
from ccperf.people.models import Team
from ccperf.privacy.threshold import HIDDEN, Grain, guard_rows, is_large_enough
from feedback.themes.analysis_opportunities import UNRATED, Rated, rated
from feedback.themes.analysis_trends import is_praise
from feedback.themes.models import Sentiment, Theme
from feedback.themes.selectors import Sight, Window

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
TOP = Coalesce("assignments__theme__parent_id", "assignments__theme_id")


class Said(NamedTuple):
    """A comment with one of its themes; one without a theme has a line too, one with two themes has two."""

    item: int
    day: date
    person: int | None
    team: int | None
    team_name: str | None
    theme: int | None
    sentiment: str | None
    assignment: int | None
    source: str | None
    confidence: float | None
    rating: float | None
    week: date


@dataclass(frozen=True)
class Tally:
    """Each comment once: by week over both periods, the rest in the later one."""

    weeks: dict[date, int]
    now: int
    before: int
    negative: int
    people: int
    lone: int = 0
    """Comments about nobody."""
    positive: int = 0
    rated: Rated = UNRATED

    @property
    def is_praise(self) -> bool:
        return is_praise(self.positive, self.negative)

    @property
    def voices(self) -> int:
        """Agents named, and comments about nobody, each of which is about itself alone."""
        return self.people + self.lone


class Voice(NamedTuple):
    """How many comments of a team about one agent, or about nobody, name an upper theme."""

    team: int | None
    person: int | None
    comments: int
    negative: int


@dataclass(frozen=True)
class Sum:
    """One upper theme in one period. ``lone`` are the comments about nobody."""

    comments: int = 0
    negative: int = 0
    agents: int = 0
    lone: int = 0

    @classmethod
    def of(cls, voices: Collection[Voice]) -> "Sum":
        """An agent counts once, in however many teams."""
        return cls(
            comments=sum(voice.comments for voice in voices),
            negative=sum(voice.negative for voice in voices),
            agents=len({voice.person for voice in voices} - {None}),
            lone=sum(voice.comments for voice in voices if voice.person is None),
        )


@dataclass(frozen=True)
class Sums:
    """All comments of one period, and those of each upper theme, before the guard."""

    comments: int
    agents: int
    voices: Mapping[int, Sequence[Voice]]

    @cached_property
    def themes(self) -> dict[int, Sum]:
        return {theme: Sum.of(voices) for theme, voices in self.voices.items()}

    def of(self, theme: Theme) -> Sum:
        return self.themes.get(theme.pk, Sum())

    def by_team(self, theme: Theme) -> dict[int | None, int | str]:
        """The comments of one theme by team, guarded by the agents named in them.

        Comments of no team are guarded with the teams, because the sum of all is shown.
        """
        teams: dict[int | None, list[Voice]] = defaultdict(list)
        for voice in self.voices.get(theme.pk, ()):
            teams[voice.team].append(voice)
        sums = [Sum.of(voices) for voices in teams.values()]
        hidden = guard_rows(sums, lambda row: row.agents or 1, grain=Grain.AVERAGE).hidden
        return {team: HIDDEN if index in hidden else sums[index].comments for index, team in enumerate(teams)}

    def teams(self) -> list[tuple[int, str]]:
        """Teams of which something is said, in order of their names."""
        named = {voice.team for voices in self.voices.values() for voice in voices}
        return list(
            Team.objects.filter(pk__in=named - {None}).order_by("name", "pk").values_list("pk", "name")
        )

    @property
    def total_may_be_shown(self) -> bool:
        """Whether enough people stand behind all comments together; that there are none is no secret."""
        return not self.comments or is_large_enough(self.agents, Grain.DISTRIBUTION)

    def hidden(self, upper: Sequence[Theme]) -> frozenset[int]:
        """Upper themes of which no figure is shown; comments about nobody count as one person.

        The list is guarded once, so that the list, its file and every theme's own page hide the same.
        """
        sizes = [found.agents or min(1, found.lone) for found in map(self.of, upper)]
        guard = guard_rows(sizes, lambda size: size, grain=Grain.DISTRIBUTION)
        return frozenset(upper[index].pk for index in guard.hidden)


# ---- for those who read the words


def said_in(
    sight: Sight, weeks: int, until: date | None = None, *, rated: bool = False
) -> tuple[Window, list[Said]]:
    """So many weeks up to ``until``, else to the last comment in sight, as many before, and what was said,
    with the ratings where they are asked for.

    Mostly somebody said something this week; only a scope that has been silent is read a second time.
    """
    if until:
        window = Window.up_to(until, weeks)
        return window, _read(sight, window, rated)
    window = Window.up_to(today(), weeks)
    lines = _read(sight, window, rated)
    if max((line.week for line in lines), default=None) != window.end - timedelta(weeks=1):
        window = last_window(sight, weeks)
        lines = _read(sight, window, rated)
    return window, lines


def last_window(sight: Sight, weeks: int) -> Window:
    """So many weeks up to the last comment in sight, which is mostly of this week: to look there first is
    quick, where the last of a scope means going through all of it.
    """
    comments = sight.comments
    if comments.filter(received_on__gte=week_start(today())).exists():
        return Window.up_to(today(), weeks)
    days = comments.order_by("-received_on", "-pk").values_list("received_on", flat=True)
    return Window.up_to(days.first(), weeks)


def _read(sight: Sight, window: Window, rated: bool) -> list[Said]:
    rows = list(
        sight.readable.order_by()
        .filter(reading__is_comment=True, received_on__gte=window.before, received_on__lt=window.end)
        .values_list(
            "pk",
            "received_on",
            "about_person_id",
            "team_id",
            "team__name",
            "assignments__theme_id",
            "assignments__sentiment_label",
            "assignments__pk",
            "assignments__source",
            "assignments__confidence",
            OF_100 if rated else Value(None, FloatField()),
        )
    )
    week_of = {day: week_start(day) for day in {row[1] for row in rows}}
    return [Said(*row, week_of[row[1]]) for row in rows]


def tally(lines: Iterable[Said], window: Window) -> Tally:
    """The lines counted, a comment with several of their themes once."""
    weeks: dict[date, set[int]] = defaultdict(set)
    negative, positive, people, lone = set(), set(), set(), set()
    ratings: dict[int, float] = {}
    for line in lines:
        weeks[line.week].add(line.item)
        if line.week < window.start:
            continue
        people.add(line.person)
        if line.rating is not None:
            ratings[line.item] = line.rating
        if line.person is None:
            lone.add(line.item)
        if line.sentiment == Sentiment.NEGATIVE:
            negative.add(line.item)
        elif line.sentiment == Sentiment.POSITIVE:
            positive.add(line.item)
    counts = {week: len(items) for week, items in weeks.items()}
    now = sum(count for week, count in counts.items() if week >= window.start)
    return Tally(
        weeks=counts,
        now=now,
        before=sum(counts.values()) - now,
        negative=len(negative),
        people=len(people - {None}),
        lone=len(lone),
        positive=len(positive),
        rated=rated(ratings.values()) if ratings else UNRATED,
    )


# ---- for those who do not


def sums_in(sight: Sight, window: Window) -> Sums:
    """The sums of a window, in two queries: all comments, and those of each upper theme by team and agent,
    from which the sums by team and of the whole follow.
    """
    comments = sight.comments.order_by().filter(received_on__gte=window.start, received_on__lt=window.end)
    total = comments.aggregate(comments=Count("pk"), agents=Count("about_person", distinct=True))
    rows = (
        comments.filter(assignments__theme__status=Theme.Status.ACTIVE)
        .values("about_person_id", "team_id", top=TOP)
        .annotate(
            named=Count("pk", distinct=True),
            negative=Count("pk", distinct=True, filter=Q(assignments__sentiment_label=Sentiment.NEGATIVE)),
        )
    )
    voices: dict[int, list[Voice]] = defaultdict(list)
    for theme, *row in rows.values_list("top", "team_id", "about_person_id", "named", "negative"):
        voices[theme].append(Voice(*row))
    return Sums(**total, voices=voices)
