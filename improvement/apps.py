from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class ImprovementConfig(AppConfig):
    name = "improvement"
    label = "improvement"
    verbose_name = "Improvement"

    def ready(self) -> None:
        """Put actions on charts, say which measures they hang on; let open ones follow leadership."""
        from ccperf.metrics.dependants import register_dependants
        from ccperf.metrics.health.evidence import register_evidence
        from ccperf.metrics.markers import register_markers
        from improvement.dependants import depending_actions
        from improvement.evidence import evidence_of_actions
        from improvement.markers import action_marks
        from improvement.tasks import follow_leadership

        register_dependants("actions", depending_actions)
        register_markers("actions", action_marks)
        register_evidence("actions", evidence_of_actions)
        leadership = self.apps.get_model("people", "Leadership")
        post_save.connect(follow_leadership, sender=leadership, dispatch_uid="improvement.leads")
        post_delete.connect(follow_leadership, sender=leadership, dispatch_uid="improvement.led")
