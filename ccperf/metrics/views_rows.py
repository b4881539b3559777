"""The rows behind a figure, and the contacts or intervals behind a row."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from ccperf.core.exports import table_response, wanted_format
from ccperf.core.numbers import format_value
from ccperf.core.pagination import paginate
from ccperf.metrics import reach, tables
from ccperf.metrics.drilling import Part, Parts
from ccperf.metrics.models import Observation
from ccperf.metrics.records_behind import records_behind
from ccperf.metrics.scopes import ORGANISATION, SPAN
from ccperf.metrics.selectors import catalogue, freshness, usual_end, window


@require_GET
def metric_rows(request: HttpRequest, key: str) -> HttpResponse:
    """What was added together for a figure, newest first, with totals that equal it.

    Without days in the address it shows the usual 26 weeks.
    """
    fresh = freshness()
    metric = reach.metric_of(key, catalogue(fresh))
    subject = request.GET.get("scope") or reach.usual_subject(request.user)
    if subject is None:
        raise Http404
    place = None if subject == SPAN else reach.place_for(request.user, subject)
    if place is None and not request.user.access.can("metrics.read"):
        raise PermissionDenied
    usual = window("week", before=usual_end(fresh))
    last = _day(request, "to") or usual.last_day
    first = _day(request, "from") or min(usual.start, last)
    parts = Parts(request.user, metric, place and place.scope, first, last)
    if kind := wanted_format(request):
        rows = (Part(*row) for row in parts.rows())
        return table_response(kind, f"Rows {metric.short_name}", tables.PARTS, tables.part_rows(rows))
    totals = parts.totals()
    is_whole = subject == ORGANISATION
    sites = set(reach.sites_of(request.user).values_list("pk", flat=True)) if is_whole else set()
    page = paginate(request, parts.rows(), count=totals.count)
    page.object_list = [
        (part, reach.part_url(request.user, metric, part, sites))
        for part in (Part(*row) for row in page.object_list)
    ]
    context = {"metric": metric, "place": place, "page": page, "totals": totals, "fresh": fresh}
    context["value_words"] = format_value(totals.value, metric.unit, totals.n)
    context |= {"subject": subject, "first": first, "last": last}
    return render(request, "metrics/metric_rows.html", context)


def _day(request: HttpRequest, name: str) -> date | None:
    """A day from the address; anything unreadable counts as not given."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


@require_GET
def metric_records(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """The contacts or intervals that one row was counted from, each with its share of the figure."""
    rows = Observation.objects.visible_to(request.user).select_related(
        "metric", "person", "queue", "team", "site"
    )
    row = get_object_or_404(rows, pk=pk, metric__key=key)
    records = records_behind(row)
    if kind := wanted_format(request):
        name = f"{row.metric.short_name} {row.day}"
        return table_response(kind, name, tables.RECORDS, (tables.record_cells(one) for one in records))
    context = {"row": row, "metric": row.metric, "whose": tables.subject_name(row), "fresh": freshness()}
    return render(
        request, "metrics/metric_records.html", {**context, "page": paginate(request, records, 100)}
    )
