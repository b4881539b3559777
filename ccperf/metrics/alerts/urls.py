from django.urls import path

from ccperf.metrics.alerts import views, views_span

app_name = "alerts"
urlpatterns = [
    path("teams/", views_span.span, name="span"),
    path("alerts/", views.alert_list, name="alert-list"),
    path("alerts/dismiss/", views.dismiss, name="dismiss"),
    path("alerts/bring-back/", views.bring_back, name="bring-back"),
]
