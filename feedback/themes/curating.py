"""The tree of themes put in order: new, changed, split, merged, retired and pinned themes.

Every step is dated and kept, and a merge can be undone. Nothing a person said about a comment is ever lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from ccperf.audit.services import record
from ccperf.core.forms import StaleEdit
from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import Person, User
from feedback.themes.models import Assignment, Correction, Theme, ThemeMerge
from feedback.themes.services import learn_anew, refuse_unused, start_analysis
from feedback.themes.versions import keep_first, keep_version

READ_FOR = {"name", "definition", "phrases"}
"""What the engine knows a theme by: a change of it has comments read again."""


@dataclass(frozen=True)
class Part:
    """A theme to be split off."""

    name: str
    phrases: Sequence[str]


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
    metric: MetricDefinition | None = None,
    origin: str = Theme.Origin.PERSON,
) -> Theme:
    """Add a theme to the tree; comments are read for it at once.

    Raises ValidationError when its name is taken, it would make a third level or stand below one not in use.
    """
    if parent:
        parent = Theme.objects.held().get(pk=parent.pk)
        _refuse_unused_parent(parent)
    theme = Theme(
        key=_free_key(name),
        name=name.strip(),
        definition=definition.strip(),
        phrases=list(phrases),
        attribution=attribution,
        parent=parent,
        owner=owner,
        metric=metric,
        origin=origin,
    )
    _check(theme)
    theme.save()
    keep_version(theme, "Added", by)
    record("themes.theme.added", by=by, subject=theme, after={"name": theme.name, "attribution": attribution})
    learn_anew(everything=True)
    return theme


@transaction.atomic
def update_theme(*, theme: Theme, by: User, version: int, **changes: Any) -> Theme:
    """Change name, definition, phrases, attribution, parent or owner; comments are read again.

    Raises StaleEdit when somebody else saved it first, ValidationError when the theme would not be sound.
    """
    parent = changes.get("parent")
    # Both at once, in one order, before the first of them is written.
    held = {
        one.pk: one for one in Theme.objects.filter(pk__in=[one.pk for one in (theme, parent) if one]).held()
    }
    if not Theme.objects.filter(pk=theme.pk, version=version).update(version=F("version") + 1):
        raise StaleEdit
    theme = Theme.objects.select_related("parent", "owner").get(pk=theme.pk)
    if parent:
        changes["parent"] = held[parent.pk]
        if parent.pk != theme.parent_id:
            _refuse_unused_parent(held[parent.pk])
    keep_first(theme)
    before = {field: str(getattr(theme, field)) for field in changes}
    for field, value in changes.items():
        setattr(theme, field, value)
    _check(theme)
    theme.save()
    after = {field: str(getattr(theme, field)) for field in changes}
    changed = [field for field in changes if before[field] != after[field]]
    if not changed:
        return theme
    keep_version(theme, _reason(changed, before), by)
    record(
        "themes.theme.changed",
        by=by,
        subject=theme,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
    )
    if READ_FOR & set(changed):
        learn_anew(everything=True)
    return theme


@transaction.atomic
def split_theme(*, theme: Theme, parts: Sequence[Part], by: User) -> list[Theme]:
    """Make themes of its parts: below it, or beside it where it is a sub-theme itself.

    Phrases given to a part are taken from the theme. What people confirmed in it stays in it.
    Raises ValidationError when a name is taken, or with no part.
    """
    # The whole tree, for the parts may come below the theme above it.
    held = {one.pk: one for one in Theme.objects.held()}
    theme = held[theme.pk]
    refuse_unused(theme)
    if not parts:
        raise ValidationError("Name at least one part.")
    keep_first(theme)
    made = [
        create_theme(
            by=by,
            name=part.name,
            attribution=theme.attribution,
            phrases=part.phrases,
            parent=theme.parent or theme,
            owner=theme.owner,
        )
        for part in parts
    ]
    given = {phrase.lower() for part in parts for phrase in part.phrases}
    theme.phrases = [phrase for phrase in theme.phrases if phrase.lower() not in given]
    theme.version += 1
    theme.save(update_fields=["phrases", "version"])
    names = ", ".join(part.name for part in made)
    keep_version(theme, f"Split: {names}", by)
    record("themes.theme.split", by=by, subject=theme, after={"parts": names})
    return made


@transaction.atomic
def merge_theme(*, theme: Theme, into: Theme, by: User) -> Theme:
    """Comments, corrections, sub-themes and phrases of ``theme`` go to ``into``. Safe to repeat.

    Raises ValidationError for a theme and itself, for a pinned one, and where a third level would come about.
    """
    # The whole tree, for sub-themes change as well; merging two into each other at once ends in a sentence.
    held = {one.pk: one for one in Theme.objects.held()}
    theme, into = held[theme.pk], held[into.pk]
    if theme.merged_into:
        return theme.merged_into
    children = _mergeable(theme, into)
    for one in (theme, into):
        keep_first(one)
    kept = ThemeMerge(theme=theme, into=into, parent=theme.parent, by=by)
    kept.children = list(children.values_list("pk", flat=True))
    if into.parent_id == theme.pk:
        into.parent = None
    children.update(parent=into)
    kept.corrections = _carry_over(theme, into)
    kept.phrases = [phrase for phrase in [theme.name, *theme.phrases] if phrase not in into.phrases]
    kept.save()
    into.phrases = list(dict.fromkeys([*into.phrases, *kept.phrases]))
    into.version += 1
    into.save(update_fields=["phrases", "version", "parent"])
    theme.status, theme.merged_into, theme.parent = Theme.Status.MERGED, into, None
    theme.version += 1
    theme.save()
    keep_version(into, f"{theme.name} merged in", by)
    keep_version(theme, f"Merged into {into.name}", by)
    record(
        "themes.theme.merged", by=by, subject=theme, before={"name": theme.name}, after={"into": into.name}
    )
    learn_anew(everything=True)
    return into


@transaction.atomic
def undo_merge(*, theme: Theme, by: User) -> Theme:
    """Bring a merged theme back with its sub-themes and with what people said of it. Safe to repeat.

    Which other comments are about it is found by a new analysis.
    Raises ValidationError when the other theme is gone itself or the name was taken meanwhile.
    """
    held = {one.pk: one for one in Theme.objects.held()}
    theme = held[theme.pk]
    kept = theme.merges.filter(undone_at__isnull=True).select_related("into", "parent").first()
    if theme.status != Theme.Status.MERGED or kept is None:
        return theme
    into = held[kept.into_id]
    if into.status != Theme.Status.ACTIVE:
        raise ValidationError(f"{into} is no longer in use itself. Bring it back first.")
    theme.status, theme.merged_into = Theme.Status.ACTIVE, None
    parent = kept.parent
    is_possible = parent and parent.status == Theme.Status.ACTIVE and not parent.parent_id
    theme.parent = parent if is_possible else None
    theme.version += 1
    _check(theme)
    theme.save()
    Theme.objects.filter(pk__in=kept.children, parent=into).update(parent=theme)
    _carry_back(kept)
    into.phrases = [phrase for phrase in into.phrases if phrase not in kept.phrases]
    into.version += 1
    into.save(update_fields=["phrases", "version"])
    kept.undone_at = timezone.now()
    kept.save(update_fields=["undone_at"])
    keep_version(theme, f"Taken out of {into.name} again", by)
    keep_version(into, f"{theme.name} taken out again", by)
    record("themes.theme.merge_undone", by=by, subject=theme, before={"into": into.name})
    start_analysis(by=by)
    return theme


@transaction.atomic
def retire_theme(*, theme: Theme, by: User) -> Theme:
    """No comment is sorted into it any more; those it has keep it, and its page stays. Safe to repeat.

    Raises ValidationError while it is pinned or has sub-themes in use.
    """
    theme = Theme.objects.held().get(pk=theme.pk)
    if theme.status == Theme.Status.RETIRED:
        return theme
    refuse_unused(theme)
    _refuse_pinned(theme)
    if theme.children.live().exists():
        raise ValidationError(f"{theme} has sub-themes in use. Retire them, or move them to another theme.")
    return _set_status(theme, Theme.Status.RETIRED, "Retired", by)


@transaction.atomic
def revive_theme(*, theme: Theme, by: User) -> Theme:
    """Use a retired theme again. Safe to repeat. Raises ValidationError when its name was taken meanwhile."""
    theme = Theme.objects.held().get(pk=theme.pk)
    if theme.status != Theme.Status.RETIRED:
        return theme
    return _set_status(theme, Theme.Status.ACTIVE, "In use again", by)


@transaction.atomic
def pin_theme(*, theme: Theme, pinned: bool, by: User) -> Theme:
    """A pinned theme stands first and can be neither merged away nor retired. Safe to repeat."""
    if Theme.objects.filter(pk=theme.pk, pinned=not pinned).update(pinned=pinned):
        record("themes.theme.pinned" if pinned else "themes.theme.unpinned", by=by, subject=theme)
    theme.pinned = pinned
    return theme


# ---- inside


def _mergeable(theme: Theme, into: Theme):
    """The sub-themes that go along; refuses what cannot be merged."""
    if theme.pk == into.pk:
        raise ValidationError("Choose another theme to merge into.")
    refuse_unused(theme)
    refuse_unused(into)
    _refuse_pinned(theme)
    children = theme.children.exclude(pk=into.pk)
    if into.parent_id not in (None, theme.pk) and children.exists():
        raise ValidationError(f"{theme} has sub-themes of its own. Merge it into a theme of the upper level.")
    return children


def _set_status(theme: Theme, status: str, reason: str, by: User) -> Theme:
    keep_first(theme)
    theme.status = status
    theme.version += 1
    _check(theme)
    theme.save()
    keep_version(theme, reason, by)
    record(f"themes.theme.{status}", by=by, subject=theme)
    learn_anew(everything=True)
    return theme


def _refuse_pinned(theme: Theme) -> None:
    if theme.pinned:
        raise ValidationError(f"{theme} is pinned. Unpin it first.")


def _refuse_unused_parent(parent: Theme) -> None:
    if parent.status != Theme.Status.ACTIVE:
        raise ValidationError({"parent": f"{parent} is no longer in use. Choose another theme."})


def _carry_over(theme: Theme, into: Theme) -> list[int]:
    """Assignments and corrections follow the merge; where the target has its own, its own stands.

    Returns the corrections that went along.
    """
    Assignment.objects.filter(
        theme=theme, item__in=Assignment.objects.filter(theme=into).values("item")
    ).delete()
    Assignment.objects.filter(theme=theme).update(theme=into)
    taken = set(Correction.objects.filter(theme=into).values_list("item_id", "by_id"))
    kept = [row.pk for row in Correction.objects.filter(theme=theme) if (row.item_id, row.by_id) not in taken]
    for chunk in _chunks(kept):
        Correction.objects.filter(pk__in=chunk).update(theme=into)
    return kept


def _carry_back(kept: ThemeMerge) -> None:
    """What people said goes back to its theme, with the comments they had confirmed."""
    for chunk in _chunks(kept.corrections):
        Correction.objects.filter(pk__in=chunk, theme=kept.into).update(theme=kept.theme)
    said = Correction.objects.filter(theme=kept.theme).order_by("at", "pk")
    latest = dict(said.values_list("item_id", "verdict"))
    still = set(Correction.objects.filter(theme=kept.into).values_list("item_id", flat=True))
    for chunk in _chunks([item for item in latest if item not in still]):
        Assignment.objects.filter(theme=kept.into, item__in=chunk).delete()
    Assignment.objects.bulk_create(
        Assignment(item_id=item, theme=kept.theme, confidence=1.0, source=Assignment.Source.PERSON)
        for item, verdict in latest.items()
        if verdict == Correction.Verdict.RIGHT
    )


def _chunks(ids: Sequence[int], size: int = 500):
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _reason(changed: Sequence[str], before: dict[str, str]) -> str:
    if "name" in changed:
        return f"Renamed from {before['name']}"
    words = {
        "parent": "place in the tree",
        "attribution": "what it is a matter of",
        "metric": "linked measure",
    }
    return f"Changed: {', '.join(words.get(field, field) for field in changed)}"


def _check(theme: Theme) -> None:
    if theme.parent and theme.parent.parent_id:
        raise ValidationError({"parent": "Themes have two levels. Choose a theme of the upper level."})
    if theme.parent and theme.pk and theme.children.exists():
        raise ValidationError({"parent": "This theme has sub-themes, so it stays at the upper level."})
    namesakes = Theme.objects.live().filter(name__iexact=theme.name).exclude(pk=theme.pk)
    if theme.status == Theme.Status.ACTIVE and namesakes.exists():
        raise ValidationError({"name": "Another theme already has this name."})
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
