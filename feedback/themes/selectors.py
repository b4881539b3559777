"""What pages and other rooms read about themes. The engine is never loaded here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncWeek
from django.urls import reverse

from ccperf.core.dates import today, week_start
from ccperf.core.identifiers import as_id
from ccperf.jobs.models import Job
from ccperf.people.models import User
from ccperf.privacy.threshold import Grain, guard_rows, is_large_enough
from feedback.models import FeedbackItem
from feedback.registry import ThemeLabel
from feedback.themes.kinds import ALL
from feedback.themes.models import Assignment, Sentiment, Theme

WEEKS = (8, 13, 26)
GUARDED_WEEKS = 26


# ---- for other rooms


class StoredThemes:
    """The source of themes that the feedback room shows with its items."""

    def choices(self) -> Sequence[tuple[int, str]]:
        return theme_choices()

    def items_of(self, theme_id: int) -> QuerySet:
        mine = Q(theme_id=theme_id) | Q(theme__parent_id=theme_id)
        return Assignment.objects.filter(mine).values("item_id")

    def labels(self, item_ids: Sequence[int]) -> Mapping[int, Sequence[ThemeLabel]]:
        return themes_of(item_ids)


def theme_choices() -> list[tuple[int, str]]:
    """Themes in use for a select, sub-themes after their theme, in one query."""
    rows = list(Theme.objects.live().values_list("pk", "name", "parent_id"))
    found: list[tuple[int, str]] = []
    for pk, name, parent in rows:
        if parent is None:
            found.append((pk, name))
            found += [(child, f"{name}: {label}") for child, label, above in rows if above == pk]
    return found


def themes_of(item_ids: Iterable[int]) -> dict[int, list[ThemeLabel]]:
    """The themes of each item, surest first, in one query for all."""
    rows = (
        Assignment.objects.filter(item_id__in=list(item_ids), theme__status=Theme.Status.ACTIVE)
        .select_related("theme")
        .order_by("-confidence", "theme__position", "pk")
    )
    found: dict[int, list[ThemeLabel]] = {}
    for row in rows:
        theme = row.theme
        found.setdefault(row.item_id, []).append(
            ThemeLabel(
                id=theme.pk,
                name=theme.name,
                url=theme.get_absolute_url(),
                attribution=theme.attribution,
                attribution_label=theme.get_attribution_display(),
                confidence=None if row.is_confirmed else row.confidence,
            )
        )
    return found


@dataclass(frozen=True)
class TopTheme:
    """A theme as a home page names it."""

    id: int
    name: str
    url: str
    attribution: str
    attribution_label: str
    count: int
    negative: int

    @property
    def negative_share(self) -> float | None:
        return self.negative / self.count if self.count else None


def top_themes(user: User, *, weeks: int = 13, limit: int = 5, team_id: int | None = None) -> list[TopTheme]:
    """The themes most spoken of in the comments this user may read, in one query."""
    items = FeedbackItem.objects.visible_to(user).standing()
    items = items.filter(received_on__gte=today() - timedelta(weeks=weeks))
    if team_id is not None:
        items = items.filter(team_id=team_id)
    rows = (
        Theme.objects.visible_to(user)
        .live()
        .filter(assignments__item__in=items.values("pk"))
        .annotate(
            comments=Count("assignments"),
            negative=Count("assignments", filter=Q(assignments__sentiment_label=Sentiment.NEGATIVE)),
        )
        .order_by("-comments", "position")[:limit]
    )
    return [
        TopTheme(
            row.pk,
            row.name,
            row.get_absolute_url(),
            row.attribution,
            row.get_attribution_display(),
            row.comments,
            row.negative,
        )
        for row in rows
    ]


# ---- scope and time


@dataclass(frozen=True)
class Sight:
    """The comments behind a user's figures: those they may read, or for HR all, behind the guard."""

    items: QuerySet
    guarded: bool

    @property
    def comments(self) -> QuerySet:
        return self.items.filter(reading__is_comment=True)


def sight_of(user: User) -> Sight:
    """Readers of feedback see what they may read; HR sees guarded sums of all."""
    if user.access.can("feedback.read"):
        return Sight(FeedbackItem.objects.visible_to(user).standing(), guarded=False)
    return Sight(FeedbackItem.objects.standing(), guarded=True)


