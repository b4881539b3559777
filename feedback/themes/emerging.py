"""What is decided about suggestions: made a theme, merged into one, or dismissed."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.people.models import User
from feedback.themes.curating import create_theme
from feedback.themes.models import Theme, ThemeSuggestion
from feedback.themes.services import confirm_theme, learn_anew, refuse_unused
from feedback.themes.versions import keep_first, keep_version

FIRST_EXAMPLES = 5
Status = ThemeSuggestion.Status


@transaction.atomic
def promote_suggestion(
    *, suggestion: ThemeSuggestion, by: User, name: str, attribution: str, parent: Theme | None = None
) -> Theme:
    """Make it a theme; the comments shown with it become its first confirmed ones. Safe to repeat.

    Raises ValidationError when it was dismissed or the name is taken.
    """
    suggestion = _locked(suggestion)
    if suggestion.status == Status.PROMOTED and suggestion.theme:
        return suggestion.theme
    _refuse_decided(suggestion)
    theme = create_theme(
        by=by,
        name=name,
        attribution=attribution,
        phrases=suggestion.phrases,
        parent=parent,
        origin=Theme.Origin.FOUND,
    )
    _confirm_first(suggestion, theme, by)
    _decide(suggestion, Status.PROMOTED, by, theme)
    return theme


@transaction.atomic
def merge_suggestion(*, suggestion: ThemeSuggestion, into: Theme, by: User) -> Theme:
    """It is part of a theme that exists: its phrases and most typical comments go there. Safe to repeat.

    Raises ValidationError when it was decided otherwise or the theme is no longer in use.
    """
    suggestion = _locked(suggestion)
    if suggestion.status == Status.MERGED and suggestion.theme:
        return suggestion.theme
    _refuse_decided(suggestion)
    into = Theme.objects.held().get(pk=into.pk)
    refuse_unused(into)
    keep_first(into)
    into.phrases = list(dict.fromkeys([*into.phrases, *suggestion.phrases]))
    into.version += 1
    into.save(update_fields=["phrases", "version"])
    keep_version(into, f"Took in what was found as {suggestion.name}", by)
    _confirm_first(suggestion, into, by)
    _decide(suggestion, Status.MERGED, by, into)
    learn_anew(everything=True)
    return into


@transaction.atomic
def dismiss_suggestion(*, suggestion: ThemeSuggestion, by: User) -> None:
    """Put the suggestion away; it comes back only if it grows. Safe to repeat."""
    suggestion = _locked(suggestion)
    if suggestion.status == Status.OPEN:
        _decide(suggestion, Status.DISMISSED, by, None)


# ---- inside


def _locked(suggestion: ThemeSuggestion) -> ThemeSuggestion:
    return ThemeSuggestion.objects.select_for_update().get(pk=suggestion.pk)


def _refuse_decided(suggestion: ThemeSuggestion) -> None:
    if suggestion.status != Status.OPEN:
        raise ValidationError("This suggestion is no longer open.")


def _confirm_first(suggestion: ThemeSuggestion, theme: Theme, by: User) -> None:
    members = suggestion.members.select_related("item__about_person")[:FIRST_EXAMPLES]
    for member in members:
        confirm_theme(item=member.item, theme=theme, by=by)


def _decide(suggestion: ThemeSuggestion, status: str, by: User, theme: Theme | None) -> None:
    suggestion.status, suggestion.decided_by, suggestion.theme = status, by, theme
    suggestion.decided_at, suggestion.decided_size = timezone.now(), suggestion.size
    suggestion.save()
    record(f"themes.suggestion.{status}", by=by, subject=suggestion, after={"size": suggestion.size})
