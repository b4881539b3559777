"""Who left, when and why: the leaver register (criteria M13, M14, D16)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ccperf.core.addresses import record_address
from ccperf.people.models import Employment, Person, Site, Team


class ReasonForLeaving(models.Model):
    """One reason of the taxonomy, the same at notice, at exit and later, so that shifts can be seen."""

    class Type(models.TextChoices):
        PUSH = "push", "Push: drives people away"
        PULL = "pull", "Pull: attracts elsewhere"
        UNAVOIDABLE = "unavoidable", "Unavoidable"
        INVOLUNTARY = "involuntary", "Decided by the employer"
        INTERNAL = "internal", "Moved inside"
        UNKNOWN = "unknown", "Not known"

    class Mitigable(models.TextChoices):
        YES = "yes", "Yes"
        PARTLY = "partly", "Partly"
        NO = "no", "No"
        UNKNOWN = "", "Not known"

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120, unique=True)
    type = models.CharField(max_length=12, choices=Type)
    mitigable = models.CharField("can managers act?", max_length=6, choices=Mitigable, blank=True)
    is_special_category = models.BooleanField(
        "special category",
        default=False,
        help_text="Health and the like: shown to HR only, never per person.",
    )
    position = models.PositiveSmallIntegerField(default=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "reasons for leaving"

    def __str__(self) -> str:
        return self.name


class LeaverQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Whose leaving a user may see by name.

        HR (retention.read)   all
        everyone else         nobody: they work with figures, see ``counted_for``
        """
        return self if user.access.can("retention.read") else self.none()

    def counted_for(self, user) -> Self:
        """Whose leaving may enter the figures a user sees, behind the threshold guard.

        HR        all
        manager   those who left from a team of today's span
        """
        if user.access.can("retention.read"):
            return self
        if user.access.can("retention.aggregates"):
            return self.filter(team_id__in=user.access.managed_team_ids)
        return self.none()

    def from_employer(self) -> Self:
        """Those who left the employer; a move inside is a loss to the team only."""
        return self.exclude(kind=Leaver.Kind.INTERNAL)


