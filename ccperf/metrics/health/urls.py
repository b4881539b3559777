from django.urls import path

from ccperf.metrics.health import views

app_name = "metric_health"
urlpatterns = [
    path("health/", views.overview, name="overview"),
    path("health/check/", views.check_start, name="check-start"),
    path("<slug:key>/health/", views.metric, name="metric"),
    path("<slug:key>/health/reviews/add/", views.review_create, name="review-create"),
]
