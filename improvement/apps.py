from django.apps import AppConfig


class ImprovementConfig(AppConfig):
    name = "improvement"
    label = "improvement"
    verbose_name = "Improvement"

    def ready(self) -> None:
        """Put agreed actions on the charts of the measures room."""
        from ccperf.metrics.markers import register_markers
        from improvement.markers import action_marks

        register_markers("actions", action_marks)
