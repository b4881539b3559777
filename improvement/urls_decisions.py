from django.urls import path

from improvement import views_decisions as views

app_name = "decisions"
urlpatterns = [
    path("", views.decision_list, name="decision-list"),
    path("new/", views.decision_create, name="decision-create"),
    path("<int:pk>/", views.decision_detail, name="decision-detail"),
    path("<int:pk>/change/", views.decision_change, name="decision-change"),
    path("<int:pk>/tell/", views.decision_tell, name="decision-tell"),
]
