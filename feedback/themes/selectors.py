"""What pages and other rooms read about themes. The engine is never loaded here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from ccperf.core.addresses import record_address
from ccperf.core.dates import today, week_start
from ccperf.core.identifiers import as_id
from ccperf.jobs.models import Job
from ccperf.people.models import User
from feedback.models import FeedbackItem
from feedback.registry import ThemeLabel
from feedback.themes.kinds import ALL
from feedback.themes.models import Assignment, Sentiment, Theme

WEEKS = (8, 13, 26)
USUAL_WEEKS = 13
GUARDED_WEEKS = 26
FIRST_YEAR = 1990


# ---- for other rooms


class StoredThemes:
    """The source of themes that the feedback room shows with its items."""

    def choices(self) -> Sequence[tuple[int, str]]:
        return theme_choices()

    def with_parts(self, theme_id: int) -> frozenset[int]:
        parts = Theme.objects.filter(Q(pk=theme_id) | Q(parent_id=theme_id))
        return frozenset(parts.order_by().values_list("pk", flat=True))

    def items_of(self, themes: Iterable[int]) -> QuerySet:
        return Assignment.objects.filter(theme_id__in=themes).values("item_id")

    def labels(self, item_ids: Sequence[int]) -> Mapping[int, Sequence[ThemeLabel]]:
        return themes_of(item_ids)


def theme_choices() -> list[tuple[int, str]]:
    """Themes in use for a select, sub-themes after their theme, in one query."""
    return choices_of(Theme.objects.live().values_list("pk", "name", "parent_id"))


def choices_of(themes: Iterable[tuple[int, str, int | None]]) -> list[tuple[int, str]]:
    """The same of themes that were read already: id, name and id of the theme above."""
    below: dict[int | None, list[tuple[int, str]]] = defaultdict(list)
    for pk, name, parent in themes:
        below[parent].append((pk, name))
    return [
        row
        for upper, name in below[None]
        for row in [(upper, name), *((pk, f"{name}: {label}") for pk, label in below[upper])]
    ]


def themes_of(item_ids: Iterable[int]) -> dict[int, list[ThemeLabel]]:
    """The themes of each item, surest first, in one query for all."""
    rows = list(
        Assignment.objects.filter(item_id__in=list(item_ids), theme__status=Theme.Status.ACTIVE)
        .order_by("-confidence", "theme__position", "pk")
        .values_list("item_id", "theme_id", "theme__name", "theme__attribution", "source", "confidence")
    )
    words = dict(Theme.Attribution.choices)
    found: dict[int, list[ThemeLabel]] = {}
    for item_id, pk, name, attribution, source, confidence in rows:
        found.setdefault(item_id, []).append(
            ThemeLabel(
                id=pk,
                name=name,
                url=record_address("themes:theme-detail", pk),
                attribution=attribution,
                attribution_label=words.get(attribution, attribution),
                confidence=None if source == Assignment.Source.PERSON else confidence,
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

    user: User
    guarded: bool

    @property
    def comments(self) -> QuerySet:
        items = FeedbackItem.objects
        seen = items.all() if self.guarded else items.visible_to(self.user)
        return seen.standing().filter(reading__is_comment=True)


def sight_of(user: User) -> Sight:
    """Readers of feedback see what they may read; HR sees guarded sums of all."""
    return Sight(user, guarded=not user.access.can("feedback.read"))


@dataclass(frozen=True)
class Window:
    """So many weeks up to the last comment, and as many before for comparison; half-open."""

    weeks: int
    end: date

    @cached_property
    def start(self) -> date:
        return self.end - timedelta(weeks=self.weeks)

    @cached_property
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
    return weeks if weeks in WEEKS else USUAL_WEEKS


def until_asked(value: str) -> date | None:
    """The last day of the wished period; None, which means up to now, for anything but a day gone by."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR and day < today() else None


def recent_jobs() -> list[Job]:
    """The last analyses, newest first."""
    return list(Job.objects.filter(kind=ALL).order_by("-pk")[:5])


def action_url(theme: Theme) -> str:
    """Where an action about this theme is proposed."""
    return f"{reverse('improvement:action-create')}?theme={theme.pk}"


def decision_url(theme: Theme) -> str:
    """Where something is decided about this theme."""
    return f"{reverse('decisions:decision-create')}?theme={theme.pk}"


def steps_for(theme: Theme, may_act: bool) -> tuple[str, str]:
    """The addresses of a new action and of a new decision about this theme; empty for who may do neither."""
    return (action_url(theme), decision_url(theme)) if may_act else ("", "")
