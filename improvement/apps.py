from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class ImprovementConfig(AppConfig):
    name = "improvement"
    label = "improvement"
    verbose_name = "Improvement"

    def ready(self) -> None:
        """Put agreed actions on the charts of the measures room; let open ones follow leadership."""
        from ccperf.metrics.markers import register_markers
        from improvement.markers import action_marks
        from improvement.tasks import follow_leadership

        register_markers("actions", action_marks)
        leadership = self.apps.get_model("people", "Leadership")
        post_save.connect(follow_leadership, sender=leadership, dispatch_uid="improvement.leads")
        post_delete.connect(follow_leadership, sender=leadership, dispatch_uid="improvement.led")
