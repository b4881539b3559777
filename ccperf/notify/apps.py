from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "ccperf.notify"
    label = "notify"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from ccperf.notify import receivers  # noqa: F401 - connects them
