"""The verbs of an import: receive a file, plan it, check it, start it, undo it."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.core.forms import StaleEdit
from ccperf.imports import planning
from ccperf.imports.fields import Plan
from ccperf.imports.kinds import KINDS, ImportKind
from ccperf.imports.loading import Loaded, batch_kind, load_rows, open_file
from ccperf.imports.models import ImportBatch, ImportProfile, QuarantinedRow
from ccperf.imports.problems import UnusableFile
from ccperf.imports.suggesting import Suggestion
from ccperf.imports.tables import Table
from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.people.models import User

MAX_UPLOAD_BYTES = 200 * 1024 * 1024
HELD_ROWS = "imports.resolve_held"
DRAFTS_KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Choices:
    """What a person says about a file, in a command or on the pages."""

    sheet: str = ""
    mapping: dict[str, list[str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    meanings: dict[str, dict[str, str]] = field(default_factory=dict)
    date_order: str = "auto"
    only: dict[str, str] = field(default_factory=dict)
    create_people: bool = False
    profile: ImportProfile | None = None
    is_final: bool = False


@dataclass(frozen=True)
class Planned:
    """A draft with its table and what could not be decided alone."""

    batch: ImportBatch
    table: Table
    plan: Plan
    likely: list[Suggestion]


def store_file(source: BinaryIO, filename: str) -> tuple[str, str]:
    """Copy an upload into the data folder; returns its relative path and digest."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{secrets.token_hex(16)}{Path(filename).suffix.lower()[:10]}"
    digest = hashlib.sha256()
    size = 0
    path = folder / name
    with path.open("wb") as target:
        while block := source.read(1024 * 1024):
            size += len(block)
            if size > MAX_UPLOAD_BYTES:
                break
            digest.update(block)
            target.write(block)
    if size > MAX_UPLOAD_BYTES:
        path.unlink()
        raise UnusableFile(f"The file is larger than {MAX_UPLOAD_BYTES // 1024**2} MB. Split it into parts.")
    return f"imports/{name}", digest.hexdigest()


def receive(
    *,
    by: User | None,
    kind: ImportKind,
    source: BinaryIO,
    filename: str,
    choices: Choices,
    head_only: bool = False,
) -> Planned:
    """Take a file in as a draft and plan it. A file that cannot be used leaves nothing behind. ``head_only``
    plans by the first rows; the check reads the others.

    Raises UnusableFile with one sentence.
    """
    path, digest = store_file(source, filename)
    full = Path(settings.MEDIA_ROOT) / path
    try:
        profile_plan = choices.profile.plan if choices.profile else {}
        wanted = Plan(mapping={**profile_plan.get("mapping", {}), **choices.mapping})
        raw, table, note = open_file(full, filename, choices.sheet, kind, wanted, head_only=head_only)
        plan, likely = make_plan(kind, table, choices)
    except Exception:
        full.unlink(missing_ok=True)
        raise
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            kind=kind.key,
            filename=Path(filename).name[:255],
            path=path,
            digest=digest,
            sheet=table.sheet[:120],
            sheets=[sheet.name for sheet in raw.sheets if sheet.rows],
            columns=table.columns,
            rows=table.count,
            plan=plan.as_json(),
            profile=choices.profile,
            notes=[note] if note else [],
            created_by=by if by and by.pk else None,
        )
        record("imports.batch.received", by=by, subject=batch, after={"kind": kind.key, "rows": batch.rows})
    return Planned(batch, table, plan, likely)


def make_plan(kind: ImportKind, table: Table, choices: Choices) -> tuple[Plan, list[Suggestion]]:
    """The plan from a profile, what was said, and what the headings say for sure."""
    plan = planning.from_profile(choices.profile.plan, table) if choices.profile else Plan()
    plan.mapping = {name: heads for name, heads in {**plan.mapping, **choices.mapping}.items() if any(heads)}
    plan.explicit = sorted(choices.mapping)
    plan.constants |= choices.constants
    for name, meanings in choices.meanings.items():
        plan.meanings.setdefault(name, {}).update(meanings)
    if choices.date_order != "auto":
        plan.date_order = choices.date_order
    plan.only |= choices.only
    plan.create_people = plan.create_people or choices.create_people
    fields = kind.fields()
    planning.check_names(plan, fields, kind)
    likely = [] if choices.is_final else planning.complete(plan, table, fields)
    return plan, likely


