"""One click takes a signal off one's home page, another brings all of them back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from ccperf.core.identifiers import as_id
from ccperf.metrics.alerts import services
from ccperf.metrics.alerts.models import Alert
from ccperf.people.access import require_capability


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
