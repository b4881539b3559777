"""The frame of every page: which rooms each role finds where, and what waits in the inbox."""

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.text import slugify

from ccperf.people.models import Role
from ccperf.people.scope import Access


@dataclass(frozen=True)
class Place:
    """One entry of the rail: label, icon, address name and the capability that opens it."""

    label: str
    icon: str
    name: str
    needs: str = ""


@dataclass(frozen=True)
class Link:
    label: str
    icon: str
    url: str
    is_here: bool = False
    waiting: int = 0


@dataclass(frozen=True)
class Group:
    title: str
    links: list[Link]

    @property
    def slug(self) -> str:
        return slugify(self.title)


@dataclass(frozen=True)
class Frame:
    """What base.html draws around the content."""

    name: str
    initials: str
    role: str
    unread: int
    query: str
    may_log: bool
    groups: list[Group] = field(default_factory=list)
    tabs: list[Link] = field(default_factory=list)
    account: list[Link] = field(default_factory=list)


HOME = Place("Home", "house-door", "dashboards:home")
ME = Place("My page", "person", "dashboards:me")
OWN_HOME = Place("My page", "person", "dashboards:home")
FEEDBACK = Place("Feedback", "chat-left-text", "feedback:item-list", "feedback.read")
LOG = Place("Log", "pencil-square", "feedback:item-log", "feedback.log")
ROUTES = Place("Routes", "signpost-2", "feedback:route-list", "feedback.log")
TEAMS = Place("Team performance", "graph-up", "alerts:span", "metrics.read")
COMPARISON = Place("Team comparison", "distribute-vertical", "alerts:span", "metrics.read")
ORGANISATION = Place("Organisation", "buildings", "metrics:organisation", "metrics.read")
DAY = Place("Day by half hour", "clock", "metrics:day", "metrics.read")
KEPT = Place("Kept views", "pin-angle", "metrics:view-list", "metrics.read")
MEASURES = Place("Measures", "sliders", "metrics:metric-list", "metrics.read")
THEMES = Place("Themes", "tags", "themes:theme-list", "themes.read")
OBJECTIVES = Place("Objectives", "flag", "strategy:objective-list", "strategy.read")
ACTIONS = Place("Actions", "check2-square", "improvement:action-list", "actions.read")
DECISIONS = Place("Decisions", "check2-circle", "decisions:decision-list", "actions.read")
CHANGES = Place("Changes", "calendar-range", "strategy:change-list", "strategy.read")
PATTERNS = Place("Retention patterns", "person-down", "retention:patterns", "retention.aggregates")
LEAVERS = Place("Leavers", "door-open", "retention:leaver-list", "retention.read")
IMPORTS = Place("Imports", "box-arrow-in-down", "imports:import-list", "imports.run")
JOBS = Place("Jobs", "arrow-repeat", "jobs:job-list", "jobs.read")
STUDIO = Place("Measures", "sliders", "metrics:metric-list", "metrics.catalogue")
PEOPLE = Place("People", "people", "people:person-list", "people.manage")
SITES = Place("Sites and teams", "diagram-3", "people:team-list", "people.manage")
ABSENCE = Place("Cover for absence", "person-check", "people:delegation-list", "people.delegate")
STANDARDS = Place("Standards map", "map", "dashboards:standards")

