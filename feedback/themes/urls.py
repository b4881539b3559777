from django.urls import path

from feedback.themes import views, views_curate, views_explore, views_moods, views_quality, views_vectors
from feedback.themes import views_comments as comments
from feedback.themes import views_taxonomy as tree

app_name = "themes"
urlpatterns = [
    path("", views.theme_list, name="theme-list"),
    path("analyse/", views_curate.run_start, name="run-start"),
    path("new/", tree.theme_create, name="theme-create"),
    path("<int:pk>/", views.theme_detail, name="theme-detail"),
    path("<int:pk>/edit/", tree.theme_update, name="theme-update"),
    path("<int:pk>/merge/", tree.theme_merge, name="theme-merge"),
    path("<int:pk>/undo-merge/", tree.merge_undo, name="merge-undo"),
    path("<int:pk>/split/", tree.theme_split, name="theme-split"),
    path("<int:pk>/retire/", tree.theme_retire, name="theme-retire"),
    path("<int:pk>/revive/", tree.theme_revive, name="theme-revive"),
    path("<int:pk>/pin/", tree.theme_pin, name="theme-pin"),
    path("<int:pk>/history/", tree.theme_history, name="theme-history"),
    path("what-if/<int:pk>/", tree.what_if, name="what-if"),
    path("map/", views_explore.theme_map, name="theme-map"),
    path("weeks/", views_explore.theme_weeks, name="theme-weeks"),
    path("groups/", views_explore.theme_groups, name="theme-groups"),
    path("act/", views_explore.opportunity_list, name="opportunity-list"),
    path("runs/", views_explore.run_list, name="run-list"),
    path("quality/", views_quality.quality_sheet, name="quality"),
    path("quality/draw/", views_quality.sample_draw, name="sample-draw"),
    path("quality/<int:pk>/check/", views_quality.sample_check, name="sample-check"),
    path("moods/", views_moods.mood_lesson, name="mood-lesson"),
    path("moods/measure/", views_moods.mood_measure, name="mood-measure"),
    path("moods/switch/", views_moods.mood_switch, name="mood-switch"),
    path("vectors/", views_vectors.vector_choice, name="vector-choice"),
    path("vectors/switch/", views_vectors.vector_switch, name="vector-switch"),
    path("reader/", comments.comment_reader, name="comment-reader"),
    path("disagreements/", comments.disagreement_list, name="disagreement-list"),
    path("<int:pk>/comments/", comments.comments_bulk, name="comments-bulk"),
    path("<int:pk>/comments/<int:item_pk>/settle/", comments.comment_settle, name="comment-settle"),
    path("comments/<int:item_pk>/", comments.comment_reading, name="comment-reading"),
    path("comments/<int:item_pk>/add/", comments.comment_add, name="comment-add"),
    path("<int:pk>/comments/<int:item_pk>/confirm/", comments.comment_confirm, name="comment-confirm"),
    path("<int:pk>/comments/<int:item_pk>/refuse/", comments.comment_refuse, name="comment-refuse"),
    path("<int:pk>/comments/<int:item_pk>/move/", comments.comment_move, name="comment-move"),
    path(
        "<int:pk>/comments/<int:item_pk>/take-back/",
        comments.comment_take_back,
        name="comment-take-back",
    ),
    path("suggestions/<int:pk>/", views_curate.suggestion_detail, name="suggestion-detail"),
    path("suggestions/<int:pk>/merge/", views_curate.suggestion_merge, name="suggestion-merge"),
    path("suggestions/<int:pk>/dismiss/", views_curate.suggestion_dismiss, name="suggestion-dismiss"),
]
