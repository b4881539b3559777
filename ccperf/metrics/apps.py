from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, post_save


class MetricsConfig(AppConfig):
    name = "ccperf.metrics"
    label = "metrics"
    verbose_name = "Measures"

    def ready(self) -> None:
        """Seed the catalogue after migrations, follow memberships, and tell when people were first seen."""
        from ccperf.metrics.moves import days_of_first_figures, follow_membership
        from ccperf.metrics.seeding import seed_after_migrate
        from ccperf.people.first_seen import register_days_seen

        register_days_seen("metrics", days_of_first_figures)
        membership = self.apps.get_model("people", "Membership")
        post_migrate.connect(seed_after_migrate, sender=self, dispatch_uid="metrics.seed")
        post_save.connect(follow_membership, sender=membership, dispatch_uid="metrics.moved")
        post_delete.connect(follow_membership, sender=membership, dispatch_uid="metrics.unmoved")