RAILS: dict[str, list[tuple[str, list[Place]]]] = {
    Role.SUPERVISOR: [
        ("", [HOME]),
        ("Listen", [FEEDBACK, ROUTES]),
        ("Understand", [TEAMS, DAY, THEMES, MEASURES, KEPT]),
        ("Act", [DECISIONS, ACTIONS, CHANGES, OBJECTIVES]),
        ("Keep going", [IMPORTS, ABSENCE]),
    ],
    Role.MANAGER: [
        ("", [HOME]),
        ("Listen", [FEEDBACK, ROUTES]),
        ("Understand", [COMPARISON, ORGANISATION, DAY, THEMES, MEASURES, KEPT, PATTERNS]),
        ("Act", [DECISIONS, ACTIONS, OBJECTIVES, CHANGES]),
        ("Keep going", [IMPORTS, ABSENCE, STANDARDS]),
    ],
    Role.HR: [
        ("", [HOME]),
        ("Understand", [PATTERNS, LEAVERS, THEMES]),
        ("Act", [OBJECTIVES, CHANGES]),
        ("Data", [IMPORTS]),
    ],
    Role.ADMIN: [
        ("", [HOME]),
        ("Data", [IMPORTS, JOBS, STUDIO]),
        ("People", [PEOPLE, SITES]),
        ("Rules", [OBJECTIVES, CHANGES, STANDARDS]),
    ],
    Role.PRIVACY_OFFICER: [("", [HOME]), ("Read", [OBJECTIVES, CHANGES, STANDARDS])],
    Role.AGENT: [
        ("", [OWN_HOME]),
        ("Mine", [FEEDBACK, DECISIONS, ACTIONS]),
        ("The centre", [OBJECTIVES, CHANGES]),
    ],
}
TABS: dict[str, list[Place]] = {
    Role.SUPERVISOR: [HOME, LOG, Place("Team", "graph-up", "alerts:span"), ACTIONS],
    Role.MANAGER: [HOME, Place("Teams", "graph-up", "alerts:span"), ACTIONS, CHANGES],
    Role.HR: [HOME, Place("Retention", "person-down", "retention:patterns"), LEAVERS, THEMES],
    Role.ADMIN: [HOME, IMPORTS, JOBS, PEOPLE],
    Role.PRIVACY_OFFICER: [HOME, OBJECTIVES, CHANGES],
    Role.AGENT: [OWN_HOME, FEEDBACK, ACTIONS, OBJECTIVES],
}


def navigation(request: HttpRequest) -> dict:
    """The template variable ``nav``, computed only by pages that draw the frame."""
    return {"nav": SimpleLazyObject(lambda: frame(request))}


def frame(request: HttpRequest) -> Frame:
    """The frame for this user; ``SignedInBackend`` has read all it shows."""
    user = request.user
    access = user.access
    role = access.home_role
    person = getattr(user, "person", None)
    return Frame(
        name=person.name if person else str(user),
        initials=person.initials if person else str(user)[:2].upper(),
        role=Role(role).label,
        unread=user.unread,
        query=request.GET.get("q", "") if request.path == reverse("dashboards:search") else "",
        may_log=access.can("feedback.log"),
        groups=groups_for(access, request.path),
        tabs=links(TABS[role], access, request.path),
        account=[
            Link(place.label, place.icon, reverse(place.name))
            for place in (ME, Place("Account and password", "key", "account"))
        ],
    )


def groups_for(access: Access, path: str) -> list[Group]:
    """The rail of this role, without the places it may not open."""
    rail = RAILS[access.home_role]
    here = _here([place for _, places in rail for place in places], access, path)
    groups = [Group(title, links(places, access, path, here)) for title, places in rail]
    return [group for group in groups if group.links]


def links(places: list[Place], access: Access, path: str, here: str | None = None) -> list[Link]:
    """The places as links; the one with the longest address that begins ``path`` is *here*."""
    here = _here(places, access, path) if here is None else here
    made = [(place, reverse(place.name)) for place in places if _opens(place, access)]
    return [Link(place.label, place.icon, url, url == here) for place, url in made]


def _opens(place: Place, access: Access) -> bool:
    return not place.needs or access.can(place.needs)


def _here(places: list[Place], access: Access, path: str) -> str:
    """The longest address among the places that begins ``path``; the home page only begins itself."""
    addresses = [reverse(place.name) for place in places if _opens(place, access)]
    begun = [url for url in addresses if path == url or (url != "/" and path.startswith(url))]
    return max(begun, key=len, default="")
