"""The append-only trail: who did or looked at what, chained so that a removed or altered row is noticed."""

from typing import Self

from django.conf import settings
from django.db import models

from ccperf.audit.words import ROOMS, event_words


class AuditEventQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """The trail is read by privacy officers only."""
        return self if user.access.can("audit.read") else self.none()


class AuditEvent(models.Model):
    """One thing that somebody did. Rows are written once and never changed (criterion M16).

    ``digest`` covers the row and the digest of the row before it.
    """

    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=80)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="audit_events",
        db_constraint=False,
    )
    by_name = models.CharField(max_length=160, blank=True)
    about = models.ForeignKey(
        "people.Person",
        null=True,
        on_delete=models.SET_NULL,
        related_name="audit_events",
        db_constraint=False,
    )
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["about", "at"]),
            models.Index(fields=["subject_type", "subject_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_type} {self.subject_id}".strip()

    @property
    def words(self) -> str:
        """The event in words."""
        return event_words(self.event)

    @property
    def room(self) -> str:
        """In words, what the event belongs to."""
        room = self.event.partition(".")[0]
        return ROOMS.get(room, room.capitalize())
