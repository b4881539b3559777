from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "ccperf.jobs"
    label = "jobs"
    verbose_name = "Jobs"

    def ready(self) -> None:
        """Let every app register its kinds of job; heavy libraries are imported by the handlers alone."""
        autodiscover_modules("tasks")
