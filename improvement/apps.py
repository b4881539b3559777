from django.apps import AppConfig


class ImprovementConfig(AppConfig):
    name = "improvement"
    label = "improvement"
    verbose_name = "Improvement"

    def ready(self) -> None:
        """Put agreed actions on the charts of the measures room, and say which measures they use."""
        from ccperf.metrics.health.evidence import register_evidence
        from ccperf.metrics.markers import register_markers
        from improvement.evidence import evidence_of_actions
        from improvement.markers import action_marks

        register_markers("actions", action_marks)
        register_evidence("actions", evidence_of_actions)
