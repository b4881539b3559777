"""All addresses, by room."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("ccperf.dashboards.urls")),
    path("", include("ccperf.health.urls")),
    path("", include("ccperf.people.urls")),
    path("accounts/", include("ccperf.people.account_urls")),
    path("", include("ccperf.metrics.alerts.urls")),
    path("metrics/", include("ccperf.metrics.health.urls")),
    path("", include("ccperf.metrics.urls")),
    path("inbox/", include("ccperf.notify.urls")),
    path("jobs/", include("ccperf.jobs.urls")),
    path("imports/", include("ccperf.imports.urls")),
    path("feedback/themes/", include("feedback.themes.urls")),
    path("feedback/use/", include("improvement.urls_decisions")),
    path("feedback/", include("feedback.urls")),
    path("improvement/", include("improvement.urls")),
    path("retention/", include("retention.urls")),
    path("strategy/", include("strategy.urls")),
    path("django-admin/", admin.site.urls),
]

handler400 = "ccperf.core.views.bad_request"
handler403 = "ccperf.core.views.permission_denied"
handler404 = "ccperf.core.views.not_found"
