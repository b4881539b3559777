"""Taking people over from another system, many at a time.

The importer calls ``PeopleIntake.apply`` with a few hundred rows per transaction. The same rows again
change nothing. What a call changed is returned row by row, so that a whole batch can be undone.

Roles, leadership and spans decide who sees whom. They are taken over only from somebody who may give them in
the application as well; from anybody else they are passed by, and the rest of the row counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.people.models import (
    Employment,
    Leadership,
    Membership,
    Person,
    Role,
    RoleAssignment,
    Site,
    Span,
    Team,
    User,
)
from ccperf.people.services import refuse_last_administrator

Undo = list[dict]
NO_END_YEARS = 100


@dataclass(frozen=True)
class PersonRow:
    """One line about a person. Empty means: the file does not say, keep what is known."""

    employee_number: str = ""
    name: str = ""
    email: str = ""
    role: str = ""
    team: str = ""
    site: str = ""
    team_leader: str = ""
    manager: str = ""
    started_on: date | None = None
    left_on: date | None = None
    """The last day employed."""
    start_is_known: bool = True
    """False when ``started_on`` is only the first day on which a file names the person."""

    @property
    def states_start(self) -> bool:
        return self.start_is_known and self.started_on is not None


@dataclass
class PersonOutcome:
    """What became of one row: ``inserted``, ``updated``, ``unchanged`` or ``refused`` with its reason."""

    status: str = "unchanged"
    person_id: int | None = None
    reason: str = ""
    undo: Undo = field(default_factory=list)


class RowRefusedError(Exception):
    """A row that cannot be taken over; the text says why."""


def may_grant(by: User | None) -> bool:
    """Whether ``by`` may give roles, leadership and spans; a command on the server (nobody) may."""
    return by is None or by.access.can("people.manage")


class PeopleIntake:
    """Keeps what is known in memory, so that a row costs writes only and no reads."""

    def __init__(self, *, by: User | None, as_of: date | None = None, grants: bool | None = None) -> None:
        """``grants`` says whether rows may give roles and leadership; unless given, ``by`` decides."""
        self.by = by
        self.as_of = as_of or today()
        self.grants = may_grant(by) if grants is None else grants
        self.load()

    def load(self) -> None:
        """Read people and what holds for them from the database."""
        people = list(Person.objects.all())
        self.by_number = {person.employee_number: person for person in people if person.employee_number}
        self.by_name: dict[str, list[Person]] = {}
        for person in people:
            self.by_name.setdefault(_key(person.name), []).append(person)
        self.sites = {_key(site.name): site for site in Site.objects.all()}
        self.teams: dict[str, list[Team]] = {}
        for team in Team.objects.select_related("site"):
            self.teams.setdefault(_key(team.name), []).append(team)
        self.members = {row.person_id: row for row in Membership.objects.order_by("starts_on")}
        self.employments = {row.person_id: row for row in Employment.objects.order_by("starts_on")}
        self.roles = set(RoleAssignment.objects.on(self.as_of).values_list("person_id", "role"))
        self.roles_ever = set(RoleAssignment.objects.values_list("person_id", "role"))
        self.leaders = set(Leadership.objects.on(self.as_of).values_list("team_id", "person_id"))
        self.spans = set(Span.objects.on(self.as_of).values_list("team_id", "person_id"))

    @transaction.atomic
    def apply(self, rows: Sequence[PersonRow]) -> list[PersonOutcome]:
        """Take the rows over in one transaction; a row that is refused changes nothing.

        Leaders and managers are linked after all rows, since a file may name them before their own line.
        """
        rows = [self._without_no_end(row) for row in rows]
        if not self.grants:
            rows = [replace(row, role="", team_leader="", manager="") for row in rows]
        outcomes = [self._one(row) for row in rows]
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome.status != "refused" and row.team:
                self._link(row, outcome)
        counts = {
            name: sum(outcome.status == name for outcome in outcomes) for name in ("inserted", "updated")
        }
        if any(counts.values()):
            record("people.people.imported", by=self.by, after=counts)
        return outcomes

    def _without_no_end(self, row: PersonRow) -> PersonRow:
        """Personnel systems write the end of time, as 31 December 9999, where there is no last day."""
        if row.left_on and row.left_on.year > self.as_of.year + NO_END_YEARS:
            return replace(row, left_on=None)
        return row

    def _one(self, row: PersonRow) -> PersonOutcome:
        outcome = PersonOutcome()
        try:
            # Everything that can refuse comes before the first write of the row.
            known = self._known(row)
            if known:
                self._refuse_to_lock_out(known, row)
            team = self._team(row, outcome) if row.team else None
        except RowRefusedError as refusal:
            return PersonOutcome("refused", reason=str(refusal))
        person = self._person(row, known, outcome)
        outcome.person_id = person.pk
        self._employ(person, row, outcome)
        if row.role:
            self._give_role(person, row.role, outcome, row)
        if team and (not row.left_on or person.pk not in self.members):
            self._place(person, team, row, outcome)
        if row.left_on:
            self._leave(person, row.left_on, outcome)
        return outcome

    def _known(self, row: PersonRow) -> Person | None:
        if len(row.employee_number) > 60:
            raise RowRefusedError("An employee number has 60 characters at most.")
        person = self.find(row.employee_number, row.name)
        if person is None and not row.name:
            raise RowRefusedError("A new person needs a name.")
        return person

    def _refuse_to_lock_out(self, person: Person, row: PersonRow) -> None:
        """Let no last day end the rights of the only administrator; that of an earlier spell ends none."""
        spell = self.employments.get(person.pk)
        ends_now = row.left_on and not (spell and row.left_on < spell.starts_on)
        if ends_now and (person.pk, Role.ADMIN) in self.roles:
            try:
                refuse_last_administrator(person)
            except ValidationError as refusal:
                raise RowRefusedError(refusal.message) from refusal

    def _person(self, row: PersonRow, person: Person | None, outcome: PersonOutcome) -> Person:
        if person is None:
            return self._create_person(row.name, outcome, number=row.employee_number, email=row.email)
        wanted = {"name": row.name, "email": row.email, "employee_number": row.employee_number}
        before = {
            name: getattr(person, name)
            for name, value in wanted.items()
            if value and getattr(person, name) != value
        }
        if before:
            for name in before:
                setattr(person, name, wanted[name])
            person.version += 1
            person.save(update_fields=[*before, "version"])
            if row.employee_number:
                self.by_number[row.employee_number] = person
            if "name" in before:
                self.by_name.setdefault(_key(person.name), []).append(person)
            outcome.undo.append({"kind": "person", "id": person.pk, "before": before})
            _updated(outcome)
        return person

    def find(self, number: str, name: str) -> Person | None:
        """The person of that number, else the only one of that name whom no other number belongs to.

        Raises RowRefusedError when several people have the name.
        """
        if number and number in self.by_number:
            return self.by_number[number]
        same = self.by_name.get(_key(name), []) if name else []
        same = [person for person in same if not number or not person.employee_number]
        if len(same) > 1:
            raise RowRefusedError(f"{len(same)} people are called {name}. Give the employee number.")
        return same[0] if same else None

    def _create_person(
        self, name: str, outcome: PersonOutcome, *, number: str = "", email: str = ""
    ) -> Person:
        person = Person.objects.create(name=name[:160], employee_number=number or None, email=email)
        if number:
            self.by_number[number] = person
        self.by_name.setdefault(_key(name), []).append(person)
        outcome.undo.append({"kind": "created", "model": "Person", "id": person.pk})
        if outcome.person_id is None:
            outcome.status = "inserted"
        return person

    def _team(self, row: PersonRow, outcome: PersonOutcome) -> Team:
        same = self.teams.get(_key(row.team), [])
        if row.site:
            same = [team for team in same if _key(team.site.name) == _key(row.site)]
        if len(same) == 1:
            return same[0]
        if len(same) > 1:
            raise RowRefusedError(f"Several sites have a team {row.team}. Give the site too.")
        site = self._site(row, outcome)
        team = Team.objects.create(site=site, name=row.team[:120])
        self.teams.setdefault(_key(row.team), []).append(team)
        outcome.undo.append({"kind": "created", "model": "Team", "id": team.pk})
        return team

    def _site(self, row: PersonRow, outcome: PersonOutcome) -> Site:
        if not row.site:
            if len(self.sites) == 1:
                return next(iter(self.sites.values()))
            raise RowRefusedError(f"Team {row.team} is not known. Give the site it belongs to.")
        site = self.sites.get(_key(row.site))
        if site is None:
            site = self.sites[_key(row.site)] = Site.objects.create(name=row.site[:120])
            outcome.undo.append({"kind": "created", "model": "Site", "id": site.pk})
        return site

    def _employ(self, person: Person, row: PersonRow, outcome: PersonOutcome) -> None:
        spell = self.employments.get(person.pk)
        if spell is None:
            # An unknown first day is that of entry, until rows of earlier days come (``first_seen``).
            entered = min(self.as_of, timezone.localdate(person.created_at))
            first = row.started_on or (min(entered, row.left_on) if row.left_on else entered)
            spell = self._create(
                Employment, outcome, person=person, starts_on=first, start_is_known=row.states_start
            )
            self.employments[person.pk] = spell
        elif row.started_on and spell.ends_before and row.started_on >= spell.ends_before:
            spell = self._create(Employment, outcome, person=person, starts_on=row.started_on)
            self.employments[person.pk] = spell
        elif row.states_start and (row.started_on, True) != (spell.starts_on, spell.start_is_known):
            self._change(spell, outcome, starts_on=row.started_on, start_is_known=True)

    def _place(self, person: Person, team: Team, row: PersonRow, outcome: PersonOutcome) -> None:
        current = self.members.get(person.pk)
        if current and current.ends_before is None and current.team_id == team.pk:
            if row.states_start and not current.start_is_known:
                self._change(current, outcome, starts_on=row.started_on, start_is_known=True)
            return
        first = row.started_on or self.employments[person.pk].starts_on
        since = first if current is None else max(self.as_of, current.starts_on)
        if current and current.ends_before is None:
            if current.starts_on >= since:
                self._change(current, outcome, team_id=team.pk)
                return
            self._change(current, outcome, ends_before=since)
        elif current:
            since = max(first, current.ends_before)
        # Only the first team begins with the person: a later one begins when the list says so.
        is_known = current is not None or row.states_start
        self.members[person.pk] = self._create(
            Membership, outcome, person=person, team=team, starts_on=since, start_is_known=is_known
        )

    def _leave(self, person: Person, last_day: date, outcome: PersonOutcome) -> None:
        end = last_day + timedelta(days=1)
        spell = self.employments[person.pk]
        if spell.starts_on < end != spell.ends_before:
            self._change(spell, outcome, ends_before=end)
        member = self.members.get(person.pk)
        if member and member.ends_before is None and member.starts_on < end:
            self._change(member, outcome, ends_before=end)
        if outcome.status == "unchanged":
            return
        for model in (Leadership, Span, RoleAssignment):
            for row in model.objects.filter(person=person, ends_before__isnull=True, starts_on__lt=end):
                self._change(row, outcome, ends_before=end)
        user = User.objects.filter(pk=person.user_id, is_active=True).first() if end <= self.as_of else None
        if user:
            self._change(user, outcome, is_active=False)

    def _give_role(
        self, person: Person, role: str, outcome: PersonOutcome, row: PersonRow | None = None
    ) -> None:
        has_left = bool(row and row.left_on and row.left_on < self.as_of)
        if (person.pk, role) in (self.roles_ever if has_left else self.roles):
            return
        if role not in Role.values or role in (Role.ADMIN, Role.PRIVACY_OFFICER):
            # Rights over everybody's data are given in the application, by name, never by a file.
            return
        self.roles.add((person.pk, role))
        self.roles_ever.add((person.pk, role))
        held = RoleAssignment.objects.filter(person=person, role=role, ends_before__isnull=True)
        if not held.exists():
            since = self.employments[person.pk].starts_on if row else self.as_of
            self._create(RoleAssignment, outcome, person=person, role=role, starts_on=min(since, self.as_of))

    def _link(self, row: PersonRow, outcome: PersonOutcome) -> None:
        team = next(
            team
            for team in self.teams[_key(row.team)]
            if not row.site or _key(team.site.name) == _key(row.site)
        )
        for named, role, known, model in (
            (row.team_leader, Role.SUPERVISOR, self.leaders, Leadership),
            (row.manager, Role.MANAGER, self.spans, Span),
        ):
            if not named:
                continue
            try:
                person = self.by_number.get(named) or self.find("", named)
                person = person or self._create_person(named, outcome)
            except RowRefusedError as refusal:
                outcome.reason = str(refusal)
                continue
            if (team.pk, person.pk) not in known:
                known.add((team.pk, person.pk))
                # A file tells who leads now; since when, only the application knows.
                self._create(model, outcome, person=person, team=team, starts_on=self.as_of)
            self._give_role(person, role, outcome)

    def _create(self, model, outcome: PersonOutcome, **values):
        made = model.objects.create(**values)
        outcome.undo.append({"kind": "created", "model": model.__name__, "id": made.pk})
        _updated(outcome)
        return made

    def _change(self, row, outcome: PersonOutcome, **values) -> None:
        before = {name: getattr(row, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
        plain = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in before.items()
        }
        outcome.undo.append({"kind": "changed", "model": type(row).__name__, "id": row.pk, "before": plain})
        _updated(outcome)


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()


def _updated(outcome: PersonOutcome) -> None:
    if outcome.status == "unchanged":
        outcome.status = "updated"
