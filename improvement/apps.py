from django.apps import AppConfig


class ImprovementConfig(AppConfig):
    name = "improvement"
    label = "improvement"
    verbose_name = "Improvement"

    def ready(self) -> None:
        """Put agreed actions on the charts of the measures room, and say which measures they use."""
        from ccperf.metrics.markers import register_markers
        from ccperf.metrics.uses import register_uses
        from improvement.markers import action_marks
        from improvement.uses import action_uses

        register_markers("actions", action_marks)
        register_uses("actions", action_uses)
