from django.urls import path

from ccperf.notify import views

app_name = "notify"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read/", views.all_read, name="all-read"),
    path("<int:pk>/", views.open_notification, name="notification-open"),
    path("<int:pk>/read/", views.notification_read, name="notification-read"),
]
