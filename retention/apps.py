from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RetentionConfig(AppConfig):
    name = "retention"
    label = "retention"
    verbose_name = "Retention"

    def ready(self) -> None:
        """Seed what every database starts with."""
        from retention.seeding import seed_after_migrate

        post_migrate.connect(seed_after_migrate, sender=self, dispatch_uid="retention.seed")
