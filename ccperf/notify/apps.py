from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "ccperf.notify"
    label = "notify"
    verbose_name = "Notifications"
