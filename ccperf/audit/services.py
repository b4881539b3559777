"""Writing and verifying the audit chain."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from ccperf.audit.models import AuditEvent

if TYPE_CHECKING:  # people write to the chain, so at run time the chain must not need people
    from ccperf.people.models import Person, User

CHAIN_LOCK = 7261001


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
    detail = json.loads(json.dumps({"before": before or {}, "after": after or {}}, cls=DjangoJSONEncoder))
    row = AuditEvent(
        at=timezone.now(),
        event=event,
        by=by if by and by.pk else None,
        by_name=str(by) if by and by.pk else "",
        about=about,
        subject_type=subject._meta.label_lower if subject else "",
        subject_id=str(subject.pk) if subject else "",
        detail=detail,
        reason=reason,
    )
    with transaction.atomic():
        _lock_chain()
        last = AuditEvent.objects.order_by("-pk").values_list("digest", flat=True).first()
        row.digest = digest_of(row, last or "")
        row.save(force_insert=True)
    return row


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
