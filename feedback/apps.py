from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class FeedbackConfig(AppConfig):
    name = "feedback"
    label = "feedback"
    verbose_name = "Feedback"

    def ready(self) -> None:
        from ccperf.people.first_seen import register_days_seen
        from feedback.selectors import days_of_first_feedback

        register_days_seen("feedback", days_of_first_feedback)
        pre_migrate.connect(_unwatch, sender=self, dispatch_uid="feedback.unwatch")
        post_migrate.connect(_watch, sender=self, dispatch_uid="feedback.watch")
        post_migrate.connect(_seed, sender=self, dispatch_uid="feedback.seed_catalogue")


def _seed(*, using: str, plan=(), apps=None, **kwargs) -> None:
    """Fill the catalogue once its tables exist; not while a migration is being undone."""
    from feedback.seeding import seed_catalogue

    if using == "default" and not any(backwards for _, backwards in plan):
        seed_catalogue()


def _unwatch(*, using: str, plan=(), **kwargs) -> None:
    from feedback.changes import unwatch

    if using == "default" and plan:
        unwatch()


def _watch(*, using: str, **kwargs) -> None:
    from ccperf.people.models import Team
    from feedback.changes import watch
    from feedback.models import FeedbackItem

    if using == "default":
        watch(FeedbackItem)
        watch(Team)
