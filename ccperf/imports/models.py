"""Imports: each file brought in, how it was read, what stood aside, what it overwrote."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ccperf.core.addresses import record_address
from ccperf.jobs.models import Job


class ImportProfileQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """A profile names columns, never people: whoever may run imports may use it."""
        return self if user.access.can("imports.run") else self.none()


class ImportProfile(models.Model):
    """A saved way to read one kind of file, so that next week's export needs no mapping."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    plan = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = ImportProfileQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"],
                name="imports_profile_once_per_kind",
                violation_error_message="This kind already has a profile of that name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Which imports a user sees: their own; administrators also the state of all others."""
        if not user.access.can("imports.run"):
            return self.none()
        return self if user.access.can("people.manage") else self.filter(created_by=user)


class ImportBatch(models.Model):
    """One file on its way in: stored, mapped, checked, applied in chunks, undone as a whole.

    ``done_rows`` moves in the transaction that writes a chunk, so a killed run goes on where it stopped.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Not imported yet"
        APPLYING = "applying", "Being imported"
        APPLIED = "applied", "Imported"
        FAILED = "failed", "Stopped"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"

    kind = models.CharField(max_length=20)
    filename = models.CharField(max_length=255)
    path = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64)
    sheet = models.CharField(max_length=120, blank=True)
    sheets = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    plan = models.JSONField(default=dict)
    profile = models.ForeignKey(
        ImportProfile, null=True, blank=True, on_delete=models.SET_NULL, related_name="batches"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    rows = models.PositiveIntegerField(default=0)
    done_rows = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField("of these waiting for a person or team", default=0)
    data_up_to = models.DateField("newest day in the file", null=True, blank=True)
    notes = models.JSONField(default=list)
    undo_notes = models.JSONField(default=list)
    error = models.TextField(blank=True)
    checked = models.JSONField("what the last check found", default=dict)
    checked_version = models.PositiveIntegerField("version that was checked", default=0)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="imports"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "import batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(held__lte=F("quarantined")), name="imports_held_are_quarantined"
            )
        ]

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return record_address("imports:import-detail", self.pk)

    @property
    def file(self) -> Path:
        """Where the file waits until it is imported; afterwards it is deleted."""
        return Path(settings.MEDIA_ROOT) / self.path

    @property
    def aside_file(self) -> Path:
        """The rows that the last check would set aside, as CSV, until the draft is imported."""
        return self.file.with_suffix(f".{self.version}.aside")

    def delete_files(self) -> None:
        """Delete the file and what a check has laid beside it."""
        if self.path:
            for path in self.file.parent.glob(f"{self.file.stem}.*"):
                path.unlink(missing_ok=True)

    @property
    def is_checked(self) -> bool:
        """Whether the last check saw the draft as it is planned now."""
        return self.checked_version == self.version

    @property
    def is_open(self) -> bool:
        return self.status in {self.Status.APPLYING, self.Status.UNDOING}


class QuarantinedRow(models.Model):
    """One row that was not imported, with its line, its cells and the reason. A held row waits for its
    person.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="quarantine")
    position = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=60)
    reason = models.CharField(max_length=300)
    cells = models.JSONField(default=list)
    is_held = models.BooleanField(default=False)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="imports_quarantined_once")]
        indexes = [models.Index(fields=["is_held", "resolved_at"])]

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}"


class RowChange(models.Model):
    """What an import changed on one stored row: ``before`` is empty when it created the row.

    The journal from which a whole import is undone, unless something else changed the row afterwards.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes")
    table = models.CharField(max_length=40)
    row_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch", "table", "row_id"])]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"


class ImportedKey(models.Model):
    """Which stored row a line without an identifier of its own became, so that the file can come again."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=80)
    row_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="imports_key_once")]
        indexes = [models.Index(fields=["kind", "row_id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
