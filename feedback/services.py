"""Recording, sharing and answering feedback. Free text is masked before it is saved."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.notify.services import notify
from ccperf.people.models import Person, Site, Team, User
from ccperf.people.scope import team_ids_on
from ccperf.privacy.masking import mask_before_save
from feedback.models import FeedbackEvent, FeedbackItem, FeedbackRoute
from feedback.registry import on_items_recorded, tell_items_recorded

__all__ = [
    "acknowledge_feedback",
    "on_items_recorded",
    "record_feedback",
    "record_imported",
    "reply_to_feedback",
    "share_feedback",
    "share_many",
    "tell_items_recorded",
    "update_feedback",
    "update_route",
    "withdraw_feedback",
]

EDITABLE = ("text", "about_person", "process_name", "team", "strength", "received_on", "route")
STATES_BEFORE = ("strength", "received_on", "process_name")
BATCH = 500


@transaction.atomic
def record_feedback(  # noqa: PLR0913 - one record has these parts
    *,
    by: User,
    text: str,
    route: FeedbackRoute,
    about_person: Person | None = None,
    strength: str = "",
    received_on: date | None = None,
    team: Team | None = None,
    site: Site | None = None,
    process_name: str = "",
    given_by_role: str = "",
    given_by_person: Person | None = None,
    share: bool = False,
) -> FeedbackItem:
    """Store one note, masked and stamped with its subject's team of that day; share it at once if told.

    Raises ValidationError when it has no words, lies in the future, or is to be shared with nobody.
    """
    received_on = received_on or today()
    if received_on > today():
        raise ValidationError({"received_on": "This day has not come yet. Choose today or an earlier day."})
    if share and about_person is None:
        raise ValidationError("There is nobody to share it with. Choose whom it is about first.")
    item = FeedbackItem(
        route=route,
        about_person=about_person,
        team=_team_on(about_person, received_on) if about_person else team,
        site=site,
        process_name="" if about_person else process_name,
        given_by_role=given_by_role,
        given_by_person=given_by_person,
        received_on=received_on,
        recorded_by=by,
        text=mask_before_save(text.strip()).text,
        strength=strength,
    )
    item.full_clean()
    item.save()
    record("feedback.item.recorded", by=by, subject=item, about=about_person, after={"route": route.key})
    tell_items_recorded([item.pk])
    return share_feedback(item=item, by=by) if share else item


@transaction.atomic
def record_imported(
    items: Sequence[FeedbackItem], *, by: User | None, batch_id: int | None
) -> list[FeedbackItem]:
    """Store many unsaved items of one import: masked, stamped with teams, and told to whoever listens.

    The caller keeps each call short; the audit trail gets one event for all.
    """
    subjects = [item for item in items if item.about_person_id and item.team_id is None]
    teams = team_ids_on((item.about_person_id or 0, item.received_on) for item in subjects)
    for item, team_id in zip(subjects, teams, strict=True):
        item.team_id = team_id
    for item in items:
        item.text = mask_before_save(item.text).text
        item.batch_id = batch_id
        item.recorded_by = by
    stored = FeedbackItem.objects.bulk_create(items, batch_size=BATCH)
    record("feedback.items.imported", by=by, after={"count": len(stored), "batch": batch_id})
    tell_items_recorded([item.pk for item in stored])
    return stored


@transaction.atomic
def update_feedback(*, item: FeedbackItem, by: User, version: int, **changes: Any) -> FeedbackItem:
    """Correct a note. The former words stay in its history, and a subject who has read them is told.

    Raises StaleEdit when somebody else saved it first, ValidationError when it was withdrawn or when a shared
    note would become one about somebody else.
    """
    item = _claimed(item, version)
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise TypeError(f"Not editable: {', '.join(sorted(unknown))}.")
    _refuse_withdrawn(item)
    former = {field: getattr(item, field) for field in changes}
    if "text" in changes:
        changes["text"] = mask_before_save(changes["text"].strip()).text
    changed = {field: value for field, value in changes.items() if value != former[field]}
    if not changed:
        return item
    if "about_person" in changed and item.shared_at:
        raise ValidationError(
            {"about_person": f"{item.about_person} has been shown this. Withdraw it and write a new one."}
        )
    for field, value in changed.items():
        setattr(item, field, value)
    if item.received_on > today():
        raise ValidationError({"received_on": "This day has not come yet. Choose today or an earlier day."})
    if item.about_person:
        item.process_name = ""
        if {"about_person", "received_on"} & set(changed):
            item.team = _team_on(item.about_person, item.received_on)
    item.full_clean(exclude=["recorded_by"])
    item.save()
    _tell(item, FeedbackEvent.Kind.EDITED, by, former["text"] if "text" in changed else "")
    record(
        "feedback.item.changed",
        by=by,
        subject=item,
        about=item.about_person,
        before={field: former[field] for field in changed if field in STATES_BEFORE},
        after={"fields": sorted(changed)},
    )
    if "text" in changed:
        tell_items_recorded([item.pk])
        if item.shared_at:
            _notify_subject(item, by, "changed the words of a note about you", f"changed.{item.version}")
    return item


@transaction.atomic
def share_feedback(*, item: FeedbackItem, by: User) -> FeedbackItem:
    """Show the note to its subject and tell them; sharing twice shares once.

    Raises ValidationError when it is about nobody or was withdrawn.
    """
    if item.about_person is None:
        raise ValidationError("There is nobody to share it with. Choose whom it is about first.")
    _refuse_withdrawn(item)
    now = timezone.now()
    unshared = FeedbackItem.objects.filter(pk=item.pk, shared_at__isnull=True, withdrawn_at__isnull=True)
    if not unshared.update(shared_at=now, shared_by=by, share_with_subject=True, version=F("version") + 1):
        item.refresh_from_db()
        return item
    item.refresh_from_db()
    _tell(item, FeedbackEvent.Kind.SHARED, by, "")
    record("feedback.item.shared", by=by, subject=item, about=item.about_person)
    kind = {"strength": "a strength", "improvement": "something to improve"}.get(item.strength, "a note")
    _notify_subject(item, by, f"shared {kind} with you", "shared")
    return item


def share_many(*, items: Iterable[FeedbackItem], by: User) -> int:
    """Share each note with its own subject, one short transaction each; returns how many were shared now."""
    count = 0
    for item in items:
        if item.about_person_id and not item.shared_at and not item.withdrawn_at:
            share_feedback(item=item, by=by)
            count += 1
    return count


@transaction.atomic
def acknowledge_feedback(*, item: FeedbackItem, by: User) -> FeedbackItem:
    """Its subject has read it, which is not the same as agreeing. Safe to repeat.

    Raises ValidationError when somebody else tries, or before it was shared.
    """
    _require_subject(item, by)
    unread = FeedbackItem.objects.filter(pk=item.pk, acknowledged_at__isnull=True)
    if unread.update(acknowledged_at=timezone.now(), version=F("version") + 1):
        _tell(item, FeedbackEvent.Kind.ACKNOWLEDGED, by, "")
        record("feedback.item.acknowledged", by=by, subject=item, about=item.about_person)
    item.refresh_from_db()
    return item


@transaction.atomic
def reply_to_feedback(*, item: FeedbackItem, by: User, text: str) -> FeedbackItem:
    """Store what the subject says to it, or what a leader answers; the other side is told.

    The same words twice in a row from one person count once. Raises ValidationError without words, before it
    was shared, or after it was withdrawn.
    """
    words = mask_before_save(text.strip()).text
    if not words:
        raise ValidationError({"text": "Write your reply."})
    if item.shared_at is None:
        raise ValidationError("Share it first, then you can talk about it here.")
    _refuse_withdrawn(item)
    FeedbackItem.objects.filter(pk=item.pk).update(version=F("version") + 1)
    is_subject = by.access.person_id == item.about_person_id
    kind = FeedbackEvent.Kind.REPLIED if is_subject else FeedbackEvent.Kind.ANSWERED
    if is_subject:
        acknowledge_feedback(item=item, by=by)
    talk = (FeedbackEvent.Kind.REPLIED, FeedbackEvent.Kind.ANSWERED)
    last = item.events.filter(kind__in=talk).last()
    if last and (last.kind, last.by_id, last.text) == (kind, by.pk, words):
        item.refresh_from_db()
        return item
    now = timezone.now()
    field = "replied_at" if is_subject else "answered_at"
    FeedbackItem.objects.filter(pk=item.pk).update(**{field: now})
    event = _tell(item, kind, by, words)
    record(f"feedback.item.{kind}", by=by, subject=item, about=item.about_person)
    if is_subject:
        _notify_sharer(item, by, event)
    else:
        _notify_subject(item, by, "answered you", f"answered.{event.pk}")
    item.refresh_from_db()
    return item


@transaction.atomic
def withdraw_feedback(*, item: FeedbackItem, by: User, reason: str = "") -> FeedbackItem:
    """Take a note back: it stays on record, marked, and counts in no figure from now on. Safe to repeat."""
    standing = FeedbackItem.objects.filter(pk=item.pk, withdrawn_at__isnull=True)
    if standing.update(withdrawn_at=timezone.now(), version=F("version") + 1):
        _tell(item, FeedbackEvent.Kind.WITHDRAWN, by, mask_before_save(reason.strip()).text)
        record("feedback.item.withdrawn", by=by, subject=item, about=item.about_person)
        if item.shared_at:
            _notify_subject(item, by, "took back a note about you", "withdrawn")
        tell_items_recorded([item.pk])
    item.refresh_from_db()
    return item


@transaction.atomic
def update_route(*, route: FeedbackRoute, by: User, version: int, **changes: Any) -> FeedbackRoute:
    """Change an entry of the register, or store a new one.

    Raises StaleEdit when somebody else saved it first, ValidationError when the entry is not sound.
    """
    if route.pk:
        updated = FeedbackRoute.objects.filter(pk=route.pk, version=version).update(version=F("version") + 1)
        if not updated:
            raise StaleEdit
        route = FeedbackRoute.objects.get(pk=route.pk)
    before = {field: str(getattr(route, field)) for field in changes} if route.pk else {}
    for field, value in changes.items():
        setattr(route, field, value)
    route.full_clean()
    route.save()
    after = {field: str(value) for field, value in changes.items() if before.get(field) != str(value)}
    record(
        "feedback.route.changed" if before else "feedback.route.added",
        by=by,
        subject=route,
        before={field: value for field, value in before.items() if field in after},
        after=after,
    )
    return route


# ---- inside


def _claimed(item: FeedbackItem, version: int) -> FeedbackItem:
    """The row with its version raised by us, or StaleEdit when another save came first."""
    if not FeedbackItem.objects.filter(pk=item.pk, version=version).update(version=F("version") + 1):
        raise StaleEdit
    return FeedbackItem.objects.select_related("about_person", "team", "route").get(pk=item.pk)


def _refuse_withdrawn(item: FeedbackItem) -> None:
    if item.withdrawn_at:
        raise ValidationError("This note was withdrawn. Write a new one instead.")


def _require_subject(item: FeedbackItem, by: User) -> None:
    if item.about_person_id is None or by.access.person_id != item.about_person_id or item.shared_at is None:
        raise ValidationError("Only the person it is about can say that they have read it.")


def _team_on(person: Person, day: date) -> Team | None:
    (team_id,) = team_ids_on([(person.pk, day)])
    return Team.objects.get(pk=team_id) if team_id else None


def _tell(item: FeedbackItem, kind: str, by: User, text: str) -> FeedbackEvent:
    return FeedbackEvent.objects.create(
        item=item, kind=kind, by=by, by_name=name_of(by), text=text, at=timezone.now()
    )


def name_of(user: User) -> str:
    """The name people know a user by."""
    person = getattr(user, "person", None)
    return person.name if person else str(user)


def _notify_subject(item: FeedbackItem, by: User, what: str, key: str) -> None:
    if item.about_person and item.about_person_id != by.access.person_id:
        notify(
            item.about_person,
            kind="feedback.shared",
            text=f"{name_of(by)} {what}.",
            url=item.get_absolute_url(),
            key=f"feedback.{item.pk}.{key}",
        )


def _notify_sharer(item: FeedbackItem, by: User, event: FeedbackEvent) -> None:
    sharer = item.shared_by or item.recorded_by
    person = getattr(sharer, "person", None) if sharer else None
    if person and person.pk != by.access.person_id:
        notify(
            person,
            kind="feedback.replied",
            text=f"{name_of(by)} replied to {item.code}.",
            url=item.get_absolute_url(),
            key=f"feedback.{item.pk}.replied.{event.pk}",
        )
