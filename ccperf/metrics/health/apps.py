from django.apps import AppConfig


class MetricHealthConfig(AppConfig):
    name = "ccperf.metrics.health"
    label = "metric_health"
    verbose_name = "Health of measures"
