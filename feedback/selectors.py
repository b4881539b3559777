"""Reading feedback: filters, saved views, rows as pages show them, and what waits for somebody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from ccperf.core.dates import Period, day_words, today
from ccperf.people.models import Person, User
from feedback.clock import subtract_working_days
from feedback.item_columns import items_of
from feedback.models import (
    SHARE_WITHIN_WORKING_DAYS,
    FeedbackItem,
    FeedbackItemQuerySet,
    FeedbackRoute,
)
from feedback.registry import ThemeLabel, theme_source
from feedback.suggestion import Candidate

UNANSWERED = Q(replied_at__isnull=False, withdrawn_at__isnull=True) & (
    Q(answered_at__isnull=True) | Q(answered_at__lt=F("replied_at"))
)
UNSHARED = Q(
    about_person__isnull=False, shared_at__isnull=True, withdrawn_at__isnull=True, share_with_subject=True
)


@dataclass(frozen=True)
class Filters:
    """What a list of feedback is narrowed to; every part may be empty."""

    words: str = ""
    about: str = ""
    person_id: int | None = None
    team_id: int | None = None
    route_id: int | None = None
    theme_id: int | None = None
    strength: str = ""
    state: str = ""
    start: date | None = None
    end: date | None = None


def narrow(
    items: FeedbackItemQuerySet, filters: Filters, *, own_person_id: int | None
) -> FeedbackItemQuerySet:
    """The items that match. ``own_person_id`` is who waits: their own notes are never waiting for them."""
    exact = {
        "about_person_id": filters.person_id,
        "team_id": filters.team_id,
        "route_id": filters.route_id,
        "received_on__gte": filters.start,
        "received_on__lte": filters.end,
    }
    items = items.filter(**{name: value for name, value in exact.items() if value is not None})
    items = items.naming(filters.words, filters.about)
    if filters.theme_id is not None:
        parts = theme_source().with_parts(filters.theme_id)
        items = items.filter(pk__in=theme_source().items_of(parts))
    if filters.strength:
        items = items.filter(strength="" if filters.strength == "none" else filters.strength)
    condition = state_conditions(own_person_id).get(filters.state)
    return items.filter(condition) if condition is not None else items


def state_conditions(own_person_id: int | None) -> dict[str, Q]:
    """The saved views of the list, by name."""
    others = ~Q(about_person_id=own_person_id) if own_person_id else Q()
    late_before = subtract_working_days(today(), SHARE_WITHIN_WORKING_DAYS)
    return {
        "waiting": others & (UNSHARED | UNANSWERED),
        "unshared": others & UNSHARED,
        "late": others & UNSHARED & Q(received_on__lt=late_before),
        "replied": others & UNANSWERED,
        "unread": Q(shared_at__isnull=False, acknowledged_at__isnull=True, withdrawn_at__isnull=True),
        "shared": Q(shared_at__isnull=False),
        "withdrawn": Q(withdrawn_at__isnull=False),
    }


@dataclass(frozen=True)
class State:
    """Where an item stands, in a word with its icon."""

    text: str
    icon: str
    tone: str = ""


def state_of(item: FeedbackItem) -> State:
    """The one state a list shows for an item, the most urgent first."""
    if item.withdrawn_at:
        return State("Withdrawn", "slash-circle")
    if item.replied_at and (item.answered_at is None or item.answered_at < item.replied_at):
        return State("Reply to answer", "chat-left-text")
    due = item.share_due_on
    if due and due < today():
        return State(f"Share was due {day_words(due)}", "exclamation-octagon-fill", "is-late")
    if item.about_person_id and not item.shared_at:
        return State("Not shared yet" if item.share_with_subject else "Kept, not to be shared", "eye-slash")
    if item.about_person_id is None:
        return State("About no person", "building")
    if not item.acknowledged_at:
        return State("Shared, not read yet", "eye")
    return State("Acknowledged and answered" if item.answered_at else "Acknowledged", "check2")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, in the words it shows: a template asks for each part a hundred times a page."""

    item: FeedbackItem
    code: str
    url: str
    headline: str
    detail: str
    about: str
    themes: Sequence[ThemeLabel]
    state: State
    strength: str
    may_choose: bool


def rows_of(page: FeedbackItemQuerySet, user: User) -> list[Row]:
    """The items of one page as lines of a list, their themes read in one go; two queries."""
    items = list(for_lines(page))
    labels = theme_source().labels([item.pk for item in items])
    return [_row(item, user, labels.get(item.pk, ())) for item in items]


def _row(item: Any, user: User, themes: Sequence[ThemeLabel]) -> Row:
    return Row(
        item=item,
        code=item.code,
        url=item.get_absolute_url(),
        headline=item.headline,
        detail=f"{_source(item, user)}, {day_words(item.received_on)}",
        about=item.about_name or item.process_name or "Nobody",
        themes=themes[:2],
        state=state_of(item),
        strength=item.get_strength_display() if item.strength else "",
        may_choose=item.about_person_id is not None and not item.shared_at and not item.withdrawn_at,
    )


