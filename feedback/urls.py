from django.urls import path

from feedback import views, views_routes

app_name = "feedback"
urlpatterns = [
    path("", views.item_list, name="item-list"),
    path("log/", views.item_log, name="item-log"),
    path("log/suggest/", views.item_suggest, name="item-suggest"),
    path("share/", views.item_share_many, name="item-share-many"),
    path("<int:pk>/", views.item_detail, name="item-detail"),
    path("<int:pk>/edit/", views.item_update, name="item-update"),
    path("<int:pk>/share/", views.item_share, name="item-share"),
    path("<int:pk>/acknowledge/", views.item_acknowledge, name="item-acknowledge"),
    path("<int:pk>/reply/", views.item_reply, name="item-reply"),
    path("<int:pk>/withdraw/", views.item_withdraw, name="item-withdraw"),
    path("routes/", views_routes.route_list, name="route-list"),
    path("routes/new/", views_routes.route_create, name="route-create"),
    path("routes/<slug:key>/", views_routes.route_detail, name="route-detail"),
    path("routes/<slug:key>/edit/", views_routes.route_update, name="route-update"),
]
