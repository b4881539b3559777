from django.urls import path

from improvement import views, views_steps

app_name = "improvement"
urlpatterns = [
    path("actions/", views.action_list, name="action-list"),
    path("actions/new/", views.action_create, name="action-create"),
    path("actions/<int:pk>/", views.action_detail, name="action-detail"),
    path("actions/<int:pk>/answer/", views_steps.action_answer, name="action-answer"),
    path("actions/<int:pk>/change/", views_steps.action_change, name="action-change"),
    path("actions/<int:pk>/check-in/", views_steps.check_in_create, name="check-in-create"),
    path("actions/<int:pk>/close/", views_steps.action_close, name="action-close"),
    path("actions/<int:pk>/withdraw/", views_steps.action_withdraw, name="action-withdraw"),
    path("promises/<int:pk>/keep/", views_steps.promise_keep, name="promise-keep"),
]
