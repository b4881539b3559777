from django.apps import AppConfig


class ImprovementConfig(AppConfig):
    name = "improvement"
    label = "improvement"
    verbose_name = "Improvement"

    def ready(self) -> None:
        """Put agreed actions on the charts of the measures room, and say which measures they hang on."""
        from ccperf.metrics.dependants import register_dependants
        from ccperf.metrics.markers import register_markers
        from improvement.dependants import depending_actions
        from improvement.markers import action_marks

        register_dependants("actions", depending_actions)
        register_markers("actions", action_marks)
