from django.urls import path

from feedback.themes import views, views_curate

app_name = "themes"
urlpatterns = [
    path("", views.theme_list, name="theme-list"),
    path("analyse/", views_curate.run_start, name="run-start"),
    path("new/", views_curate.theme_create, name="theme-create"),
    path("<int:pk>/", views.theme_detail, name="theme-detail"),
    path("<int:pk>/edit/", views_curate.theme_update, name="theme-update"),
    path("<int:pk>/merge/", views_curate.theme_merge, name="theme-merge"),
    path("<int:pk>/comments/<int:item_pk>/confirm/", views.comment_confirm, name="comment-confirm"),
    path("<int:pk>/comments/<int:item_pk>/refuse/", views.comment_refuse, name="comment-refuse"),
    path("<int:pk>/comments/<int:item_pk>/move/", views.comment_move, name="comment-move"),
    path("<int:pk>/comments/<int:item_pk>/take-back/", views.comment_take_back, name="comment-take-back"),
    path("suggestions/<int:pk>/", views_curate.suggestion_detail, name="suggestion-detail"),
    path("suggestions/<int:pk>/dismiss/", views_curate.suggestion_dismiss, name="suggestion-dismiss"),
]
