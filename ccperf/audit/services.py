"""Writing and verifying the audit chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from ccperf.audit.models import AuditEvent

if TYPE_CHECKING:  # people write to the chain, so at run time the chain must not need people
    from ccperf.people.models import Person, User

CHAIN_LOCK = 7261001


@dataclass(frozen=True)
class Entry:
    """What one event is about, and what it changed."""

    subject: models.Model | None = None
    about: Person | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


def record(
    event: str,
    *,
    by: User | None,
    subject: models.Model | None = None,
    about: Person | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append one event, ``app.noun.pastverb``.

    ``before`` and ``after`` hold changed fields only; free text about a person does not belong in them.
    """
    (row,) = record_many(event, by=by, entries=[Entry(subject, about, before, after)], reason=reason)
    return row


def record_many(
    event: str, *, by: User | None, entries: Sequence[Entry], reason: str = ""
) -> list[AuditEvent]:
    """Append the same event about many, each in a row of its own, as ``record`` would one after another."""
    rows = [_row(event, by, entry, reason) for entry in entries]
    with transaction.atomic():
        _lock_chain()
        digest = AuditEvent.objects.order_by("-pk").values_list("digest", flat=True).first() or ""
        for row in rows:
            digest = row.digest = digest_of(row, digest)
        return AuditEvent.objects.bulk_create(rows)


def _row(event: str, by: User | None, entry: Entry, reason: str) -> AuditEvent:
    detail = {"before": entry.before or {}, "after": entry.after or {}}
    return AuditEvent(
        at=timezone.now(),
        event=event,
        by=by if by and by.pk else None,
        by_name=str(by) if by and by.pk else "",
        about=entry.about,
        subject_type=entry.subject._meta.label_lower if entry.subject else "",
        subject_id=str(entry.subject.pk) if entry.subject else "",
        detail=json.loads(json.dumps(detail, cls=DjangoJSONEncoder)),
        reason=reason,
    )


def digest_of(row: AuditEvent, previous: str) -> str:
    """The SHA-256 over the previous digest and what must not change in ``row``.

    Links to people are left out: they may be cut when a person is erased.
    """
    content = [row.at.isoformat(), row.event, row.subject_type, row.subject_id, row.detail, row.reason]
    return hashlib.sha256(json.dumps([previous, content], sort_keys=True).encode()).hexdigest()


def first_broken_event() -> AuditEvent | None:
    """The first row whose digest does not follow from the one before it, or None when the chain holds."""
    previous = ""
    for row in AuditEvent.objects.order_by("pk").iterator(chunk_size=2000):
        if row.digest != digest_of(row, previous):
            return row
        previous = row.digest
    return None


def _lock_chain() -> None:
    """Let one transaction append at a time; SQLite's IMMEDIATE transactions already do."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
