"""What waits for somebody, from every room, as one list in order of urgency."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.timezone import localdate

from ccperf.core.dates import today
from ccperf.people.models import Membership, Person, User
from feedback.clock import add_working_days
from feedback.models import SHARE_WITHIN_WORKING_DAYS, FeedbackItem
from feedback.selectors import log_people, waiting_feedback
from feedback.suggestion import Candidate
from improvement.models import ImprovementAction
from improvement.selectors import board, state_conditions

FEEDBACK_READ = 300
ACTIONS_READ = 60
SHOWN = 7
UNHEARD_DAYS = 60


@dataclass(frozen=True)
class Due:
    """One line: what to do, with whom, and by when."""

    icon: str
    title: str
    url: str
    detail: str
    day: date

    @property
    def is_late(self) -> bool:
        return self.day < today()

    @property
    def days_late(self) -> int:
        return (today() - self.day).days

    @property
    def is_today(self) -> bool:
        return self.day == today()


@dataclass(frozen=True)
class DueList:
    """The lines of a list, the late ones first."""

    lines: tuple[Due, ...]

    @property
    def late(self) -> list[Due]:
        return [line for line in self.lines if line.is_late]

    @property
    def coming(self) -> list[Due]:
        return [line for line in self.lines if not line.is_late]

    @property
    def shown_late(self) -> list[Due]:
        return _varied(self.late, SHOWN)

    @property
    def shown_coming(self) -> list[Due]:
        return self.coming[: max(2, SHOWN - len(self.shown_late))]

    @property
    def is_cut(self) -> bool:
        return len(self.shown_late) + len(self.shown_coming) < len(self.lines)


def _varied(lines: list[Due], most: int) -> list[Due]:
    """The first lines, with room for each kind of work: an old pile of one does not push out the others."""
    kinds: Counter[str] = Counter()
    chosen = []
    for line in lines:
        kinds[line.icon] += 1
        if kinds[line.icon] <= most // 2 + 1:
            chosen.append(line)
    return chosen[:most]


def due_for(user: User, people: Iterable[Candidate]) -> DueList:
    """Notes to share, replies to answer, texts to agree, check-ins and reviews; two queries. ``people`` are
    all whom a note of this user may be about.
    """
    lines = [*_feedback_lines(user, people), *_action_lines(user)]
    return DueList(tuple(sorted(lines, key=lambda line: (line.day, line.title))))


def _feedback_lines(user: User, people: Iterable[Candidate]) -> list[Due]:
    """Notes to share and replies to answer, each gathered by person."""
    items = waiting_feedback(user, people).select_related("about_person").defer("text")
    items = items.order_by("received_on", "pk")
    replies, unshared = defaultdict(list), defaultdict(list)
    for item in items[:FEEDBACK_READ]:
        if item.replied_at and (item.answered_at is None or item.answered_at < item.replied_at):
            replies[item.about_person].append(item)
        elif item.share_due_on:
            unshared[item.about_person].append(item)
    shares = [_gathered(person, notes, "Share", "note", "unshared") for person, notes in unshared.items()]
    return shares + [
        _gathered(person, notes, "Answer", "reply", "replied") for person, notes in replies.items()
    ]


def _gathered(person: Person, notes: list[FeedbackItem], verb: str, noun: str, state: str) -> Due:
    """One line for all notes of a person in one state, due when the first of them is."""
    first = min(_due_on(note) for note in notes)
    if len(notes) == 1:
        return Due("chat-left-text", f"{verb} a {noun}", notes[0].get_absolute_url(), person.name, first)
    plural = {"note": "notes", "reply": "replies"}[noun]
    url = f"{reverse('feedback:item-list')}?state={state}&person={person.pk}"
    return Due("chat-left-text", f"{verb} {len(notes)} {plural}", url, person.name, first)


def _due_on(note: FeedbackItem) -> date:
    """Notes are shared, and replies answered, within five working days."""
    if note.replied_at:
        return add_working_days(localdate(note.replied_at), SHARE_WITHIN_WORKING_DAYS)
    return note.share_due_on or note.received_on


def _action_lines(user: User) -> list[Due]:
    """Actions that wait for this user's answer, a check-in, or their review."""
    conditions = state_conditions(user)
    asked = conditions["mine"]
    wanted = board(user).filter(asked | conditions["check"] | conditions["overdue"])
    wanted = wanted.annotate(is_asked=asked)
    return [_action_line(action, is_asked=action.is_asked) for action in wanted[:ACTIONS_READ]]


def _action_line(action: ImprovementAction, *, is_asked: bool) -> Due:
    whom = action.person.name if action.person else f"Team {action.team}"
    url = action.get_absolute_url()
    if is_asked:
        asked_on = action.agreement.opened_at.date()
        return Due("arrow-left-right", f"Answer: {action.title}", url, whom, asked_on + timedelta(days=7))
    if action.is_overdue:
        return Due("check2-square", action.title, url, f"Review with {whom}", action.due_on)
    return Due(
        "check2-square", action.title, url, f"Check-in with {whom}", action.next_check_on or action.due_on
    )


@dataclass(frozen=True)
class Unheard:
    """Agents of whom nobody noted a strength lately."""

    people: tuple[Candidate, ...]
    days: int

    @property
    def names(self) -> str:
        shown = [person.name for person in self.people[:3]]
        more = len(self.people) - len(shown)
        if more:
            return f"{', '.join(shown)} and {more} more"
        return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def people_to_hear(user: User) -> tuple[list[Candidate], Unheard]:
    """Everybody whom a note of this user may be about, and of those the agents of the user's teams without
    a noted strength in 60 days; one query.
    """
    since = today() - timedelta(days=UNHEARD_DAYS)
    praised = FeedbackItem.objects.filter(
        about_person_id=OuterRef("pk"),
        strength=FeedbackItem.Strength.STRENGTH,
        received_on__gt=since,
        withdrawn_at__isnull=True,
    )
    members = Membership.objects.on().filter(team_id__in=user.access.scope_team_ids).values("person_id")
    people = log_people(user).annotate(is_unheard=Q(pk__in=members) & ~Q(Exists(praised)))
    rows = [
        (Candidate(pk, name), quiet) for pk, name, quiet in people.values_list("pk", "name", "is_unheard")
    ]
    unheard = tuple(person for person, quiet in rows if quiet)
    return [person for person, _ in rows], Unheard(unheard[:100], UNHEARD_DAYS)
