from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "ccperf.core"
    label = "core"
    verbose_name = "Shared parts"
