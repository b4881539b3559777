"""The same said of several comments at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from ccperf.people.models import User
from feedback.models import FeedbackItem
from feedback.themes.models import Theme
from feedback.themes.services import confirm_theme, move_theme, refuse_theme

MOST = 200
WORDS = {"confirm": "confirmed", "refuse": "taken out", "move": "moved"}


@dataclass(frozen=True)
class Done:
    """How many comments it was said of, and how many were no longer there."""

    what: str
    said: int
    gone: int

    @property
    def sentence(self) -> str:
        words = f"{self.said} comment{'' if self.said == 1 else 's'} {WORDS[self.what]}."
        return f"{words} {self.gone} could not be found any more." if self.gone else words


@transaction.atomic
def say_of_many(*, user: User, pairs: Iterable[tuple[int, int]], what: str, to: Theme | None = None) -> Done:
    """Confirm, refuse or move each (item, theme) that the user may read; all or nothing."""
    pairs = list(dict.fromkeys(pairs))
    readable = FeedbackItem.objects.visible_to(user).standing().select_related("about_person")
    items = readable.in_bulk([item for item, _ in pairs])
    # All at once, and held in one order, before anything is said of the first.
    named = {theme for _, theme in pairs} | ({to.pk} if to else set())
    themes = {one.pk: one for one in Theme.objects.visible_to(user).live().filter(pk__in=named).held()}
    known = [(items[item], themes[theme]) for item, theme in pairs if item in items and theme in themes]
    for item, theme in known:
        if what == "confirm":
            confirm_theme(item=item, theme=theme, by=user)
        elif what == "refuse":
            refuse_theme(item=item, theme=theme, by=user)
        elif to and to.pk != theme.pk:
            move_theme(item=item, wrong=theme, right=to, by=user)
    return Done(what, len(known), len(pairs) - len(known))
