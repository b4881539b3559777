"""One box over people, feedback, themes, actions, objectives and changes, each within the reader's scope."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from ccperf.core.likeness import holding_or_like
from ccperf.people.models import Person, Team, User
from feedback.item_columns import items_of
from feedback.models import FeedbackItem
from feedback.selectors import Filters
from feedback.themes.models import Theme
from improvement.models import ImprovementAction
from strategy.models import Change, Objective

SHOWN = 8
SHORTEST = 2


@dataclass(frozen=True)
class Hit:
    """One line of the answer; without an address it is only named."""

    title: str
    detail: str
    url: str


@dataclass(frozen=True)
class HitGroup:
    """What one room found; ``more_url`` leads to its own list when there is more."""

    title: str
    icon: str
    hits: list[Hit]
    more_url: str = ""


def search(user: User, words: str) -> list[HitGroup]:
    """What the user may see that holds every word, or names like it; one query for each room.

    Comments must hold the words themselves: among thousands of sentences something is always alike.
    """
    terms = words.split()[:8]
    if sum(len(term) for term in terms) < SHORTEST:
        return []
    groups = (room(user, terms) for room in ROOMS)
    return [group for group in groups if group and group.hits]


def _group(title: str, icon: str, hits: list[Hit], more: str, terms: list[str]) -> HitGroup:
    query = urlencode({"q": " ".join(terms)})
    more_url = f"{reverse(more)}?{query}" if more and len(hits) > SHOWN else ""
    return HitGroup(title, icon, hits[:SHOWN], more_url)


def _people(user: User, terms: list[str]) -> HitGroup:
    may_manage = user.access.can("people.manage")
    found = holding_or_like(Person.objects.visible_to(user), terms, "name", "employee_number")
    led = bool(user.access.scope_team_ids)

    def url(person: Person) -> str:
        if may_manage:
            return reverse("people:person-edit", args=[person.pk])
        return person.get_absolute_url() if led or person.pk == user.access.person_id else ""

    hits = [Hit(p.name, p.employee_number or "", url(p)) for p in found[: SHOWN + 1]]
    return _group("People", "person", hits, "people:person-list" if may_manage else "", terms)


def _teams(user: User, terms: list[str]) -> HitGroup:
    found = holding_or_like(Team.objects.visible_to(user).open(), terms, "name", "site__name")
    may_manage = user.access.can("people.manage")

    def url(team: Team) -> str:
        if may_manage:
            return reverse("people:team-edit", args=[team.pk])
        return team.get_absolute_url() if team.pk in user.access.scope_team_ids else ""

    rows = found.select_related("site")[: SHOWN + 1]
    hits = [Hit(f"Team {team.name}", team.site.name, url(team)) for team in rows]
    return _group("Teams", "people", hits, "people:team-list" if may_manage else "", terms)


def _feedback(user: User, terms: list[str]) -> HitGroup:
    readable = items_of(user)
    found = readable.narrowed(Filters(words=" ".join(terms))) & ~readable.columns["withdrawn"]
    newest = readable.newest(found)[: SHOWN + 1]
    rows = FeedbackItem.objects.visible_to(user).filter(pk__in=newest).select_related("about_person", "route")
    hits = [
        Hit(
            item.headline,
            f"{item.code}, {item.route.name}, {item.about_person or 'about no person'}",
            item.get_absolute_url(),
        )
        for item in rows
    ]
    return _group("Feedback", "chat-left-text", hits, "feedback:item-list", terms)


def _themes(user: User, terms: list[str]) -> HitGroup:
    found = holding_or_like(Theme.objects.visible_to(user).live(), terms, "name", "definition")
    hits = [Hit(t.name, t.definition, t.get_absolute_url()) for t in found[: SHOWN + 1]]
    return _group("Themes", "tags", hits, "", terms)


def _actions(user: User, terms: list[str]) -> HitGroup:
    found = holding_or_like(ImprovementAction.objects.visible_to(user), terms, "title", "what")
    rows = found.select_related("person", "team")[: SHOWN + 1]
    hits = [
        Hit(
            a.title,
            f"{a.code}, {a.person or f'team {a.team}'}, {a.get_status_display().lower()}",
            a.get_absolute_url(),
        )
        for a in rows
    ]
    return _group("Actions", "check2-square", hits, "improvement:action-list", terms)


def _strategy(user: User, terms: list[str]) -> HitGroup:
    objectives = holding_or_like(Objective.objects.visible_to(user), terms, "title", "description")
    changes = holding_or_like(Change.objects.visible_to(user), terms, "title", "description")
    hits = [Hit(o.title, "Objective", o.get_absolute_url()) for o in objectives[:SHOWN]]
    hits += [
        Hit(c.title, f"Change, {c.get_status_display().lower()}", c.get_absolute_url())
        for c in changes[:SHOWN]
    ]
    return HitGroup("Objectives and changes", "flag", hits)


ROOMS: tuple[Callable[[User, list[str]], HitGroup], ...] = (
    _people,
    _teams,
    _feedback,
    _themes,
    _actions,
    _strategy,
)
