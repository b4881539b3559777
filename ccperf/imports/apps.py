from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "ccperf.imports"
    label = "imports"
    verbose_name = "Imports"

    def ready(self) -> None:
        from django.utils.module_loading import autodiscover_modules

        from ccperf.imports import arrivals
        from ccperf.imports.sources import sources
        from ccperf.jobs.registry import register_panel

        arrivals.connect()
        # Each room keeps its kinds of import in importing.py.
        autodiscover_modules("importing")
        register_panel("sources", "imports/_sources.html", sources)
