from django.urls import path

from ccperf.metrics import (
    studio_views,
    target_views,
    views,
    views_days,
    views_rows,
    views_saved,
    views_subjects,
)

app_name = "metrics"
urlpatterns = [
    path("teams/<int:pk>/", views_subjects.team_detail, name="team-detail"),
    path("people/<int:pk>/", views_subjects.person_detail, name="person-detail"),
    path("sites/<int:pk>/", views_subjects.site_detail, name="site-detail"),
    path("organisation/", views_subjects.organisation, name="organisation"),
    path("days/", views_days.day, name="day"),
    path("days/intervals/", views_days.day_intervals, name="day-intervals"),
    path("views/", views_saved.view_list, name="view-list"),
    path("views/add/", views_saved.view_create, name="view-create"),
    path("views/<int:pk>/", views_saved.view_edit, name="view-edit"),
    path("views/<int:pk>/delete/", views_saved.view_delete, name="view-delete"),
    path("metrics/", views.metric_list, name="metric-list"),
    path("metrics/new/", studio_views.metric_new, name="metric-new"),
    path("metrics/check/", studio_views.metric_check, name="metric-check"),
    path("metrics/<slug:key>/", views.metric_detail, name="metric-detail"),
    path("metrics/<slug:key>/rows/", views_rows.metric_rows, name="metric-rows"),
    path("metrics/<slug:key>/rows/<int:pk>/", views_rows.metric_records, name="metric-records"),
    path("metrics/<slug:key>/draft/", studio_views.draft_detail, name="draft-detail"),
    path("metrics/<slug:key>/draft/edit/", studio_views.draft_edit, name="draft-edit"),
    path("metrics/<slug:key>/draft/publish/", studio_views.draft_publish, name="draft-publish"),
    path("metrics/<slug:key>/draft/discard/", studio_views.draft_discard, name="draft-discard"),
    path("metrics/<slug:key>/withdraw/", studio_views.version_withdraw, name="version-withdraw"),
    path("metrics/<slug:key>/retire/", studio_views.metric_retire, name="metric-retire"),
    path("metrics/<slug:key>/restore/", studio_views.metric_restore, name="metric-restore"),
    path("metrics/<slug:key>/targets/", target_views.target_list, name="target-list"),
    path("metrics/<slug:key>/targets/add/", target_views.target_create, name="target-create"),
    path("metrics/<slug:key>/targets/<int:pk>/end/", target_views.target_end, name="target-end"),
]
