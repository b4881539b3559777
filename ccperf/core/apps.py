from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    name = "ccperf.core"
    label = "core"
    verbose_name = "Shared parts"

    def ready(self) -> None:
        """Let SQLite compare words as PostgreSQL does."""
        from ccperf.core.likeness import give_sqlite_likeness

        connection_created.connect(give_sqlite_likeness, dispatch_uid="core.likeness")
