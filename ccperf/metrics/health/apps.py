from django.apps import AppConfig


class MetricHealthConfig(AppConfig):
    name = "ccperf.metrics.health"
    label = "metric_health"
    verbose_name = "Health of measures"

    def ready(self) -> None:
        """Say which reviews hang on a measure."""
        from ccperf.metrics.dependants import register_dependants
        from ccperf.metrics.health.dependants import depending_reviews

        register_dependants("health", depending_reviews)
