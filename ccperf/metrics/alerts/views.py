"""Every signal of one's teams, and the click that takes one off the home page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from ccperf.core.exports import table_response, wanted_format
from ccperf.core.identifiers import as_id
from ccperf.core.pagination import paginate
from ccperf.metrics.alerts import services
from ccperf.metrics.alerts.models import Alert
from ccperf.people.access import require_capability

HEADER = ("Since", "Team", "Measure", "Reading", "Reason", "State", "Found", "Closed", "Shortly before")


@require_GET
@require_capability("metrics.read")
def alert_list(request: HttpRequest) -> HttpResponse:
    """What moved in the reader's teams: what goes on, what ended, what is gone for another reason."""
    status = request.GET.get("status", Alert.Status.OPEN)
    status = status if status in {*Alert.Status.values, "all"} else Alert.Status.OPEN
    rows = Alert.objects.visible_to(request.user).select_related("team", "metric").defer("chart")
    rows = rows if status == "all" else rows.filter(status=status)
    rows = rows.order_by("-onset", "metric__position", "team__name")
    if kind := wanted_format(request):
        return table_response(kind, "Signals", HEADER, map(_row, rows))
    context = {
        "page": paginate(request, rows),
        "status": status,
        "may_propose": request.user.access.can("actions.propose"),
        "statuses": [*Alert.Status.choices, ("all", "All")],
    }
    return render(request, "alerts/alert_list.html", context)


def _row(alert: Alert) -> tuple:
    before = "; ".join(f"{cause['label']} ({cause['day']})" for cause in alert.causes)
    return (
        alert.onset,
        alert.team.name,
        alert.metric.name,
        alert.words,
        alert.sentence.replace("\u00a0", " "),
        alert.get_status_display(),
        alert.found_at,
        alert.closed_at,
        before,
    )


@require_POST
@require_capability("metrics.read")
def dismiss(request: HttpRequest) -> HttpResponse:
    """Put the alerts of one finding aside; 404 when none of them is in the reader's scope."""
    ids = [pk for part in request.POST.get("alerts", "").split(",") if (pk := as_id(part))]
    alerts = list(Alert.objects.visible_to(request.user).filter(pk__in=ids[:200]))
    if not alerts:
        raise Http404
    services.dismiss(by=request.user, alerts=alerts)
    messages.success(request, "Put aside. It stays on the page of the team as long as it goes on.")
    return redirect("dashboards:home")


@require_POST
@require_capability("metrics.read")
def bring_back(request: HttpRequest) -> HttpResponse:
    """Show again what this reader put aside."""
    services.bring_back(by=request.user)
    return redirect("dashboards:home")
