"""A day of a queue, team or site by half hour."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ccperf.core.exports import table_response, wanted_format
from ccperf.core.pagination import paginate
from ccperf.metrics import tables
from ccperf.metrics.analysis_half_hours import slots_of
from ccperf.metrics.days import Subject, day_of, drawings, intervals_of, subjects_of
from ccperf.metrics.forms import EARLIEST
from ccperf.metrics.reach import sites_of
from ccperf.metrics.selectors import freshness
from ccperf.people.access import require_capability


@require_GET
@require_capability("metrics.read")
def day(request: HttpRequest) -> HttpResponse:
    """The day profile of ``?subject=queue:3&day=2026-10-25``, the newest of the first subject unless told."""
    fresh = freshness()
    subjects = subjects_of(request.user, fresh)
    subject = _subject(request, subjects)
    if subject is None:
        return render(request, "metrics/day.html", {"fresh": fresh})
    shown = day_of(subject, _day(request) or subject.newest, fresh)
    if kind := wanted_format(request):
        name = f"{subject.name} {shown.day}"
        return table_response(kind, name, tables.HALF_HOURS, tables.half_hour_rows(shown))
    context = {
        "fresh": fresh,
        "subjects": subjects,
        "shown": shown,
        "drawings": [] if shown.is_empty else drawings(shown),
        "before": shown.day - timedelta(days=1),
        "after": shown.day + timedelta(days=1),
    }
    return render(request, "metrics/day.html", context)


@require_GET
@require_capability("metrics.read")
def day_intervals(request: HttpRequest) -> HttpResponse:
    """The intervals behind a day, or with ``&slot=18`` behind one of its half hours, counted from 0."""
    fresh = freshness()
    subject, day = _subject(request, subjects_of(request.user, fresh)), _day(request)
    if subject is None or day is None:
        raise Http404
    shown = intervals_of(subject, day, _slot(request, day))
    if kind := wanted_format(request):
        name = f"Intervals {subject.name} {day}"
        return table_response(kind, name, tables.INTERVALS, tables.interval_rows(shown))
    context = {"fresh": fresh, "shown": shown, "page": paginate(request, shown.rows, 100)}
    return render(request, "metrics/day_intervals.html", context)


def _subject(request: HttpRequest, subjects: list[Subject]) -> Subject | None:
    """The one of the address, else the first at a site of the reader, else the first of all.

    Raises Http404 for one that is not among them.
    """
    wanted = request.GET.get("subject")
    if not wanted:
        sites = set(sites_of(request.user).values_list("pk", flat=True))
        near = (item for item in subjects if item.site_id in sites)
        return next(near, next(iter(subjects), None))
    found = next((item for item in subjects if item.scope.subject == wanted), None)
    if found is None:
        raise Http404
    return found


def _slot(request: HttpRequest, day: date) -> int | None:
    """The half hour of the address; raises Http404 for one that the day does not have."""
    wanted = request.GET.get("slot")
    if not wanted:
        return None
    count = len(slots_of(day, ZoneInfo(settings.TIME_ZONE)))
    if wanted not in map(str, range(count)):
        raise Http404
    return int(wanted)


def _day(request: HttpRequest) -> date | None:
    try:
        found = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    return found if EARLIEST <= found < date(2200, 1, 1) else None
