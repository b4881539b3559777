"""Pages about imports that are there: the list, one import, its rows, its undo; saved profiles."""

import csv
import io

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.core.exports import download, table_response, wanted_format
from ccperf.core.pagination import paginate
from ccperf.imports import checking, selectors, services
from ccperf.imports.kinds import KINDS
from ccperf.imports.models import ImportBatch, ImportProfile
from ccperf.jobs.selectors import progress_facts
from ccperf.people.access import require_capability


def batch_or_404(request: HttpRequest, pk: int) -> ImportBatch:
    visible = ImportBatch.objects.visible_to(request.user).select_related(
        "created_by", "undone_by", "job", "profile"
    )
    return get_object_or_404(visible, pk=pk)


def own_batch(request: HttpRequest, pk: int) -> ImportBatch:
    """An import whose cells this user may see: only their own. Others are visible, but closed."""
    batch = batch_or_404(request, pk)
    if not selectors.may_read_cells(request.user, batch):
        raise PermissionDenied
    return batch


@require_GET
@require_capability("imports.run")
def import_list(request: HttpRequest) -> HttpResponse:
    batches = ImportBatch.objects.visible_to(request.user).select_related("created_by")
    context = {
        "page": paginate(request, batches),
        "titles": {key: kind.title for key, kind in KINDS.items()},
        "kinds": selectors.open_kinds(request.user),
    }
    return render(request, "imports/import_list.html", context)


@require_GET
@require_capability("imports.run")
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    batch = batch_or_404(request, pk)
    is_own = selectors.may_read_cells(request.user, batch)
    if batch.status == ImportBatch.Status.DRAFT and is_own:
        return redirect("imports:import-columns", batch.pk)
    kind = KINDS.get(batch.kind)
    is_done = batch.status == ImportBatch.Status.APPLIED
    context = {
        "batch": batch,
        "kind": kind,
        "labels": selectors.read_from(batch, kind, request.user),
        "results": kind.results(batch.pk, request.user) if kind and is_done else None,
        "reasons": selectors.stored_reasons(batch, request.user),
        "is_own": is_own,
        **(progress_facts(batch.job) if batch.job and batch.is_open else {}),
    }
    return render(request, "imports/import_detail.html", context)


@require_GET
@require_capability("imports.run")
def import_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that were not imported, as a file to be corrected and brought again."""
    batch = own_batch(request, pk)
    name, kind = f"rows set aside {batch.filename}", wanted_format(request) or "csv"
    if batch.status != ImportBatch.Status.DRAFT:
        return table_response(kind, name, *selectors.quarantine_table(batch))
    is_running = checking.ensure_checked(by=request.user, batch=batch)
    if is_running or "error" in batch.checked or not batch.aside_file.exists():
        return redirect("imports:import-check", batch.pk)
    content = batch.aside_file.read_bytes()
    if kind == "csv":
        return download(kind, name, content)
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return table_response(kind, name, header, rows)


@require_http_methods(["GET", "POST"])
@require_capability("imports.run")
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    batch = batch_or_404(request, pk)
    if request.method == "GET":
        shown = {"batch": batch, "kind": KINDS.get(batch.kind), "again": selectors.brought_again(batch)}
        return render(request, "imports/import_undo.html", shown)
    if batch.status in {ImportBatch.Status.APPLIED, ImportBatch.Status.FAILED}:
        services.start_undo(by=request.user, batch=batch)
    elif batch.status not in {ImportBatch.Status.UNDOING, ImportBatch.Status.UNDONE}:
        messages.error(request, "Only a finished import can be undone.")
    return redirect(batch)


@require_GET
@require_capability("imports.run")
def profile_list(request: HttpRequest) -> HttpResponse:
    profiles = ImportProfile.objects.visible_to(request.user).select_related("created_by")
    context = {
        "page": paginate(request, profiles),
        "titles": {key: kind.title for key, kind in KINDS.items()},
    }
    return render(request, "imports/profile_list.html", context)


@require_POST
@require_capability("imports.run")
def profile_delete(request: HttpRequest, pk: int) -> HttpResponse:
    profile = get_object_or_404(ImportProfile.objects.visible_to(request.user), pk=pk)
    if profile.created_by_id != request.user.pk and not request.user.access.can("people.manage"):
        raise PermissionDenied
    services.delete_profile(by=request.user, profile=profile)
    messages.success(request, f"The profile “{profile.name}” is deleted. Imports made with it stay.")
    return redirect("imports:profile-list")
