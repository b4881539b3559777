from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "ccperf.metrics.alerts"
    label = "alerts"
    verbose_name = "Alerts"

    def ready(self) -> None:
        """Look for new signals whenever sums were brought up to date."""
        from ccperf.metrics.alerts.services import start_look
        from ccperf.metrics.tasks import on_sums_refreshed

        on_sums_refreshed(start_look)