def replan(*, batch: ImportBatch, choices: Choices) -> Planned:
    """Plan a draft again with what a person changed on the page."""
    if batch.status != ImportBatch.Status.DRAFT:
        raise ValidationError("This import has begun already. Undo it, then import the file again.")
    kind = batch_kind(batch)
    _, table, _ = open_file(
        batch.file, batch.filename, choices.sheet or batch.sheet, kind, Plan(), head_only=True
    )
    plan, likely = make_plan(kind, table, choices)
    batch.sheet, batch.columns, batch.rows = table.sheet[:120], table.columns, table.count
    batch.plan = plan.as_json()
    batch.version += 1
    batch.save(update_fields=["sheet", "columns", "rows", "plan", "version"])
    return Planned(batch, table, plan, likely)


def check(batch: ImportBatch, table: Table, plan: Plan, likely: list[Suggestion] | None = None) -> Loaded:
    """Read and match every row without writing any.

    Raises UnusableFile when the plan lacks something the kind needs.
    """
    kind = batch_kind(batch)
    planning.check_complete(plan, table, kind, likely or [])
    return load_rows(table, plan, kind, user=batch.created_by, batch=batch)


def reopen(batch: ImportBatch) -> Planned:
    """A draft as it was planned, with the likely suggestions for what is still open."""
    kind = batch_kind(batch)
    plan = Plan.from_json(batch.plan)
    _, table, _ = open_file(batch.file, batch.filename, batch.sheet, kind, plan, head_only=True)
    trial = Plan.from_json(batch.plan)
    trial.mapping = {name: list(heads) for name, heads in plan.mapping.items()}
    likely = planning.complete(trial, table, kind.fields())
    return Planned(batch, table, plan, likely)


def use_fitting_profile(planned: Planned) -> ImportBatch:
    """Plan a fresh draft by the saved profile its columns fit, if there is one."""
    batch = planned.batch
    profile = fitting_profile(batch.kind, batch.columns)
    if profile is None:
        return batch
    plan, _ = make_plan(batch_kind(batch), planned.table, Choices(profile=profile))
    batch.plan, batch.profile = plan.as_json(), profile
    batch.save(update_fields=["plan", "profile"])
    return batch


@transaction.atomic
def save_columns(
    *,
    batch: ImportBatch,
    version: int,
    mapping: dict[str, list[str]],
    constants: dict[str, str],
    date_orders: dict[str, str],
    only: dict[str, str],
    create_people: bool,
) -> None:
    """Store what a person chose on the page of columns; nothing is added to it.

    Raises StaleEdit when the draft was changed in another window.
    """
    plan = Plan.from_json(batch.plan)
    plan.mapping, plan.constants, plan.date_orders = mapping, constants, date_orders
    plan.date_order, plan.create_people, plan.decisions = "auto", create_people, {}
    plan.only = only
    mine = ImportBatch.objects.filter(pk=batch.pk, version=version, status=ImportBatch.Status.DRAFT)
    if not mine.update(plan=plan.as_json(), version=version + 1):
        raise StaleEdit
    batch.plan, batch.version = plan.as_json(), version + 1


@transaction.atomic
def save_meanings(*, batch: ImportBatch, meanings: dict[str, dict[str, str]]) -> None:
    """Add what raw values mean to a draft."""
    plan = Plan.from_json(batch.plan)
    for name, found in meanings.items():
        plan.meanings.setdefault(name, {}).update(found)
    plan.decisions = {}
    batch.plan = plan.as_json()
    batch.version += 1
    batch.save(update_fields=["plan", "version"])


@transaction.atomic
def save_create_people(*, batch: ImportBatch, create_people: bool) -> None:
    """Decide whether a draft creates the people it names and nobody knows, or holds their rows."""
    plan = Plan.from_json(batch.plan)
    plan.create_people, plan.decisions = create_people, {}
    batch.plan = plan.as_json()
    batch.version += 1
    batch.save(update_fields=["plan", "version"])


def check_stored(batch: ImportBatch) -> Loaded:
    """Read and match every row of a stored draft without writing any."""
    kind = batch_kind(batch)
    plan = Plan.from_json(batch.plan)
    plan.decisions = {}
    _, table, _ = open_file(batch.file, batch.filename, batch.sheet, kind, plan)
    return check(batch, table, plan)


@transaction.atomic
def delete_profile(*, by: User, profile: ImportProfile) -> None:
    """Forget a saved profile; imports made with it stay."""
    record("imports.profile.deleted", by=by, subject=profile, before={"name": profile.name})
    profile.delete()


