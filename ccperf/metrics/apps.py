from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, post_save


class MetricsConfig(AppConfig):
    name = "ccperf.metrics"
    label = "metrics"
    verbose_name = "Measures"

    def ready(self) -> None:
        """Seed the catalogue after migrations, and follow late changes of membership."""
        from ccperf.metrics.moves import follow_membership
        from ccperf.metrics.seeding import seed_after_migrate

        membership = self.apps.get_model("people", "Membership")
        post_migrate.connect(seed_after_migrate, sender=self, dispatch_uid="metrics.seed")
        post_save.connect(follow_membership, sender=membership, dispatch_uid="metrics.moved")
        post_delete.connect(follow_membership, sender=membership, dispatch_uid="metrics.unmoved")
