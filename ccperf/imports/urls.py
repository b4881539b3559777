from django.urls import path

from ccperf.imports import views, views_wizard

app_name = "imports"
urlpatterns = [
    path("", views.import_list, name="import-list"),
    path("new/", views_wizard.import_new, name="import-new"),
    path("profiles/", views.profile_list, name="profile-list"),
    path("profiles/<int:pk>/delete/", views.profile_delete, name="profile-delete"),
    path("<int:pk>/", views.import_detail, name="import-detail"),
    path("<int:pk>/columns/", views_wizard.import_columns, name="import-columns"),
    path("<int:pk>/check/", views_wizard.import_check, name="import-check"),
    path("<int:pk>/values/", views_wizard.import_values, name="import-values"),
    path("<int:pk>/people/", views_wizard.import_people, name="import-people"),
    path("<int:pk>/start/", views_wizard.import_start, name="import-start"),
    path("<int:pk>/discard/", views_wizard.import_discard, name="import-discard"),
    path("<int:pk>/undo/", views.import_undo, name="import-undo"),
    path("<int:pk>/rows/", views.import_rows, name="import-rows"),
]
