"""Addresses of the retention room."""

from django.urls import path

from retention import register_views, views

app_name = "retention"
urlpatterns = [
    path("", views.patterns_page, name="patterns"),
    path("leavers/", register_views.leaver_list, name="leaver-list"),
    path("leavers/new/", register_views.leaver_create, name="leaver-create"),
    path("leavers/start/", register_views.register_start, name="register-start"),
    path("leavers/<int:pk>/", register_views.leaver_detail, name="leaver-detail"),
    path("leavers/<int:pk>/edit/", register_views.leaver_edit, name="leaver-edit"),
    path("leavers/<int:pk>/reasons/", register_views.leaver_reasons, name="leaver-reasons"),
    path("leavers/<int:pk>/remove/", register_views.leaver_remove, name="leaver-remove"),
]