def _source(item: Any, user: User) -> str:
    """Where it came from, in words: the note's writer, or its route."""
    if item.batch_id is None and item.recorded_by_id == user.pk:
        return "noted by you"
    return f"noted by {item.writer}" if item.batch_id is None and item.writer else item.route_name


def with_row_data(items: FeedbackItemQuerySet) -> FeedbackItemQuerySet:
    """What a line needs, joined, so that its cost does not grow with the lines."""
    return items.select_related("route", "about_person", "team", "recorded_by__person")


def for_lines(page: FeedbackItemQuerySet) -> FeedbackItemQuerySet:
    """The items of one page with what a line shows and nothing else: ``route_name``, ``about_name`` and
    ``writer`` are names that other tables hold.

    Which they are is asked apart: sorting all a user may read goes faster without the words and the names.
    """
    items = FeedbackItem.objects.filter(pk__in=page.values("pk")).annotate(
        route_name=F("route__name"),
        about_name=F("about_person__name"),
        writer=F("recorded_by__person__name"),
    )
    return items.only(
        "text", "strength", "rating", "rating_scale", "received_on", "process_name", "batch_id",
        "share_with_subject", "shared_at", "acknowledged_at", "replied_at", "answered_at", "withdrawn_at",
        "about_person_id", "recorded_by_id",
    )  # fmt: skip


EXPORT_HEADER = (
    "Code", "Reference", "Received on", "Route", "Given by", "About", "Team", "Process", "It is", "Rating",
    "Of",
    "Text", "Themes", "State", "Shared at", "Acknowledged at",
)  # fmt: skip


def export_rows(items: FeedbackItemQuerySet, limit: int = 50_000) -> list[list[Any]]:
    """The items of a list as rows of a file, with the same filters and scope as the page."""
    rows = list(with_row_data(items)[:limit])
    labels = theme_source().labels([item.pk for item in rows])
    return [
        [
            item.code,
            item.reference,
            item.received_on,
            item.route.name,
            item.get_given_by_role_display(),
            item.about_person.name if item.about_person else "",
            item.team.name if item.team else "",
            item.process_name,
            item.get_strength_display(),
            item.rating,
            item.rating_scale,
            item.text,
            "; ".join(label.name for label in labels.get(item.pk, ())),
            state_of(item).text,
            item.shared_at,
            item.acknowledged_at,
        ]
        for item in rows
    ]


# ---- what other pages ask


def log_people(user: User) -> QuerySet[Person]:
    """People a note may be about: whose feedback the user may see, but the user."""
    return Person.objects.performance_visible_to(user).exclude(pk=user.access.person_id or 0)


def log_candidates(user: User) -> list[Candidate]:
    """The same as the log form offers them; one query."""
    return [Candidate(pk, name) for pk, name in log_people(user).values_list("pk", "name")]


def waiting_feedback(user: User, people: Iterable[Candidate]) -> FeedbackItemQuerySet:
    """What waits for this user: notes to share and replies to answer. ``people`` are whom ``log_people``
    finds.
    """
    condition = state_conditions(user.access.person_id)["waiting"]
    waiting = FeedbackItem.objects.visible_to(user).filter(condition)
    if user.access.managed_team_ids:  # Who may also read about leavers.
        return waiting
    # Only what is about somebody waits: told about whom, the database need not go through everything.
    return waiting.filter(about_person__in=[person.id for person in people])


def unshared_feedback(user: User) -> FeedbackItemQuerySet:
    """Notes about others that this user could share, oldest first, so that the latest is the most urgent."""
    condition = state_conditions(user.access.person_id)["unshared"]
    return FeedbackItem.objects.visible_to(user).filter(condition).order_by("received_on", "pk")


def new_for(user: User) -> FeedbackItemQuerySet:
    """Shared with this user and not yet acknowledged, newest first; for their own page."""
    own = FeedbackItem.objects.visible_to(user).filter(about_person_id=user.access.person_id or 0)
    return own.unread().order_by("-shared_at")


def days_of_first_feedback(people: QuerySet[Person]) -> Iterable[tuple[int, date]]:
    """The day of the earliest feedback about each person; people without any are left out."""
    first = FeedbackItem.objects.filter(about_person=OuterRef("pk")).order_by("received_on")
    seen = Subquery(first.values("received_on")[:1])
    return people.annotate(seen=seen).exclude(seen=None).order_by().values_list("pk", "seen")


@dataclass(frozen=True)
class RouteUse:
    """A route with how it is used."""

    route: FeedbackRoute
    last_on: date | None
    recent: int
    earlier: int


def route_register(user: User, period: Period) -> list[RouteUse]:
    """The register with the volume of each route in ``period`` within the user's scope, and when it last
    spoke.

    ``earlier`` counts the period of the same length before.
    """
    before = Period.last_days(period.days, before=period.start)
    counts = items_of(user).by_route(before.start, period.start, period.end)
    routes: QuerySet[FeedbackRoute] = FeedbackRoute.objects.visible_to(user).select_related("method", "owner")
    return [RouteUse(route, *counts.get(route.pk, (None, 0, 0))) for route in routes]
