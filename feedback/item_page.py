"""The page of one piece of feedback: its story, its place in the loop, and what its reader may do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.timezone import localtime

from ccperf.core.dates import day_words
from ccperf.people.models import Leadership, User
from feedback.models import FeedbackEvent, FeedbackItem
from feedback.registry import ThemeLabel, theme_source
from feedback.selectors import State, state_of


@dataclass(frozen=True)
class HistoryStep:
    """One step of an item's story."""

    title: str
    at: Any
    icon: str
    text: str = ""
    note: str = ""
    done: bool = True


@dataclass(frozen=True)
class ItemPage:
    """An item as its page shows it."""

    item: FeedbackItem
    state: State
    history: list[HistoryStep]
    themes: Sequence[ThemeLabel]
    actions: Sequence[Any]
    leaders: Sequence[str]
    is_subject: bool
    may_edit: bool
    may_share: bool
    chain: list[dict[str, Any]] = field(default_factory=list)


_ICONS = {
    FeedbackEvent.Kind.EDITED: "pencil",
    FeedbackEvent.Kind.SHARED: "eye",
    FeedbackEvent.Kind.ACKNOWLEDGED: "check-lg",
    FeedbackEvent.Kind.REPLIED: "reply",
    FeedbackEvent.Kind.ANSWERED: "reply",
    FeedbackEvent.Kind.WITHDRAWN: "slash-circle",
}


def item_page(item: FeedbackItem, user: User) -> ItemPage:
    """Everything the page of an item needs, in four queries."""
    is_subject = item.about_person_id is not None and item.about_person_id == user.access.person_id
    may_change = user.access.can("feedback.log") and not is_subject and item.withdrawn_at is None
    themes = theme_source().labels([item.pk]).get(item.pk, ())
    actions = list(item.improvement_actions.visible_to(user)[:5])
    return ItemPage(
        item=item,
        state=state_of(item),
        history=_history(item),
        themes=themes,
        actions=actions,
        leaders=_leaders(item),
        is_subject=is_subject,
        may_edit=may_change,
        may_share=may_change
        and user.access.can("feedback.share")
        and item.about_person_id is not None
        and item.shared_at is None,
        chain=_chain(item, themes if user.access.can("themes.read") else _unlinked(themes), actions),
    )


def _history(item: FeedbackItem) -> list[HistoryStep]:
    person = getattr(item.recorded_by, "person", None) if item.recorded_by_id else None
    writer = person.name if person else str(item.recorded_by or "")
    first = "Imported" if item.batch_id else f"Noted by {writer}" if writer else "Noted"
    steps = [HistoryStep(first, item.recorded_at, "pencil", note=f"By the route {item.route.name}.")]
    for event in item.events.all():
        note = ""
        title = f"{event.by_name} {event.get_kind_display()}"
        if event.kind == FeedbackEvent.Kind.SHARED:
            title = f"Shared with {item.about_person} by {event.by_name}"
        elif event.kind == FeedbackEvent.Kind.ACKNOWLEDGED:
            note = "Read; that is not the same as agreed."
        elif event.kind == FeedbackEvent.Kind.EDITED:
            note = "The words before:" if event.text else "Not the words."
        steps.append(HistoryStep(title, event.at, _ICONS[FeedbackEvent.Kind(event.kind)], event.text, note))
    due = item.share_due_on
    if due:
        steps.append(HistoryStep("Share", None, "circle", note=f"Due {day_words(due)}.", done=False))
    return steps


def _leaders(item: FeedbackItem) -> list[str]:
    if item.team_id is None:
        return []
    leading = Leadership.objects.on().filter(team_id=item.team_id).select_related("person")
    return [leadership.person.name for leadership in leading]


def _unlinked(themes: Sequence[ThemeLabel]) -> list[ThemeLabel]:
    """The names of themes for somebody who may not open their pages."""
    return [replace(theme, url="") for theme in themes]


def _chain(item: FeedbackItem, themes: Sequence[ThemeLabel], actions: Sequence[Any]) -> list[dict[str, Any]]:
    """The record's place in the loop, from the route it came by to telling people what came of it."""
    first = actions[0] if actions else None
    outcome = first.verdict_words if first and first.verdict else ""
    return [
        {
            "step": "Route",
            "icon": "signpost-split",
            "text": item.route.name,
            "url": item.route.get_absolute_url(),
        },
        {"step": "Feedback", "icon": "chat-left-text", "text": "This page", "here": True},
        {
            "step": "Theme",
            "icon": "tags",
            "text": themes[0].name if themes else "None found yet",
            "url": themes[0].url if themes else "",
            "open": not themes,
        },
        {
            "step": "Action",
            "icon": "check2-square",
            "text": first.title if first else "None yet",
            "url": first.get_absolute_url() if first else "",
            "open": first is None,
        },
        {"step": "Outcome", "icon": "graph-up", "text": outcome or "Not known yet", "open": not outcome},
        {
            "step": "Told back",
            "icon": "megaphone",
            "text": day_words(localtime(item.answered_at).date()) if item.answered_at else "Not yet",
            "open": item.answered_at is None,
        },
    ]
