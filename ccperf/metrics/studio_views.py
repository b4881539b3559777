"""The metric studio: drafts of definitions, their checks and preview, publishing, retiring."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.core.charts import run_chart_figure
from ccperf.core.dates import today
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.forms import StaleEdit
from ccperf.metrics import reach, tables, versions
from ccperf.metrics.dependants import dependants_of
from ccperf.metrics.models import MetricDefinition, MetricVersion
from ccperf.metrics.previews import preview
from ccperf.metrics.selectors import Catalogue, catalogue, freshness
from ccperf.metrics.studio_forms import DraftForm, MetricForm, PublishForm, RetireForm
from ccperf.metrics.wording import POOLING, differences
from ccperf.people.access import require_capability

configures = require_capability("metrics.configure")


def show_refusal(form: Form, problem: ValidationError | StaleEdit) -> None:
    """Put what a service refused on the form: at its field where it names one."""
    if isinstance(problem, StaleEdit):
        form.show_stale(problem)
        return
    errors = getattr(problem, "error_dict", None) or {NON_FIELD_ERRORS: problem.messages}
    for name, texts in errors.items():
        form.add_error(name if name in form.fields else None, texts)


@require_http_methods(["GET", "POST"])
@configures
def metric_new(request: HttpRequest) -> HttpResponse:
    """Begin a measure that is worked out of others, as a draft."""
    known = catalogue(freshness())
    options: dict[str, Any] = {
        "user": request.user,
        "key": "",
        "metrics": list(known.every),
        "is_derived": True,
        "instance": MetricVersion(minimum_n=30),
    }
    if request.method != "POST":
        return _form_page(request, MetricForm(**options), known)
    form = MetricForm(request.POST, **options)
    if not form.is_valid():
        return _form_page(request, form, known)
    address, _ = form.once(
        lambda: versions.create_metric(by=request.user, key=form.cleaned_data["new_key"], terms=form.terms())
    )
    messages.success(request, "The draft is saved. Nobody sees the measure until you publish it.")
    return redirect(f"{address}draft/")


@require_http_methods(["GET", "POST"])
@configures
def draft_edit(request: HttpRequest, key: str) -> HttpResponse:
    """Edit the draft of the next version; without one, begin it from the newest version."""
    known = catalogue(freshness())
    metric = reach.metric_of(key, known)
    draft = metric.versions.filter(starts_on__isnull=True).first()
    base = draft or next(reversed(metric.history), metric)
    options: dict[str, Any] = {
        "user": request.user,
        "key": key,
        "metrics": list(known.every),
        "is_derived": base.is_derived,
        "instance": MetricVersion(metric=metric, **base.terms),
    }
    first = {"version": draft.edits if draft else 0, "reason": draft.reason if draft else ""}
    form = DraftForm(request.POST or None, initial=first, **options)
    if request.method == "POST" and form.is_valid():
        try:
            versions.save_draft(
                by=request.user,
                metric=metric,
                version=form.cleaned_data["version"],
                terms=form.terms(),
                reason=form.cleaned_data["reason"],
            )
        except StaleEdit as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, "The draft is saved. Pages change on the day you publish it for.")
            return redirect("metrics:draft-detail", key)
    return _form_page(request, form, known, metric)


def _form_page(
    request: HttpRequest, form: Form, known: Catalogue, metric: MetricDefinition | None = None
) -> HttpResponse:
    checked = form.checked
    if metric and not form.is_bound:
        checked = versions.check(metric.key, form.instance, versions.usable_parts(known.every, today()))
    context = {
        "form": form,
        "metric": metric,
        "parts": [item for item in known.every if item.history and item.retired_on is None],
        "checked": checked,
        "unit": form.instance.unit,
        "has_formulas": "numerator_formula" in form.fields,
    }
    return render(request, "metrics/studio_form.html", context, status=422 if form.errors else 200)


@require_POST
@configures
def metric_check(request: HttpRequest) -> HttpResponse:
    """What the formulas and examples typed so far come to, as a fragment beside the form."""
    known = catalogue(freshness())
    key = request.POST.get("key") or request.POST.get("new_key", "")
    metric = next((item for item in known.every if item.key == key), None)
    base = metric.terms if metric else {}
    typed = {
        name: request.POST[name]
        for name in ("numerator_formula", "denominator_formula", "unit", "examples")
        if name in request.POST
    }
    if typed.get("unit") not in MetricDefinition.Unit.values:
        return render(request, "metrics/_check.html", {"checked": None})
    parts = versions.usable_parts(known.every, today())
    checked = versions.check(key or "this", MetricVersion(**{**base, **typed}), parts)
    return render(request, "metrics/_check.html", {"checked": checked, "unit": typed["unit"]})


@require_GET
@configures
def draft_detail(request: HttpRequest, key: str) -> HttpResponse:
    """The draft with what it changes, its worked examples, its preview, and what depends on the measure."""
    return _draft_page(request, key, None)


def _draft_page(request: HttpRequest, key: str, form: PublishForm | None) -> HttpResponse:
    fresh = freshness()
    known = catalogue(fresh)
    metric = reach.metric_of(key, known)
    draft = get_object_or_404(metric.versions.select_related("owner", "guard"), starts_on__isnull=True)
    checked = versions.check(key, draft, versions.usable_parts(known.every, today()))
    shown = preview(metric, draft, checked.formula, known, fresh) if checked.formula else None
    if shown and (kind := wanted_format(request)):
        return table_response(kind, f"Preview {key}", tables.PREVIEW, tables.preview_rows(shown))
    last = next(reversed(metric.history), None)
    names = {item.pk: item.name for item in known.every}
    context = {
        "metric": metric,
        "draft": draft,
        "pooling": POOLING,
        "last": last,
        "checked": checked,
        "preview": shown,
        "figure": run_chart_figure(shown.chart) if shown and shown.chart else "",
        "changes": differences(last, draft, names) if last else [],
        "form": form
        or PublishForm(
            user=request.user,
            initial={"starts_on": today(), "version": draft.edits, "reason": draft.reason},
        ),
    }
    return render(request, "metrics/draft_detail.html", context, status=422 if form else 200)


@require_POST
@configures
def draft_publish(request: HttpRequest, key: str) -> HttpResponse:
    """Let the draft hold from a day on."""
    metric = reach.metric_of(key, catalogue(freshness()))
    draft = metric.versions.filter(starts_on__isnull=True).first()
    if draft is None:
        messages.info(request, "There is no draft any more: it was published or thrown away.")
        return redirect(metric)
    form = PublishForm(request.POST, user=request.user, initial={"version": draft.edits})
    if form.is_valid():
        try:
            draft = versions.publish(by=request.user, metric=metric, **form.cleaned_data)
        except (ValidationError, StaleEdit) as problem:
            show_refusal(form, problem)
        else:
            messages.success(
                request,
                f"Version {draft.number} holds from {draft.starts_on:%-d %B %Y}. "
                + (
                    "Earlier pages keep theirs."
                    if draft.number > 1
                    else "Pages show it from the first period that ends on that day or later."
                )
                + (" Its figures are being worked out." if draft.is_derived else ""),
            )
            return redirect(metric)
    return _draft_page(request, key, form)


@require_POST
@configures
def draft_discard(request: HttpRequest, key: str) -> HttpResponse:
    """Throw the draft away; the published versions stay."""
    metric = reach.metric_of(key, catalogue(freshness()))
    try:
        versions.discard_draft(by=request.user, metric=metric)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("metrics:draft-detail", key)
    messages.success(request, "The draft is thrown away. Nothing else changed.")
    return redirect(metric)


@require_POST
@configures
def version_withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Make the version that has not begun yet a draft again."""
    metric = reach.metric_of(key, catalogue(freshness()))
    try:
        versions.withdraw(by=request.user, metric=metric)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect(metric)
    messages.success(request, "The version is a draft again. Nothing had begun.")
    return redirect("metrics:draft-detail", key)


@require_http_methods(["GET", "POST"])
@configures
def metric_retire(request: HttpRequest, key: str) -> HttpResponse:
    """Take a measure out of use, after showing what depends on it."""
    known = catalogue(freshness())
    metric = reach.metric_of(key, known)
    form = RetireForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            versions.retire(by=request.user, metric=metric, reason=form.cleaned_data["reason"])
        except ValidationError as problem:
            show_refusal(form, problem)
        else:
            messages.success(
                request,
                f"{metric.name} is retired from today on. Earlier pages keep it, and you can bring it back.",
            )
            return redirect(reverse("metrics:metric-list") + "?state=retired")
    context = {"metric": metric, "form": form, "dependants": dependants_of(request.user, metric, known)}
    return render(request, "metrics/metric_retire.html", context, status=422 if form.errors else 200)


@require_POST
@configures
def metric_restore(request: HttpRequest, key: str) -> HttpResponse:
    """Bring a retired measure back."""
    metric = reach.metric_of(key, catalogue(freshness()))
    try:
        versions.restore(by=request.user, metric=metric)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    else:
        messages.success(request, f"{metric.name} is in use again.")
    return redirect(metric)
