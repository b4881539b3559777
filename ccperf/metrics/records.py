"""What imported files say about single contacts and about intervals; observations are computed from these
rows.

A record is never edited by hand. ``created_batch_id`` is the import that brought it, ``batch_id`` the one
that last
changed it, so that an import can be undone exactly.
"""

from django.db import models

from ccperf.metrics.models import Queue
from ccperf.metrics.scopes import Scope
from ccperf.people.models import Person, Site, Team


class SubjectMixin(models.Model):
    """Whose figures a record adds to, and where it belongs."""

    subject = models.CharField(max_length=24)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_batch_id = models.BigIntegerField("first import")
    batch_id = models.BigIntegerField("last import", db_index=True)

    class Meta:
        abstract = True

    def narrowest_subject(self) -> str:
        """The subject by what the record names now."""
        person_id = getattr(self, "person_id", None)
        return Scope.narrowest(
            person_id=person_id, queue_id=self.queue_id, team_id=self.team_id, site_id=self.site_id
        ).subject


class ContactRecord(SubjectMixin):
    """One call, chat or message of one agent (or of a queue, when nobody took it).

    ``key`` is the contact's own identifier, or a digest of the row where the file has none. An empty
    figure means
    that the file does not say, never zero.
    """

    key = models.CharField(max_length=140, unique=True)
    day = models.DateField()
    started_at = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts"
    )
    topic = models.CharField(max_length=120, blank=True)
    answered = models.BooleanField(null=True)
    abandoned = models.BooleanField(null=True)
    resolved = models.BooleanField(null=True)
    wait_seconds = models.FloatField(null=True)
    talk_seconds = models.FloatField(null=True)
    hold_seconds = models.FloatField(null=True)
    after_call_seconds = models.FloatField(null=True)
    handle_seconds = models.FloatField(null=True)
    satisfaction = models.FloatField(null=True)
    satisfaction_scale = models.PositiveSmallIntegerField("highest rating", null=True)

    class Meta:
        indexes = [models.Index(fields=["day", "subject"])]

    def __str__(self) -> str:
        return f"{self.key} on {self.day}"


class IntervalRecord(SubjectMixin):
    """What a queue, team, site or the organisation took in one interval, day or month.

    Offered, answered and abandoned are kept as the file gives them; none is ever derived from the others,
    because
    short abandons and overflow stand outside. Where one subject has intervals and a total of the same
    day, the
    intervals count.
    """

    class Grain(models.IntegerChoices):
        INTERVAL = 1, "Interval within a day"
        DAY = 2, "Day"
        MONTH = 3, "Month"

    starts_at = models.DateTimeField("period start")
    day = models.DateField()
    grain = models.PositiveSmallIntegerField(choices=Grain)
    offered = models.FloatField(null=True)
    answered = models.FloatField(null=True)
    handled = models.FloatField(null=True)
    abandoned = models.FloatField(null=True)
    within_target = models.FloatField(null=True)
    wait_seconds = models.FloatField("total wait", null=True)
    handle_seconds = models.FloatField("total handle time", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["starts_at", "subject", "grain"], name="metrics_interval_record_once"
            )
        ]
        indexes = [models.Index(fields=["day", "subject"], name="metrics_interval_day_subject")]

    def __str__(self) -> str:
        return f"{self.subject} at {self.starts_at:%Y-%m-%d %H:%M}"
