"""The pages about work that runs in the background."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from ccperf.core.pagination import paginate
from ccperf.jobs.models import Job
from ccperf.jobs.registry import PANELS
from ccperf.jobs.selectors import (
    EVERYTHING,
    JobFilters,
    counts_by_status,
    jobs_for_list,
    kind_choices,
    progress_facts,
)
from ccperf.jobs.services import retry


def _job(request: HttpRequest, pk: int) -> Job:
    visible = Job.objects.visible_to(request.user).select_related("created_by")
    return get_object_or_404(visible, pk=pk)


@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    kinds = kind_choices()
    status, kind = request.GET.get("status", ""), request.GET.get("kind", "")
    filters = JobFilters(
        status=status if status in [*Job.Status.values, EVERYTHING] else "",
        kind=kind if kind in dict(kinds) else "",
    )
    counts = counts_by_status(request.user)
    context = {
        "page": paginate(request, jobs_for_list(request.user, filters)),
        "filters": filters,
        "kinds": kinds,
        "everything": EVERYTHING,
        "statuses": [(value, label, counts[value]) for value, label in Job.Status.choices],
        "total": sum(counts.values()),
        "sees_all": request.user.access.can("jobs.read"),
        "panels": [(panel.template, panel.content(request.user)) for panel in PANELS.values()],
    }
    return render(request, "jobs/job_list.html", context)


@require_GET
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    job = _job(request, pk)
    earlier = jobs_for_list(request.user, JobFilters(kind=job.kind)).filter(pk__lt=job.pk)[:5]
    context = {
        **progress_facts(job),
        "earlier": earlier,
        "sees_details": request.user.access.can("jobs.read"),
    }
    return render(request, "jobs/job_detail.html", context)


@require_GET
def job_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress alone, for pages that follow it (js/app.js)."""
    return render(request, "jobs/_progress.html", progress_facts(_job(request, pk)))


@require_POST
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    job = _job(request, pk)
    try:
        retry(job, by=request.user)
    except ValueError as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, "The job is queued again.")
    return redirect(job)
