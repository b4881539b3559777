"""Two addresses for machines: is the web server up, and can the centre do its work."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ccperf.health.checks import findings


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The web server answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, broker, worker and jobs: 200 when all are well, else 503 and which is not."""
    found = findings()
    ready = all(finding.ok for finding in found)
    answer = {
        "ready": ready,
        "checks": {finding.name: {"ok": finding.ok, "detail": finding.detail} for finding in found},
    }
    return JsonResponse(answer, status=200 if ready else 503)
