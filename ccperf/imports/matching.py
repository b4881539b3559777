"""Who and which team a row means: by employee number, e-mail address or a name that only one person has."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from ccperf.imports.problems import Problem
from ccperf.imports.words import fold
from ccperf.people.models import Membership, Person, Site, Team, User

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq"})
SEES_EVERYONE = frozenset({"admin", "hr"})


@dataclass(slots=True)
class Wanted:
    """Somebody a file names who is not known yet."""

    number: str = ""
    name: str = ""
    email: str = ""
    team: str = ""
    site: str = ""
    first_day: date | None = None
    last_day: date | None = None


class Matcher:
    """Keeps names in memory, so that a hundred thousand rows cost no query each.

    For a supervisor or manager the people and teams outside their scope are known, so that a row about
    them is set
    aside with a reason instead of making a second person of the same name.
    """

    def __init__(self, user: User | None = None, *, load: bool = False) -> None:
        self.user = user
        self.unknown: dict[tuple[str, str, str], Wanted] = {}
        self.unknown_places: set[tuple[str, str]] = set()
        self.allowed_people: set[int] | None = None
        self.allowed_teams: frozenset[int] | None = None
        if load:
            self.load()

    def load(self) -> None:
        """Read people, teams and sites."""
        self.unknown.clear()
        self.unknown_places.clear()
        self.numbers: dict[str, int] = {}
        self.emails: dict[str, list[int]] = defaultdict(list)
        self.names: dict[str, list[int]] = defaultdict(list)
        self.people: dict[int, str] = {}
        for pk, number, name, email in Person.objects.values_list("pk", "employee_number", "name", "email"):
            self.people[pk] = name
            if number:
                self.numbers[fold(number)] = pk
            if email:
                self.emails[fold(email)].append(pk)
            self.names[_plain_name(name)].append(pk)
        self.teams: dict[str, list[Team]] = defaultdict(list)
        self.team_sites: dict[int, int] = {}
        for team in Team.objects.select_related("site"):
            self.teams[fold(team.name)].append(team)
            self.team_sites[team.pk] = team.site_id
        self.sites = {fold(site.name): site for site in Site.objects.all()}
        self._members: dict[int, set[int]] | None = None
        self._narrow()

    def _narrow(self) -> None:
        if self.user is None or self.user.access.roles & SEES_EVERYONE:
            return
        self.allowed_people = set(
            Person.objects.performance_visible_to(self.user).values_list("pk", flat=True)
        )
        self.allowed_teams = self.user.access.scope_team_ids

    def person(
        self, *, agent: str | None = None, number: str | None = None, email: str | None = None, team: str = ""
    ) -> tuple[int | None, Problem | None]:
        """The person, or why there is none. All three empty gives neither: the row is about nobody."""
        if not (agent or number or email):
            return None, None
        found = self._find(agent or "", number or "", email or "", team)
        if isinstance(found, Problem):
            return None, found
        if self.allowed_people is not None and found not in self.allowed_people:
            return None, Problem("outside_scope", f"{self.people[found]} is not in a team of yours.")
        return found, None

    def _find(self, agent: str, number: str, email: str, team: str) -> int | Problem:
        if number:
            pk = self.numbers.get(fold(number))
            same = self.names.get(_plain_name(agent), []) if agent and pk is None else []
            if pk is None and not same:
                return Problem("unknown_person", f"Employee number {number} is not known.", True)
            if pk is not None:
                return pk
        if email and self.emails.get(fold(email)):
            return self._only(self.emails[fold(email)], email, team)
        if not agent:
            return Problem("unknown_person", f"Nobody is known as {number or email}.", True)
        word = fold(agent)
        if word in self.numbers:
            return self.numbers[word]
        same = self.emails.get(word) or self.names.get(_plain_name(agent), [])
        if not same:
            return Problem("unknown_person", f"Nobody is known as “{agent[:80]}”.", True)
        return self._only(same, agent, team)

    def _only(self, same: list[int], shown: str, team: str) -> int | Problem:
        if len(same) > 1 and team:
            ids = {one.pk for one in self.teams.get(fold(team), [])}
            same = [pk for pk in same if self.members.get(pk, set()) & ids] or same
        if len(same) == 1:
            return same[0]
        return Problem(
            "name_fits_several",
            f"{len(same)} people are called “{shown[:80]}”. Give the employee number in the file.",
        )

    @property
    def members(self) -> dict[int, set[int]]:
        """Every team a person ever belonged to, read when a name fits several people."""
        if self._members is None:
            self._members = defaultdict(set)
            for person_id, team_id in Membership.objects.values_list("person_id", "team_id"):
                self._members[person_id].add(team_id)
        return self._members

    def want(self, wanted: Wanted) -> None:
        """Remember somebody to be created, with the first day on which the file names them."""
        key = (fold(wanted.number), fold(wanted.email), "" if wanted.number else _plain_name(wanted.name))
        known = self.unknown.setdefault(key, wanted)
        if wanted.first_day and (known.first_day is None or wanted.first_day < known.first_day):
            known.first_day = wanted.first_day
        known.name = known.name or wanted.name

    def team(self, name: str | None, site: str | None = None) -> tuple[int | None, Problem | None]:
        """The team of that name, at that site where several have it."""
        if not name:
            return None, None
        same = self.teams.get(fold(name), [])
        if site:
            same = [team for team in same if fold(team.site.name) == fold(site)]
        if len(same) > 1:
            return None, Problem(
                "team_fits_several", f"Several sites have a team “{name}”. Give the site too."
            )
        if not same:
            return None, Problem("unknown_team", f"No team is known as “{name[:80]}”.", True)
        if self.allowed_teams is not None and same[0].pk not in self.allowed_teams:
            return None, Problem("outside_scope", f"Team “{same[0].name}” is not a team of yours.")
        return same[0].pk, None

    def site(self, name: str | None) -> tuple[int | None, Problem | None]:
        """The site of that name."""
        if not name:
            return None, None
        found = self.sites.get(fold(name))
        if found is None:
            return None, Problem("unknown_site", f"No site is known as “{name[:80]}”.", True)
        if self.allowed_teams is not None and found.pk not in map(self.team_sites.get, self.allowed_teams):
            return None, Problem("outside_scope", f"No team of yours is at site “{found.name}”.")
        return found.pk, None


def first_name_first(name: str) -> str:
    """``Okonkwo, Amara`` as ``Amara Okonkwo``; what follows a name, as ``Jr.``, stays behind it."""
    last, _, first = (part.strip() for part in name.partition(","))
    return f"{first} {last}" if first and fold(first).strip(".") not in SUFFIXES else name


def _plain_name(name: str) -> str:
    """A name as it is compared, in whichever order its parts are written."""
    return fold(first_name_first(name))


@dataclass(slots=True)
class People:
    """The people of a column of rows, found once for each different name."""

    matcher: Matcher
    seen: dict[tuple, tuple[int | None, Problem | None]] = field(default_factory=dict)

    def find(self, agent: str | None, number: str | None, email: str | None, team: str) -> tuple:
        key = (agent, number, email, team)
        if key not in self.seen:
            self.seen[key] = self.matcher.person(agent=agent, number=number, email=email, team=team)
        return self.seen[key]
