from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ThemesConfig(AppConfig):
    name = "feedback.themes"
    label = "themes"
    verbose_name = "Themes"

    def ready(self) -> None:
        from feedback.registry import on_items_recorded, set_theme_source
        from feedback.themes.selectors import StoredThemes
        from feedback.themes.services import assign_items

        on_items_recorded(assign_items)
        set_theme_source(StoredThemes())
        post_migrate.connect(_watch, sender=self, dispatch_uid="themes.watch")
        post_migrate.connect(_seed, sender=self, dispatch_uid="themes.seed_taxonomy")


def _seed(*, using: str, plan=(), apps=None, **kwargs) -> None:
    """Fill the taxonomy once its tables exist; not while a migration is being undone."""
    from feedback.themes.taxonomy import seed_taxonomy

    if using == "default" and not any(backwards for _, backwards in plan):
        seed_taxonomy()


def _watch(*, using: str, **kwargs) -> None:
    from feedback.changes import watch
    from feedback.themes.models import Assignment, Reading

    if using == "default":
        watch(Reading)
        watch(Assignment)
