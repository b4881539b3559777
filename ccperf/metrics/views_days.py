"""A day of a queue, team or site by half hour."""

from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ccperf.core.exports import table_response, wanted_format
from ccperf.metrics import tables
from ccperf.metrics.days import day_of, drawings, subjects_of
from ccperf.metrics.forms import EARLIEST
from ccperf.metrics.selectors import freshness
from ccperf.people.access import require_capability


@require_GET
@require_capability("metrics.read")
def day(request: HttpRequest) -> HttpResponse:
    """The day profile of ``?subject=queue:3&day=2026-10-25``, the newest of the first subject unless told."""
    fresh = freshness()
    subjects = subjects_of(request.user, fresh)
    wanted = request.GET.get("subject")
    subject = next((item for item in subjects if item.scope.subject == wanted), None)
    if wanted and subject is None:
        raise Http404
    subject = subject or next(iter(subjects), None)
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


def _day(request: HttpRequest) -> date | None:
    try:
        found = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    return found if EARLIEST <= found < date(2200, 1, 1) else None
