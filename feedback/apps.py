from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FeedbackConfig(AppConfig):
    name = "feedback"
    label = "feedback"
    verbose_name = "Feedback"

    def ready(self) -> None:
        post_migrate.connect(_seed, sender=self, dispatch_uid="feedback.seed_catalogue")


def _seed(*, using: str, plan=(), apps=None, **kwargs) -> None:
    """Fill the catalogue once its tables exist; not while a migration is being undone."""
    from feedback.seeding import seed_catalogue

    if using == "default" and not any(backwards for _, backwards in plan):
        seed_catalogue()
