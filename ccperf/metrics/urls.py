from django.urls import path

from ccperf.metrics import views

app_name = "metrics"
urlpatterns = [
    path("teams/", views.team_list, name="team-list"),
    path("teams/<int:pk>/", views.team_detail, name="team-detail"),
    path("people/<int:pk>/", views.person_detail, name="person-detail"),
    path("sites/<int:pk>/", views.site_detail, name="site-detail"),
    path("organisation/", views.organisation, name="organisation"),
    path("metrics/", views.metric_list, name="metric-list"),
    path("metrics/<slug:key>/", views.metric_detail, name="metric-detail"),
    path("metrics/<slug:key>/rows/", views.metric_rows, name="metric-rows"),
    path("metrics/<slug:key>/targets/add/", views.target_create, name="target-create"),
]
