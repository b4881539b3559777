"""Putting themes right: confirming, moving, promoting, dismissing, merging; and asking for analyses.

Never loads the engine: what needs it is a job.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from ccperf.audit.services import record
from ccperf.core.forms import StaleEdit
from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.people.models import Person, User
from feedback.models import FeedbackItem
from feedback.services import name_of
from feedback.themes.kinds import ALL, LIKE_IT, NEW
from feedback.themes.models import Assignment, Correction, Theme, ThemeSuggestion

GRAINS = ("coarse", "medium", "fine")
ITEMS_PER_JOB = 2_000
FIRST_EXAMPLES = 5


def assign_items(item_ids: Sequence[int]) -> list[Job]:
    """Have these items read soon; called in the transaction that stored or reworded them."""
    ids = sorted(item_ids)
    return [
        enqueue(NEW, {"items": ids[start : start + ITEMS_PER_JOB]})
        for start in range(0, len(ids), ITEMS_PER_JOB)
    ]


def assign_item(item_id: int) -> Job:
    """Have one item read soon."""
    return assign_items([item_id])[0]


@transaction.atomic
def start_analysis(*, by: User | None, grain: str = "medium", seed: int = 1) -> Job:
    """Queue a full analysis, or return the one that already waits or runs: two started become one."""
    if grain not in GRAINS:
        raise ValidationError("Choose coarse, medium or fine.")
    running = Job.objects.filter(kind=ALL, status=Job.Status.RUNNING).order_by("-pk").first()
    if running:
        return running
    job = enqueue(ALL, {"grain": grain, "seed": seed}, by=by, key=ALL)
    record("themes.run.started", by=by, subject=job, after={"grain": grain})
    return job


def start_analysis_if_new() -> Job | None:
    """Queue a full analysis when feedback was recorded after the last one began."""
    last = Job.objects.filter(kind=ALL).order_by("-pk").values_list("created_at", flat=True).first()
    items = FeedbackItem.objects.filter(recorded_at__gt=last) if last else FeedbackItem.objects.all()
    return start_analysis(by=None) if items.exists() else None


@transaction.atomic
def confirm_theme(*, item: FeedbackItem, theme: Theme, by: User) -> None:
    """A person says that the item carries the theme. Holds at once and through every later analysis."""
    _refuse_unused(theme)
    if not _say(item, theme, Correction.Verdict.RIGHT, by):
        return
    changed = Assignment.objects.filter(item=item, theme=theme).update(
        source=Assignment.Source.PERSON, confidence=1.0, updated_at=timezone.now()
    )
    if not changed:
        Assignment.objects.create(item=item, theme=theme, source=Assignment.Source.PERSON, confidence=1.0)
    record(
        "themes.assignment.confirmed",
        by=by,
        subject=item,
        about=item.about_person,
        after={"theme": theme.key},
    )
    _learn(theme)


@transaction.atomic
def refuse_theme(*, item: FeedbackItem, theme: Theme, by: User) -> None:
    """A person says that the item does not carry the theme."""
    if not _say(item, theme, Correction.Verdict.WRONG, by):
        return
    Assignment.objects.filter(item=item, theme=theme).delete()
    record(
        "themes.assignment.refused", by=by, subject=item, about=item.about_person, before={"theme": theme.key}
    )
    _learn(theme)


@transaction.atomic
def move_theme(*, item: FeedbackItem, wrong: Theme, right: Theme, by: User) -> None:
    """The item belongs to another theme.

    Raises ValidationError when both are the same or the new one is no longer in use.
    """
    if wrong.pk == right.pk:
        raise ValidationError("It is already in this theme. Choose another one.")
    _refuse_unused(right)
    refuse_theme(item=item, theme=wrong, by=by)
    confirm_theme(item=item, theme=right, by=by)


@transaction.atomic
def take_back(*, item: FeedbackItem, theme: Theme, by: User) -> None:
    """Forget what ``by`` said of the item and theme; the engine reads the item again. Safe to repeat.

    What others said still stands.
    """
    own, _ = Correction.objects.filter(item=item, theme=theme, by=by).delete()
    if not own:
        return
    said = Correction.objects.filter(item=item, theme=theme).order_by("-at", "-pk").first()
    if said and said.verdict == Correction.Verdict.RIGHT:
        Assignment.objects.update_or_create(
            item=item, theme=theme, defaults={"source": Assignment.Source.PERSON, "confidence": 1.0}
        )
    else:
        Assignment.objects.filter(item=item, theme=theme).update(
            source=Assignment.Source.ENGINE, updated_at=timezone.now()
        )
    record(
        "themes.assignment.taken_back",
        by=by,
        subject=item,
        about=item.about_person,
        before={"theme": theme.key},
    )
    assign_item(item.pk)
    _learn(theme)


@transaction.atomic
def create_theme(
    *,
    by: User,
    name: str,
    attribution: str,
    definition: str = "",
    phrases: Sequence[str] = (),
    parent: Theme | None = None,
    owner: Person | None = None,
    origin: str = Theme.Origin.PERSON,
) -> Theme:
    """Add a theme to the tree; comments are read for it at once.

    Raises ValidationError when its name is taken or it would make a third level.
    """
    theme = Theme(
        key=_free_key(name),
        name=name.strip(),
        definition=definition.strip(),
        phrases=list(phrases),
        attribution=attribution,
        parent=parent,
        owner=owner,
        origin=origin,
    )
    _check(theme)
    theme.save()
    record("themes.theme.added", by=by, subject=theme, after={"name": theme.name, "attribution": attribution})
    _learn(theme)
    return theme


@transaction.atomic
def update_theme(*, theme: Theme, by: User, version: int, **changes: Any) -> Theme:
    """Change name, definition, phrases, attribution, parent or owner; comments are read again.

    Raises StaleEdit when somebody else saved it first, ValidationError when the theme would not be sound.
    """
    if not Theme.objects.filter(pk=theme.pk, version=version).update(version=F("version") + 1):
        raise StaleEdit
    theme = Theme.objects.get(pk=theme.pk)
    before = {field: str(getattr(theme, field)) for field in changes}
    for field, value in changes.items():
        setattr(theme, field, value)
    _check(theme)
    theme.save()
    after = {field: str(getattr(theme, field)) for field in changes}
    changed = [field for field in changes if before[field] != after[field]]
    record(
        "themes.theme.changed",
        by=by,
        subject=theme,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
    )
    if {"name", "definition", "phrases"} & set(changed):
        _learn(theme)
    return theme


@transaction.atomic
def merge_theme(*, theme: Theme, into: Theme, by: User) -> Theme:
    """Comments, corrections, sub-themes and phrases of ``theme`` go to ``into``. Safe to repeat.

    Raises ValidationError when that would merge a theme with itself or make a third level.
    """
    theme = Theme.objects.select_for_update().get(pk=theme.pk)
    if theme.merged_into:
        return theme.merged_into
    if theme.pk == into.pk:
        raise ValidationError("Choose another theme to merge into.")
    _refuse_unused(into)
    children = theme.children.all()
    if into.parent_id and children.exclude(pk=into.pk).exists():
        raise ValidationError(f"{theme} has sub-themes of its own. Merge it into a theme of the upper level.")
    if into.parent_id == theme.pk:
        into.parent = None
        into.save(update_fields=["parent"])
    children.exclude(pk=into.pk).update(parent=into)
    _carry_over(theme, into)
    into.phrases = list(dict.fromkeys([*into.phrases, theme.name, *theme.phrases]))
    into.version += 1
    into.save(update_fields=["phrases", "version"])
    theme.status, theme.merged_into, theme.parent = Theme.Status.MERGED, into, None
    theme.version += 1
    theme.save()
    record(
        "themes.theme.merged", by=by, subject=theme, before={"name": theme.name}, after={"into": into.name}
    )
    _learn(into)
    return into


@transaction.atomic
def promote_suggestion(
    *, suggestion: ThemeSuggestion, by: User, name: str, attribution: str, parent: Theme | None = None
) -> Theme:
    """Make it a theme; the comments shown with it become its first confirmed ones. Safe to repeat.

    Raises ValidationError when it was dismissed or the name is taken.
    """
    suggestion = ThemeSuggestion.objects.select_for_update().get(pk=suggestion.pk)
    if suggestion.status == ThemeSuggestion.Status.PROMOTED and suggestion.theme:
        return suggestion.theme
    if suggestion.status != ThemeSuggestion.Status.OPEN:
        raise ValidationError("This suggestion is no longer open.")
    theme = create_theme(
        by=by,
        name=name,
        attribution=attribution,
        phrases=suggestion.phrases,
        parent=parent,
        origin=Theme.Origin.FOUND,
    )
    members = suggestion.members.select_related("item__about_person")[:FIRST_EXAMPLES]
    for member in members:
        confirm_theme(item=member.item, theme=theme, by=by)
    suggestion.theme = theme
    _decide(suggestion, ThemeSuggestion.Status.PROMOTED, by)
    return theme


@transaction.atomic
def dismiss_suggestion(*, suggestion: ThemeSuggestion, by: User) -> None:
    """Put the suggestion away; it comes back only if it grows. Safe to repeat."""
    suggestion = ThemeSuggestion.objects.select_for_update().get(pk=suggestion.pk)
    if suggestion.status == ThemeSuggestion.Status.OPEN:
        _decide(suggestion, ThemeSuggestion.Status.DISMISSED, by)


# ---- inside


def _say(item: FeedbackItem, theme: Theme, verdict: str, by: User) -> bool:
    """Store what ``by`` says; False when they said so last and nobody has differed since."""
    last = Correction.objects.filter(item=item, theme=theme).order_by("-at", "-pk").first()
    if last and last.by_id == by.pk and last.verdict == verdict:
        return False
    Correction.objects.update_or_create(
        item=item,
        theme=theme,
        by=by,
        defaults={"verdict": verdict, "at": timezone.now(), "by_name": name_of(by)},
    )
    return True


def _learn(theme: Theme) -> None:
    enqueue(LIKE_IT, {"theme": theme.pk}, key=f"{LIKE_IT}.{theme.pk}", title=f"Learning what {theme} means")


def _decide(suggestion: ThemeSuggestion, status: str, by: User) -> None:
    suggestion.status, suggestion.decided_by = status, by
    suggestion.decided_at, suggestion.decided_size = timezone.now(), suggestion.size
    suggestion.save()
    record(f"themes.suggestion.{status}", by=by, subject=suggestion, after={"size": suggestion.size})


def _carry_over(theme: Theme, into: Theme) -> None:
    """Assignments and corrections follow the merge; where the target has its own, its own stands."""
    Assignment.objects.filter(
        theme=theme, item__in=Assignment.objects.filter(theme=into).values("item")
    ).delete()
    Assignment.objects.filter(theme=theme).update(theme=into)
    taken = set(Correction.objects.filter(theme=into).values_list("item_id", "by_id"))
    kept = [row.pk for row in Correction.objects.filter(theme=theme) if (row.item_id, row.by_id) not in taken]
    for start in range(0, len(kept), 500):
        Correction.objects.filter(pk__in=kept[start : start + 500]).update(theme=into)


def _refuse_unused(theme: Theme) -> None:
    if theme.status != Theme.Status.ACTIVE:
        raise ValidationError(f"{theme} is no longer in use. Choose another theme.")


def _check(theme: Theme) -> None:
    if theme.parent and theme.parent.parent_id:
        raise ValidationError({"parent": "Themes have two levels. Choose a theme of the upper level."})
    if theme.parent and theme.pk and theme.children.exists():
        raise ValidationError({"parent": "This theme has sub-themes, so it stays at the upper level."})
    theme.full_clean()


def _free_key(name: str) -> str:
    stem = slugify(name)[:50] or "theme"
    taken = set(Theme.objects.filter(key__startswith=stem).values_list("key", flat=True))
    number = 1
    key = stem
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key
