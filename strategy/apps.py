from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StrategyConfig(AppConfig):
    name = "strategy"
    label = "strategy"
    verbose_name = "Strategy"

    def ready(self) -> None:
        """Mark changes on charts, say what hangs on a measure, and seed what every database starts with."""
        from ccperf.metrics.dependants import register_dependants
        from ccperf.metrics.health.evidence import register_evidence
        from ccperf.metrics.markers import register_markers
        from strategy.dependants import depending_objectives
        from strategy.evidence import evidence_of_strategy
        from strategy.markers import change_marks
        from strategy.seeding import seed_after_migrate

        register_dependants("objectives", depending_objectives)
        register_markers("changes", change_marks)
        register_evidence("strategy", evidence_of_strategy)
        post_migrate.connect(seed_after_migrate, sender=self, dispatch_uid="strategy.seed")
