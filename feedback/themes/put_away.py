"""Dismissed suggestions that an analysis finds again: they stay away until enough was newly said."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedback.models import FeedbackItem
from feedback.themes.engine.discovery import SAME_GROUP, Group
from feedback.themes.engine.embedding import from_bytes, unit_rows
from feedback.themes.models import SuggestionItem, ThemeSuggestion

GROWN_BY = 0.5
MOSTLY = 0.5


@dataclass(frozen=True)
class Found:
    """Comments that may be a new theme, and the nearest theme in use with its likeness."""

    group: Group
    items: tuple[FeedbackItem, ...]
    nearest: tuple[int, float] | None

    @property
    def agents(self) -> int:
        """How many people the comments are about."""
        return len({item.about_person_id for item in self.items} - {None})

    @property
    def voices(self) -> int:
        """The same, and comments about nobody, each of which is about itself alone."""
        return self.agents + sum(item.about_person_id is None for item in self.items)


def sorted_out(
    found: Sequence[Found], known: Sequence[ThemeSuggestion]
) -> tuple[list[Found], list[tuple[ThemeSuggestion, Found]]]:
    """What was not dismissed before; and dismissed suggestions that return, with all that was found of each.

    Another grain cuts the same comments into other groups. So a group is a dismissed suggestion when half of
    its comments were put away, or when no other suggestion has a middle so near; and only comments recorded
    after the analysis that showed it make it grow.
    """
    dismissed = {row.pk: row for row in known if row.status == ThemeSuggestion.Status.DISMISSED}
    put_away = defaultdict(set)
    members = SuggestionItem.objects.filter(suggestion__in=dismissed)
    for item, suggestion in members.values_list("item_id", "suggestion_id"):
        put_away[item].add(suggestion)
    fresh: list[Found] = []
    again: dict[int, list[Found]] = defaultdict(list)
    for one in found:
        suggestion = _by_comments(one, put_away) or _by_middle(one, known)
        (again[suggestion] if suggestion in dismissed else fresh).append(one)
    back = [(dismissed[pk], _joined(parts)) for pk, parts in again.items()]
    return fresh, [(row, whole) for row, whole in back if _has_grown(row, whole)]


# ---- inside


def _by_comments(one: Found, put_away: dict[int, set[int]]) -> int | None:
    """The dismissed suggestion that most of its comments were put away with."""
    before = [put_away[item.pk] for item in one.items if item.pk in put_away]
    if len(before) < MOSTLY * len(one.items):
        return None
    return Counter(sorted(pk for suggestions in before for pk in suggestions)).most_common(1)[0][0]


def _by_middle(one: Found, known: Sequence[ThemeSuggestion]) -> int | None:
    if not known:
        return None
    likeness = unit_rows(from_bytes([row.centroid for row in known])) @ one.group.centroid
    nearest = int(likeness.argmax())
    return known[nearest].pk if likeness[nearest] >= SAME_GROUP else None


def _joined(parts: Sequence[Found]) -> Found:
    """All that was found of one suggestion, called what its largest part is called."""
    first = max(parts, key=lambda one: one.group.size)
    closeness, items = zip(
        *sorted(
            (
                (near, item)
                for one in parts
                for near, item in zip(one.group.closeness, one.items, strict=True)
            ),
            key=lambda member: -member[0],
        ),
        strict=True,
    )
    group = replace(
        first.group,
        members=tuple(row for one in parts for row in one.group.members),
        closeness=closeness,
    )
    return replace(first, group=group, items=items)


def _has_grown(row: ThemeSuggestion, whole: Found) -> bool:
    since = row.run.started_at if row.run else row.decided_at
    new = sum(since is None or item.recorded_at > since for item in whole.items)
    return new >= GROWN_BY * row.decided_size