@dataclass(frozen=True)
class Window:
    """So many weeks up to the last comment, and as many before for comparison; half-open."""

    weeks: int
    end: date

    @property
    def start(self) -> date:
        return self.end - timedelta(weeks=self.weeks)

    @property
    def before(self) -> date:
        return self.end - timedelta(weeks=2 * self.weeks)

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def mondays(self) -> list[date]:
        return [self.before + timedelta(weeks=index) for index in range(2 * self.weeks)]

    @classmethod
    def up_to(cls, last: date | None, weeks: int) -> "Window":
        return cls(weeks, week_start(last or today()) + timedelta(weeks=1))


def weeks_asked(value: str) -> int:
    """The wished number of weeks; anything else is the usual quarter."""
    weeks = as_id(value)
    return weeks if weeks in WEEKS else 13


@dataclass(frozen=True)
class WeekTotal:
    comments: int
    named: int


def weekly_totals(sight: Sight, theme_ids: Sequence[int] | None = None) -> dict[date, WeekTotal]:
    """Per week how many comments there were, and how many carry the given themes (or any)."""
    mine = Assignment.objects.filter(item=OuterRef("pk"))
    if theme_ids is not None:
        mine = mine.filter(theme_id__in=theme_ids)
    rows = (
        sight.comments.order_by()
        .annotate(week=TruncWeek("received_on"))
        .values("week")
        .annotate(comments=Count("pk"), named=Count("pk", filter=Exists(mine)))
    )
    return {row["week"]: WeekTotal(row["comments"], row["named"]) for row in rows}


def of_upper_themes(sight: Sight, window: Window) -> list[dict[str, Any]]:
    """Per upper theme and week: comments and negative ones, an item with two sub-themes counted once."""
    return list(
        _in_window(sight, window)
        .annotate(top=Coalesce("theme__parent_id", "theme_id"), week=TruncWeek("item__received_on"))
        .values("top", "week")
        .annotate(
            comments=Count("item", distinct=True),
            negative=Count("item", distinct=True, filter=Q(sentiment_label=Sentiment.NEGATIVE)),
        )
    )


def people_of_upper_themes(sight: Sight, window: Window) -> dict[int, tuple[int, int]]:
    """Per upper theme in the period: distinct agents, and people or lone comments behind it."""
    rows = (
        _in_window(sight, window)
        .annotate(top=Coalesce("theme__parent_id", "theme_id"))
        .values("top")
        .annotate(
            agents=Count("item__about_person", distinct=True, filter=Q(item__received_on__gte=window.start)),
            lone=Count(
                "item",
                distinct=True,
                filter=Q(item__received_on__gte=window.start, item__about_person__isnull=True),
            ),
        )
    )
    return {row["top"]: (row["agents"], row["agents"] + row["lone"]) for row in rows}


def hidden_themes(sight: Sight, window: Window, themes: Sequence[Theme]) -> frozenset[int]:
    """Upper themes of which a reader without the words sees no figure; comments about nobody count as one.

    The list is guarded once, so that the list, its file and every theme's own page hide the same.
    """
    people = people_of_upper_themes(sight, window)
    sizes = [agents or min(1, behind) for agents, behind in (people.get(t.pk, (0, 0)) for t in themes)]
    guard = guard_rows(sizes, lambda size: size, grain=Grain.DISTRIBUTION)
    return frozenset(themes[index].pk for index in guard.hidden)


def total_may_be_shown(sight: Sight, window: Window) -> bool:
    """Whether enough people stand behind all comments of the period together."""
    found = sight.comments.filter(received_on__gte=window.start, received_on__lt=window.end).aggregate(
        agents=Count("about_person", distinct=True)
    )
    return is_large_enough(found["agents"], Grain.DISTRIBUTION)


def of_sub_themes(sight: Sight, window: Window) -> dict[int, int]:
    """Per sub-theme how many comments name it in the period."""
    rows = (
        _in_window(sight, window)
        .filter(theme__parent__isnull=False, item__received_on__gte=window.start)
        .values("theme_id")
        .annotate(comments=Count("item", distinct=True))
    )
    return {row["theme_id"]: row["comments"] for row in rows}


def recent_jobs() -> list[Job]:
    """The last analyses, newest first, with their runs."""
    return list(Job.objects.filter(kind=ALL).select_related("theme_run").order_by("-pk")[:5])


def action_url(theme: Theme) -> str:
    """Where an action about this theme is proposed."""
    return f"{reverse('improvement:action-create')}?theme={theme.pk}"


def _in_window(sight: Sight, window: Window) -> QuerySet:
    return Assignment.objects.order_by().filter(
        item__in=sight.comments.values("pk"),
        item__received_on__gte=window.before,
        item__received_on__lt=window.end,
        theme__status=Theme.Status.ACTIVE,
    )
