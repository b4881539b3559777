"""Addresses of the strategy room."""

from django.urls import path

from strategy import change_views, views

app_name = "strategy"
urlpatterns = [
    path("objectives/", views.objective_list, name="objective-list"),
    path("objectives/new/", views.objective_create, name="objective-create"),
    path("objectives/<int:pk>/", views.objective_detail, name="objective-detail"),
    path("objectives/<int:pk>/edit/", views.objective_edit, name="objective-edit"),
    path("objectives/<int:pk>/confirm/", views.objective_confirm, name="objective-confirm"),
    path("objectives/<int:pk>/close/", views.objective_close, name="objective-close"),
    path("changes/", change_views.change_list, name="change-list"),
    path("changes/new/", change_views.change_nominate, name="change-nominate"),
    path("changes/<int:pk>/", change_views.change_detail, name="change-detail"),
    path("changes/<int:pk>/edit/", change_views.change_edit, name="change-edit"),
    path("changes/<int:pk>/score/", change_views.change_score, name="change-score"),
    path("changes/<int:pk>/decide/", change_views.change_decide, name="change-decide"),
    path("changes/<int:pk>/move/", change_views.change_move, name="change-move"),
]