@transaction.atomic
def start(*, by: User | None, batch: ImportBatch) -> ImportBatch:
    """Begin the import, or go on with one that stopped. Pressed twice, it begins once."""
    begun = ImportBatch.objects.filter(
        pk=batch.pk, status__in=[ImportBatch.Status.DRAFT, ImportBatch.Status.FAILED]
    ).update(status=ImportBatch.Status.APPLYING, error="", checked={}, checked_version=0)
    batch.refresh_from_db()
    if begun:
        job = enqueue("imports.apply", {"batch": batch.pk}, by=by, title=f"Import of {batch.filename}")
        batch.job = job
        batch.save(update_fields=["job"])
    return batch


@transaction.atomic
def start_undo(*, by: User | None, batch: ImportBatch) -> ImportBatch:
    """Begin to undo a finished or stopped import."""
    begun = ImportBatch.objects.filter(
        pk=batch.pk, status__in=[ImportBatch.Status.APPLIED, ImportBatch.Status.FAILED]
    ).update(status=ImportBatch.Status.UNDOING, undone_by=by if by and by.pk else None)
    batch.refresh_from_db()
    if begun:
        job = enqueue(
            "imports.undo", {"batch": batch.pk}, by=by, title=f"Undoing the import of {batch.filename}"
        )
        batch.job = job
        batch.save(update_fields=["job"])
    return batch


def stop(batch_id: int, sentence: str) -> None:
    """Mark an import as stopped, with the sentence its page shows."""
    ImportBatch.objects.filter(
        pk=batch_id, status__in=[ImportBatch.Status.APPLYING, ImportBatch.Status.UNDOING]
    ).update(status=ImportBatch.Status.FAILED, error=sentence)


@transaction.atomic
def discard(*, by: User | None, batch: ImportBatch) -> None:
    """Throw a draft away, with its file."""
    if batch.status != ImportBatch.Status.DRAFT:
        raise ValidationError("Only an import that has not begun can be thrown away.")
    batch.delete()
    transaction.on_commit(batch.delete_files)


@transaction.atomic
def save_profile(*, by: User | None, batch: ImportBatch, name: str) -> ImportProfile:
    """Keep the plan of an import under a name; the same name again replaces it."""
    plan = {**batch.plan, "decisions": {}, "only": batch.plan.get("only", {})}
    profile, _ = ImportProfile.objects.update_or_create(
        kind=batch.kind,
        name=name.strip()[:80],
        defaults={"plan": plan, "columns": batch.columns, "created_by": by},
    )
    ImportBatch.objects.filter(pk=batch.pk).update(profile=profile)
    record("imports.profile.saved", by=by, subject=profile, after={"name": profile.name})
    return profile


def fitting_profile(kind: str, columns: list[str]) -> ImportProfile | None:
    """The saved profile whose columns this file has most of, at least three in four."""
    there = {name.casefold() for name in columns}
    best, best_share = None, 0.75
    for profile in ImportProfile.objects.filter(kind=kind):
        named = {
            heading.casefold() for heads in profile.plan.get("mapping", {}).values() for heading in heads
        }
        share = len(named & there) / len(named) if named else 0
        if share >= best_share:
            best, best_share = profile, share
    return best


def ask_for_held_rows() -> Job | None:
    """Queue the import of held rows if any wait; called when a person or team arrives."""
    if not QuarantinedRow.objects.filter(is_held=True, resolved_at__isnull=True).exists():
        return None
    return enqueue(HELD_ROWS, {}, key=HELD_ROWS)


def asked_for_held_rows() -> Job | None:
    """The import of held rows that was asked for and has not ended."""
    return Job.objects.waiting().filter(kind=HELD_ROWS).first()


def tidy() -> int:
    """Delete drafts nobody went on with, and their files."""
    old = ImportBatch.objects.filter(
        status=ImportBatch.Status.DRAFT, created_at__lt=timezone.now() - DRAFTS_KEPT_FOR
    )
    count = 0
    for batch in old:
        batch.delete_files()
        batch.delete()
        count += 1
    return count


def kind_named(key: str) -> ImportKind:
    """The kind of that key."""
    if key not in KINDS:
        raise UnusableFile(f"“{key}” is not a kind of import. The kinds are: {', '.join(KINDS)}.")
    return KINDS[key]
