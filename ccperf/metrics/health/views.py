"""Health of measures: all at a glance, one with its ten checks, and the review sheet."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from ccperf.core.exports import table_response, wanted_format
from ccperf.metrics.health import selectors, services
from ccperf.metrics.health.forms import ReviewForm
from ccperf.metrics.models import MetricDefinition
from ccperf.people.access import require_capability

HEADER = (
    *("Measure", "Key", "Checked", "Check", "State", "Found", "Detail", "Reading"),
    *("Last verdict", "Reviewed", "By"),
)


@require_GET
@require_capability("metrics.review")
def overview(request: HttpRequest) -> HttpResponse:
    """Every measure with what works, what is to fix, and the last verdict."""
    show = request.GET.get("show", "")
    show = show if show in selectors.SHOW else ""
    lines = selectors.overview(show)
    if kind := wanted_format(request):
        return table_response(kind, "Health of measures", HEADER, _rows(lines))
    context = {"lines": lines, "show": show, "choices": selectors.SHOW, "checked_on": selectors.checked_on()}
    return render(request, "metric_health/overview.html", context)


def _rows(lines: list[selectors.Line]) -> Iterator[tuple[Any, ...]]:
    """One row per measure and check."""
    for line in lines:
        review = line.review
        verdict = (
            (review.get_verdict_display(), review.reviewed_on, review.reviewer_name)
            if review
            else ("", "", "")
        )
        for finding in line.findings:
            yield (
                line.metric.name,
                line.metric.key,
                line.check.as_of if line.check else "",
                finding.title,
                finding.state,
                finding.found,
                finding.detail,
                finding.words,
                *verdict,
            )


@require_POST
@require_capability("metrics.review")
def check_start(request: HttpRequest) -> HttpResponse:
    """Check all measures now; a second press finds the check that already waits."""
    services.start_check(by=request.user)
    messages.success(request, "The measures are being checked. The findings appear here in a moment.")
    return redirect("metric_health:overview")


@require_GET
@require_capability("metrics.review")
def metric(request: HttpRequest, key: str) -> HttpResponse:
    """The ten checks of one measure, its reviews, and the sheet for a new one."""
    found = get_object_or_404(MetricDefinition, key=key)
    context = _context(found, ReviewForm(user=request.user))
    if kind := wanted_format(request):
        newest = context["reviews"][0].review if context["reviews"] else None
        line = selectors.Line(found, context["check"], newest)
        return table_response(kind, f"Health {key}", HEADER, _rows([line]))
    return render(request, "metric_health/metric.html", context)


def _context(found: MetricDefinition, form: ReviewForm) -> dict[str, Any]:
    check = selectors.newest_check(found)
    reviews = selectors.reviews_of(found)
    context = {"metric": found, "check": check, "reviews": reviews, "form": form}
    if check:
        context["findings"] = selectors.findings_from(check.findings)
        if reviews and reviews[0].review.findings_as_of < check.as_of:
            context["since"] = selectors.changed_since(reviews[0].review.findings, check.findings)
    return context


@require_POST
@require_capability("metrics.review")
def review_create(request: HttpRequest, key: str) -> HttpResponse:
    """Write a verdict down; it is never changed, a later one stands beside it."""
    found = get_object_or_404(MetricDefinition, key=key)
    form = ReviewForm(request.POST, user=request.user)
    if form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("verdict", "works_well", "to_do")}
        try:
            address, first = form.once(
                lambda: services.review_metric(by=request.user, metric=found, **fields)
            )
        except ValidationError as problem:
            form.add_error(None, problem)  # Each error goes to the field it names.
        else:
            if first:
                messages.success(request, "The review is written down with today\u2019s findings.")
            return redirect(address)
    return render(request, "metric_health/metric.html", _context(found, form), status=422)
