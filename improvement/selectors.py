"""Reading actions: the board and what waits for somebody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q

from ccperf.agreements.models import Agreement, AgreementParty
from ccperf.core.dates import today
from ccperf.core.numbers import format_value
from ccperf.people.models import Person, User
from feedback.conditions import Written, written
from improvement.models import ImprovementAction, ImprovementActionQuerySet

Status = ImprovementAction.Status


@dataclass(frozen=True)
class Filters:
    """What the list of actions is narrowed to."""

    words: str = ""
    about: str = ""
    metric_id: int | None = None
    verdict: str = ""
    state: str = ""


def narrow(actions: ImprovementActionQuerySet, filters: Filters, user: User) -> ImprovementActionQuerySet:
    """The actions that match, the next to be reviewed first."""
    for word in filters.words.split():
        actions = actions.filter(Q(title__icontains=word) | Q(what__icontains=word) | _code(word))
    if filters.about:
        actions = actions.filter(
            Q(person__name__icontains=filters.about)
            | Q(person__isnull=True, team__name__icontains=filters.about)
            | Q(owner__name__icontains=filters.about)
        )
    if filters.metric_id is not None:
        actions = actions.filter(metric_id=filters.metric_id)
    if filters.verdict:
        actions = actions.filter(verdict=filters.verdict)
    condition = state_conditions(user).get(filters.state)
    return actions.filter(condition) if condition is not None else actions


def _code(word: str) -> Q:
    number = word.upper().removeprefix("A-")
    return (
        Q(pk=int(number))
        if number != word.upper() and number.isdigit() and len(number) < 15
        else Q(pk__in=[])
    )


def state_conditions(user: User) -> dict[str, Written]:
    """The saved views of the list, by name."""
    return _written_states(user.access.person_id, today(), connection.vendor)


@lru_cache(maxsize=512)
def _written_states(person_id: int | None, day: date, vendor: str) -> dict[str, Written]:
    """The conditions of the views for a person on a day, written for a database (``vendor``)."""
    done = Q(status=Status.AGREED)
    late_check = day - timedelta(days=ImprovementAction.STALLED_AFTER_DAYS)
    asked = AgreementParty.objects.waiting().filter(
        person_id=person_id or 0, agreement_id=OuterRef("agreement_id")
    )
    in_talks = Agreement.objects.filter(status=Agreement.Status.OPEN).order_by().values("pk")
    conditions = {
        "open": Q(status__in=ImprovementAction.OPEN),
        "mine": Q(Exists(asked)),
        "proposed": Q(status=Status.PROPOSED) | (done & Q(agreement__in=in_talks)),
        "agreed": done,
        "check": done & Q(next_check_on__lte=day),
        "stalled": done & Q(next_check_on__lt=late_check),
        "overdue": done & Q(due_on__lt=day),
        "closed": Q(status=Status.CLOSED),
        "not_agreed": Q(status=Status.NOT_AGREED),
        "withdrawn": Q(status=Status.WITHDRAWN),
        **{f"verdict_{value}": Q(verdict=value) for value in ImprovementAction.Verdict.values},
    }
    return {name: written(ImprovementAction, condition) for name, condition in conditions.items()}


VIEWS = ("open", "mine", "check", "stalled", "overdue", "closed")
VERDICTS = tuple(f"verdict_{value}" for value in ImprovementAction.Verdict.values)


def view_counts(actions: ImprovementActionQuerySet, user: User) -> dict[str, int]:
    """How many actions each saved view holds, and how the closed ones ended; one query."""
    conditions = state_conditions(user)
    named = {name: Count("pk", filter=conditions[name]) for name in VIEWS + VERDICTS}
    return actions.order_by().aggregate(all=Count("pk"), **named)


@dataclass(frozen=True)
class Row:
    """One line of the board."""

    action: ImprovementAction
    state: str
    icon: str
    tone: str
    aim: str


ROW_FIELDS = (
    "title", "status", "starts_on", "due_on", "next_check_on", "verdict", "verdict_sentence",
    "baseline_numerator", "baseline_denominator", "baseline_n", "target_value", "metric__short_name",
    "metric__unit", "person__name", "team__name", "owner__name", "agreement__status", "agreement__opened_at",
)  # fmt: skip


def with_row_data(actions: ImprovementActionQuerySet) -> ImprovementActionQuerySet:
    """What a line needs, joined."""
    return actions.select_related("person", "team", "owner", "metric", "agreement").only(*ROW_FIELDS)


def row_of(action: ImprovementAction) -> Row:
    """The line of an action: where it stands and what it is after."""
    return Row(action, *state_of(action), aim_of(action))


def state_of(action: ImprovementAction) -> tuple[str, str, str]:
    """Where the action stands, in words, with an icon and a tone; the most urgent state first."""
    day = today()
    if action.status == Status.AGREED:
        if action.due_on < day:
            return "Review overdue", "exclamation-octagon-fill", "is-late"
        if action.agreement.status == Agreement.Status.OPEN:
            return "Change being agreed", "arrow-left-right", ""
        if action.next_check_on and action.next_check_on < day - timedelta(days=action.STALLED_AFTER_DAYS):
            return "Stalled, no check-in", "hourglass-split", "is-late"
        if action.next_check_on and action.next_check_on <= day:
            return "Check-in due", "calendar-check", ""
        return (
            ("Being done", "play-circle", "")
            if action.starts_on <= day
            else ("Agreed, not begun", "check2", "")
        )
    if action.status == Status.PROPOSED:
        return "Waiting for answers", "hourglass", ""
    icons = {Status.CLOSED: "check2-circle", Status.NOT_AGREED: "x-circle", Status.WITHDRAWN: "slash-circle"}
    return action.get_status_display(), icons[Status(action.status)], ""


def aim_of(action: ImprovementAction) -> str:
    """The measure with where it starts and where it should go."""
    if action.metric is None:
        return "No measure"
    unit = action.metric.unit
    start = action.baseline_value
    parts = [action.metric.short_name]
    if start is not None:
        parts.append(f"from {format_value(start, unit, action.baseline_n)}")
    if action.target_value is not None:
        parts.append(f"to {format_value(action.target_value, unit)}")
    return " ".join(parts)


EXPORT_HEADER = (
    "Code", "Title", "For", "Team", "Owner", "Comes from", "Measure", "Baseline", "Baseline n", "Target",
    "Starts on",
    "Review on", "State", "Agreed on", "Closed on", "Next check-in", "Verdict", "Verdict in words", "Outcome",
)  # fmt: skip


def export_rows(actions: ImprovementActionQuerySet, limit: int = 20_000) -> list[list[Any]]:
    """The actions of a list as rows of a file."""
    return [
        [
            action.code,
            action.title,
            action.person.name if action.person else f"Team {action.team.name}",
            action.team.name if action.team else "",
            action.owner.name,
            action.get_source_display(),
            action.metric.name if action.metric else "",
            action.baseline_value,
            action.baseline_n,
            action.target_value,
            action.starts_on,
            action.due_on,
            state_of(action)[0],
            action.agreed_on,
            action.closed_on,
            action.next_check_on,
            action.verdict_words,
            action.verdict_sentence,
            action.outcome,
        ]
        for action in with_row_data(actions).defer(None)[:limit]
    ]


# ---- what other pages ask


def board(user: User) -> ImprovementActionQuerySet:
    """The actions this user follows, with what a line needs, the nearest review first."""
    return with_row_data(ImprovementAction.objects.visible_to(user))


def check_ins_due(user: User, *, until: date | None = None) -> ImprovementActionQuerySet:
    """Actions in scope whose check-in is due by ``until`` (today unless told), longest due first."""
    before = (until or today()) + timedelta(days=1)
    return board(user).check_in_due(before).order_by("next_check_on", "pk")


def overdue_actions(user: User) -> ImprovementActionQuerySet:
    """Actions whose review day has passed."""
    return board(user).overdue(today())


def due_actions(user: User, *, days: int = 14) -> ImprovementActionQuerySet:
    """Actions to be reviewed today or within ``days``."""
    return board(user).due_between(today(), today() + timedelta(days=days))


def stalled_actions(user: User) -> ImprovementActionQuerySet:
    """Actions whose check-in is more than a week late."""
    return board(user).stalled(today())


def own_actions(user: User) -> ImprovementActionQuerySet:
    """Open actions this user is named in, for their own page."""
    named = AgreementParty.objects.filter(person_id=user.access.person_id or 0).values("agreement_id")
    return ImprovementAction.objects.visible_to(user).open().filter(agreement__in=named)


def own_promises(user: User, most: int) -> ImprovementActionQuerySet:
    """The first ``most`` open actions this user is named in, those whose text waits for their answer before
    the others: one row for each promise, and one for an action without promises.

    ``is_asked`` tells whether the text waits for them; ``side``, ``promise``, ``promised_by`` and ``kept_on``
    are the promise.
    """
    asked = state_conditions(user)["mine"]
    first = own_actions(user).annotate(is_asked=asked).order_by("-is_asked", "due_on", "pk")[:most]
    rows = ImprovementAction.objects.filter(pk__in=first.values("pk")).select_related("owner")
    rows = rows.only("title", "status", "due_on", "owner__name").annotate(
        is_asked=asked,
        side=F("promises__side"),
        promise=F("promises__text"),
        promised_by=F("promises__due_on"),
        kept_on=F("promises__done_on"),
    )
    return rows.order_by("-is_asked", "due_on", "pk", "promises__position", "promises__pk")


def over_limit(people: Iterable[Person]) -> list[tuple[Person, int]]:
    """Those of ``people`` who already have as many open actions as one person should."""
    ids = [person.pk for person in people]
    counts = dict(
        AgreementParty.objects.filter(
            person_id__in=ids,
            side=AgreementParty.Side.TEAM,
            agreement__improvement_action__status__in=ImprovementAction.OPEN,
        )
        .values_list("person_id")
        .annotate(open=Count("pk"))
        .order_by()
    )
    limit = settings.OPEN_ACTIONS_PER_PERSON
    return [(person, counts[person.pk]) for person in people if counts.get(person.pk, 0) >= limit]
