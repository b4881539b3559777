from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StrategyConfig(AppConfig):
    name = "strategy"
    label = "strategy"
    verbose_name = "Strategy"

    def ready(self) -> None:
        """Mark changes on charts, and seed what every database starts with."""
        from ccperf.metrics.markers import register_markers
        from ccperf.metrics.uses import register_uses
        from strategy.markers import change_marks
        from strategy.seeding import seed_after_migrate
        from strategy.uses import objective_uses

        register_markers("changes", change_marks)
        register_uses("objectives", objective_uses)
        post_migrate.connect(seed_after_migrate, sender=self, dispatch_uid="strategy.seed")
