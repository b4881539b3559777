from django.urls import path

from ccperf.metrics.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.alert_list, name="alert-list"),
    path("dismiss/", views.dismiss, name="dismiss"),
    path("bring-back/", views.bring_back, name="bring-back"),
]
