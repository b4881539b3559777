from django.urls import path

from ccperf.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("me/", views.me, name="me"),
    path("search/", views.search, name="search"),
    path("standards/", views.standards, name="standards"),
    path("more/", views.more, name="more"),
]