class Leaver(models.Model):
    """One leaving: the end of one employment spell, or a move to another job inside.

    A rehire who leaves again is a second row. An exit survey may arrive without people, only with a
    reference of its own and rough dates: then ``person`` is empty, ``external_reference`` is set and the
    precisions say how much of each date is known. Such rows tell reasons; they never enter a rate,
    because nobody knows the headcount they came from.
    """

    class Kind(models.TextChoices):
        VOLUNTARY = "voluntary", "Resigned"
        RETIRED = "retired", "Retired"
        INVOLUNTARY = "involuntary", "Dismissed, redundant or end of contract"
        INTERNAL = "internal", "Moved inside the organisation"
        OTHER = "other", "Other or not known"

    class Precision(models.TextChoices):
        DAY = "day", "To the day"
        MONTH = "month", "To the month"
        YEAR = "year", "To the year"
        UNKNOWN = "unknown", "Not known"

    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="leavings"
    )
    employment = models.OneToOneField(
        Employment, null=True, blank=True, on_delete=models.SET_NULL, related_name="leaving"
    )
    external_source = models.CharField("file or system", max_length=80, blank=True)
    external_reference = models.CharField("reference there", max_length=80, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    started_on = models.DateField("first employed day", null=True, blank=True)
    started_precision = models.CharField(max_length=8, choices=Precision, default=Precision.DAY)
    notice_on = models.DateField("notice given on", null=True, blank=True)
    left_on = models.DateField("last employed day", null=True, blank=True)
    left_precision = models.CharField(max_length=8, choices=Precision, default=Precision.DAY)
    is_regretted = models.BooleanField("would have been kept", null=True, blank=True)
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="leavers",
        verbose_name="team at leaving",
    )
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="leavers")
    import_batch_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)
    reasons = models.ManyToManyField(ReasonForLeaving, through="LeaverReason", related_name="leavers")

    objects = LeaverQuerySet.as_manager()

    class Meta:
        ordering = [F("left_on").desc(nulls_last=True), "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | ~Q(external_reference=""),
                name="retention_leaver_is_somebody",
                violation_error_message="Choose the person, or give the reference of the file.",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True, left_precision="unknown")
                | Q(left_on__isnull=False, left_precision__in=["day", "month", "year"]),
                name="retention_leaver_left_on_as_precise",
                violation_error_message="Give the last employed day, or say that it is not known.",
            ),
            models.CheckConstraint(
                condition=Q(started_on__isnull=True)
                | Q(left_on__isnull=True)
                | ~Q(started_precision="day", left_precision="day")
                | Q(left_on__gte=F("started_on")),
                name="retention_leaver_left_after_start",
                violation_error_message="The last employed day is before the first.",
            ),
            models.CheckConstraint(
                condition=Q(notice_on__isnull=True)
                | Q(left_on__isnull=True)
                | ~Q(left_precision="day")
                | Q(left_on__gte=F("notice_on")),
                name="retention_leaver_left_after_notice",
                violation_error_message="The last employed day is before the notice.",
            ),
            models.UniqueConstraint(
                fields=["external_source", "external_reference"],
                condition=~Q(external_reference=""),
                name="retention_leaver_reference_once",
                violation_error_message="The register already holds this reference.",
            ),
            models.UniqueConstraint(
                fields=["person", "left_on"],
                condition=Q(person__isnull=False),
                name="retention_leaver_once_a_day",
                violation_error_message="The register already holds this person with that last day.",
            ),
        ]
        indexes = [models.Index(fields=["left_on", "kind"]), models.Index(fields=["team", "left_on"])]

    def __str__(self) -> str:
        return (
            self.person.name if self.person else f"{self.external_source} {self.external_reference}".strip()
        )

    def get_absolute_url(self) -> str:
        return record_address("retention:leaver-detail", self.pk)


class LeaverReason(models.Model):
    """One reason somebody gave for one leaving.

    What the leaver says and what HR concludes are two rows, never one overwritten by the other; and so are
    the answers at notice, at exit and months later, because they differ and the difference is the finding.
    Who types a reason gives one primary and at most two secondary ones; a questionnaire may tick more.
    """

    class StatedBy(models.TextChoices):
        LEAVER = "leaver", "Said by the leaver"
        HR = "hr", "Coded by HR"

    class Occasion(models.TextChoices):
        NOTICE = "notice", "At notice"
        EXIT = "exit", "At exit"
        LATER = "later", "90 days later"

    leaver = models.ForeignKey(Leaver, on_delete=models.CASCADE, related_name="leaver_reasons")
    reason = models.ForeignKey(ReasonForLeaving, on_delete=models.PROTECT, related_name="leaver_reasons")
    stated_by = models.CharField(max_length=6, choices=StatedBy)
    occasion = models.CharField(max_length=6, choices=Occasion, default=Occasion.EXIT)
    is_primary = models.BooleanField(default=False)
    source = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["stated_by", "occasion", "-is_primary", "reason__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["leaver", "stated_by", "occasion", "reason"], name="retention_reason_named_once"
            ),
            models.UniqueConstraint(
                fields=["leaver", "stated_by", "occasion"],
                condition=Q(is_primary=True),
                name="retention_one_primary_reason",
                violation_error_message="Only one reason can be the main one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.get_stated_by_display()})"


class RegisterStart(models.Model):
    """The day from which leavers are recorded completely. One row.

    Who started earlier is followed from this day only (left truncation): those of the same intake who had
    already left were never seen, and counting only the stayers would flatter every curve.
    """

    recorded_from = models.DateField("leavers are complete from")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    set_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"Leavers are recorded from {self.recorded_from:%-d %b %Y}"
