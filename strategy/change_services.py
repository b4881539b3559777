"""Writing the register of changes: nominate, score, decide, move on. Every step leaves an event."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.people.models import Person, User
from strategy.models import Change, ChangeEvent, ChangeFactor, ChangeScore

Status = Change.Status
CHANGE_FIELDS = (
    "title",
    "category",
    "origin",
    "description",
    "reason",
    "sponsor",
    "owner",
    "roles_affected",
    "starts_on",
    "goes_live_on",
    "ends_on",
    "size",
    "hours_per_person",
)
LINKS = ("teams", "queues", "metrics")
FLOW: dict[str, tuple[str, ...]] = {
    Status.PROPOSED: (Status.ASSESSED, Status.WITHDRAWN),
    Status.ASSESSED: (Status.APPROVED, Status.WITHDRAWN),
    Status.APPROVED: (Status.IN_PROGRESS, Status.WITHDRAWN),
    Status.IN_PROGRESS: (Status.LIVE, Status.WITHDRAWN),
    Status.LIVE: (Status.EMBEDDED,),
    Status.EMBEDDED: (Status.CLOSED,),
    Status.CLOSED: (),
    Status.WITHDRAWN: (),
}
NEEDS_A_REASON = (Status.WITHDRAWN, Status.CLOSED)


@transaction.atomic
def nominate_change(*, by: User, facts: Mapping[str, Any]) -> Change:
    """Put a change forward; a manager decides what becomes of it."""
    change = Change(nominated_by_id=by.access.person_id)
    _fill(change, facts)
    change.full_clean()
    change.save()
    _link(change, facts)
    _tell(change, by, to_status=Status.PROPOSED, text=change.reason)
    record("strategy.change.nominated", by=by, subject=change, after=_audited(change))
    return change


@transaction.atomic
def correct_change(*, by: User, change: Change, facts: Mapping[str, Any], version: int) -> Change:
    """Change what the register says. Once finished or withdrawn a change stays as it is."""
    change = _locked(change, version)
    if not FLOW[change.status]:
        raise ValidationError("This change is finished. Nominate a new one.")
    before = _audited(change)
    _fill(change, facts)
    change.full_clean()
    _link(change, facts)
    after = _audited(change)
    if before == after:
        return change
    change.version += 1
    change.save()
    moved = {name: value for name, value in before.items() if after[name] != value}
    _tell(change, by, text="Changed: " + ", ".join(_label(name) for name in moved) + ".")
    record(
        "strategy.change.corrected",
        by=by,
        subject=change,
        before=moved,
        after={name: after[name] for name in moved},
    )
    return change


@transaction.atomic
def score_change(
    *, by: User, change: Change, levels: Mapping[ChangeFactor, int], reasons: Mapping[ChangeFactor, str]
) -> Change:
    """Keep one assessor's answers, replacing earlier ones; the first full answer makes it *assessed*."""
    change = Change.objects.select_for_update().get(pk=change.pk)
    if change.status not in (Status.PROPOSED, Status.ASSESSED):
        raise ValidationError("The decision is made. Scores are closed.")
    assessor = Person.objects.get(user=by)
    for factor, level in levels.items():
        ChangeScore.objects.update_or_create(
            change=change,
            factor=factor,
            assessor=assessor,
            defaults={"level": level, "reason": reasons.get(factor, "")},
        )
    record(
        "strategy.change.scored",
        by=by,
        subject=change,
        after={factor.key: level for factor, level in levels.items()},
    )
    if change.status == Status.PROPOSED and _has_answered_all(change, assessor):
        _move(change, Status.ASSESSED, by, f"Assessed by {assessor.name}.")
    return change


@transaction.atomic
def decide_change(*, by: User, change: Change, outcome: str, reason: str, version: int) -> Change:
    """Say whether the change is managed actively, told or watched, and why; the score only suggests it."""
    change = _locked(change, version)
    if change.status not in (Status.ASSESSED, Status.APPROVED):
        raise ValidationError("Assess the change first, then decide.")
    if outcome not in Change.Outcome.values or not outcome:
        raise ValidationError({"outcome": "Choose manage, tell or watch."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why."})
    before = change.outcome
    change.outcome, change.outcome_reason = outcome, reason.strip()
    change.decided_by_id, change.decided_on = by.access.person_id, today()
    change.version += 1
    change.save()
    label = Change.Outcome(outcome).label
    _tell(change, by, text=f"{label}. {change.outcome_reason}")
    record(
        "strategy.change.decided",
        by=by,
        subject=change,
        before={"outcome": before},
        after={"outcome": outcome},
        reason=reason,
    )
    return change


@transaction.atomic
def move_change(*, by: User, change: Change, to_status: str, text: str = "") -> Change:
    """Take a change one step on. A step that was already taken is left alone, an impossible one refused."""
    change = Change.objects.select_for_update().get(pk=change.pk)
    if change.status == to_status:
        return change
    if to_status not in FLOW[change.status]:
        ahead = " or ".join(Status(step).label.lower() for step in FLOW[change.status]) or "nothing"
        raise ValidationError(
            f"From {change.get_status_display().lower()} a change goes on to {ahead}. Reload the page."
        )
    if to_status == Status.APPROVED and not change.outcome:
        raise ValidationError("Decide first whether the change is managed, told or watched.")
    if to_status in NEEDS_A_REASON and not text.strip():
        raise ValidationError({"text": "Say why."})
    _move(change, to_status, by, text.strip())
    return change


def _move(change: Change, to_status: str, by: User, text: str) -> None:
    before, change.status = change.status, to_status
    change.version += 1
    change.save()
    _tell(change, by, from_status=before, to_status=to_status, text=text)
    record(
        "strategy.change.moved",
        by=by,
        subject=change,
        before={"status": before},
        after={"status": to_status},
        reason=text,
    )


def _locked(change: Change, version: int) -> Change:
    change = Change.objects.select_for_update().get(pk=change.pk)
    if version != change.version:
        raise StaleEdit
    return change


def _fill(change: Change, facts: Mapping[str, Any]) -> None:
    for name in CHANGE_FIELDS:
        if name in facts:
            setattr(change, name, facts[name])


def _link(change: Change, facts: Mapping[str, Any]) -> None:
    for name in LINKS:
        if name in facts:
            getattr(change, name).set(facts[name])


def _has_answered_all(change: Change, assessor: Person) -> bool:
    asked = ChangeFactor.objects.filter(is_active=True).count()
    return change.scores.filter(assessor=assessor, factor__is_active=True).count() >= asked


def _tell(change: Change, by: User, *, from_status: str = "", to_status: str = "", text: str = "") -> None:
    ChangeEvent.objects.create(
        change=change, by=by, by_name=str(by), from_status=from_status, to_status=to_status, text=text
    )


def _label(name: str) -> str:
    return str(getattr(Change._meta.get_field(name), "verbose_name", name))


def _audited(change: Change) -> dict[str, Any]:
    values: dict[str, Any] = {name: _plain(getattr(change, name)) for name in CHANGE_FIELDS}
    for name in LINKS:
        values[name] = sorted(_ids(getattr(change, name).all()))
    return values


def _plain(value: Any) -> Any:
    return value.pk if hasattr(value, "pk") else str(value) if value is not None else None


def _ids(rows: Iterable[Any]) -> list[int]:
    return [row.pk for row in rows]
