"""The four steps of an import: file, columns, check, import. Nothing is stored before the last."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.core.forms import StaleEdit
from ccperf.imports import checking, selectors, services
from ccperf.imports.forms import ColumnsForm, UploadForm, ValuesForm
from ccperf.imports.kinds import KINDS
from ccperf.imports.models import ImportBatch
from ccperf.imports.problems import UnusableFile
from ccperf.imports.views import own_batch
from ccperf.jobs.selectors import progress_facts
from ccperf.people.access import require_capability


@require_http_methods(["GET", "POST"])
@require_capability("imports.run")
def import_new(request: HttpRequest) -> HttpResponse:
    wanted = {"kind": request.GET.get("kind", "")}
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user, initial=wanted)
    if request.method == "POST" and form.is_valid():
        try:
            address, _ = form.once(lambda: _received(request, form))
        except UnusableFile as refused:
            form.add_error("file", str(refused))
        else:
            return redirect(address)
    status = 422 if form.is_bound else 200
    return render(request, "imports/import_new.html", {"form": form, "step": 1}, status=status)


def _received(request: HttpRequest, form: UploadForm) -> ImportBatch:
    upload = form.cleaned_data["file"]
    kind = KINDS[form.cleaned_data["kind"]]
    services.tidy()
    planned = services.receive(
        by=request.user,
        kind=kind,
        source=upload,
        filename=upload.name,
        choices=services.Choices(),
        head_only=True,
    )
    return services.use_fitting_profile(planned)


def _draft(request: HttpRequest, pk: int) -> ImportBatch | None:
    """The user's own draft; None when the import has begun."""
    batch = own_batch(request, pk)
    return batch if batch.status == ImportBatch.Status.DRAFT else None


@require_http_methods(["GET", "POST"])
@require_capability("imports.run")
def import_columns(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _draft(request, pk)
    if batch is None:
        return redirect("imports:import-detail", pk)
    sheet = request.GET.get("sheet", "")
    try:
        if sheet and sheet in batch.sheets and sheet != batch.sheet and request.method == "GET":
            batch = services.replan(batch=batch, choices=services.Choices(sheet=sheet)).batch
        form = _columns_form(request, batch)
    except UnusableFile as refused:
        messages.error(request, str(refused))
        return redirect("imports:import-new")
    if "take_likely" in request.POST:
        form.take_likely()
        messages.info(request, "What was suggested is chosen. Look at each; nothing is stored yet.")
        return _columns_page(request, batch, form)
    if request.method == "POST" and form.is_valid() and _saved(batch, form):
        if checking.ensure_checked(by=request.user, batch=batch) or "error" not in batch.checked:
            if name := form.cleaned_data["profile_name"]:
                services.save_profile(by=request.user, batch=batch, name=name)
            return redirect("imports:import-check", batch.pk)
        # An undecidable date or a missing field is asked about here, on the columns as they are stored now.
        form = _columns_form(request, batch, typed=form.cleaned_data["profile_name"])
    return _columns_page(request, batch, form, status=422 if request.method == "POST" else 200)


def _columns_page(
    request: HttpRequest, batch: ImportBatch, form: ColumnsForm, *, status: int = 200
) -> HttpResponse:
    refusal = batch.checked.get("error", "") if batch.is_checked and not form.is_bound else ""
    context = {"batch": batch, "kind": KINDS[batch.kind], "form": form, "step": 2, "refusal": refusal}
    return render(request, "imports/import_columns.html", context, status=status)


def _columns_form(request: HttpRequest, batch: ImportBatch, typed: str | None = None) -> ColumnsForm:
    """What was sent over the draft; given what was ``typed`` as a profile's name, the draft as it stands."""
    planned = services.reopen(batch)
    return ColumnsForm(
        (request.POST or None) if typed is None else None,
        user=request.user,
        table=planned.table,
        kind=KINDS[batch.kind],
        plan=planned.plan,
        likely=planned.likely,
        initial={"version": batch.version, "profile_name": typed or ""},
    )


def _saved(batch: ImportBatch, form: ColumnsForm) -> bool:
    """Store the choices; False, with an error of the form, when another window stored others."""
    try:
        services.save_columns(
            batch=batch,
            version=form.cleaned_data["version"],
            mapping=form.mapping(),
            constants=form.given_constants(),
            date_orders=form.date_orders(),
            only=form.condition(),
            create_people=form.cleaned_data["create_people"],
        )
    except StaleEdit as refused:
        form.show_stale(refused)
        return False
    return True


@require_GET
@require_capability("imports.run")
def import_check(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _draft(request, pk)
    if batch is None:
        return redirect("imports:import-detail", pk)
    kind = KINDS[batch.kind]
    job = checking.ensure_checked(by=request.user, batch=batch)
    if job:
        context = {"batch": batch, "kind": kind, "step": 3, **progress_facts(job)}
        return render(request, "imports/import_checking.html", context)
    if "error" in batch.checked:
        return redirect("imports:import-columns", pk)
    values = selectors.stored_values(batch, kind)
    context = {
        **batch.checked,
        "batch": batch,
        "kind": kind,
        "form": ValuesForm(user=request.user, values=values) if values else None,
        "step": 3,
    }
    return render(request, "imports/import_check.html", context)


@require_POST
@require_capability("imports.run")
def import_values(request: HttpRequest, pk: int) -> HttpResponse:
    """Give raw values a meaning, then check again."""
    batch = _draft(request, pk)
    if batch is None:
        return redirect("imports:import-detail", pk)
    if checking.ensure_checked(by=request.user, batch=batch) is None:
        values = selectors.stored_values(batch, KINDS[batch.kind])
        form = ValuesForm(request.POST, user=request.user, values=values)
        if form.is_valid():
            services.save_meanings(batch=batch, meanings=form.meanings())
        else:
            messages.error(request, "Write a number for each rating, or “missing”.")
    return redirect("imports:import-check", pk)


@require_POST
@require_capability("imports.run")
def import_people(request: HttpRequest, pk: int) -> HttpResponse:
    """Create the people nobody knows, or hold their rows; then check again."""
    batch = _draft(request, pk)
    if batch is None:
        return redirect("imports:import-detail", pk)
    services.save_create_people(batch=batch, create_people=request.POST.get("create_people") == "yes")
    return redirect("imports:import-check", pk)


@require_POST
@require_capability("imports.run")
def import_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin; a draft that was not checked as it is planned now goes to its check first."""
    batch = own_batch(request, pk)
    if batch.status == ImportBatch.Status.DRAFT:
        job = checking.ensure_checked(by=request.user, batch=batch)
        if job or "error" in batch.checked:
            return redirect("imports:import-check", pk)
    services.start(by=request.user, batch=batch)
    return redirect(batch)


@require_POST
@require_capability("imports.run")
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _draft(request, pk)
    if batch is None:
        messages.error(request, "This import has begun. It can be undone, but not thrown away.")
        return redirect("imports:import-detail", pk)
    services.discard(by=request.user, batch=batch)
    messages.success(request, "The file is thrown away. Nothing of it was imported.")
    return redirect("imports:import-list")
