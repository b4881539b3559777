from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "ccperf.health"
    label = "health"
    verbose_name = "Health"
