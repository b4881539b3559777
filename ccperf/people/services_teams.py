"""Writing about teams: where they are, who is in them, who leads, who is responsible, who stands in."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.people.models import (
    Delegation,
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
from ccperf.people.services import end_row, locked_person, touch

LONGEST_DELEGATION = timedelta(days=92)


@transaction.atomic
def create_site(*, by: User, name: str) -> Site:
    """Open a site. Raises ValidationError when the name is in use."""
    site = Site(name=name.strip())
    site.full_clean()
    site.save()
    record("people.site.created", by=by, subject=site, after={"name": site.name})
    return site


@transaction.atomic
def create_team(*, by: User, site: Site, name: str) -> Team:
    """Open a team at a site. Raises ValidationError when the site has one of that name."""
    team = Team(site=site, name=name.strip())
    team.full_clean()
    team.save()
    record("people.team.created", by=by, subject=team, after={"name": team.name, "site": site.pk})
    return team


@transaction.atomic
def rename_team(*, by: User, team: Team, name: str, was: str) -> Team:
    """Give a team that is called ``was`` another name; its history stays under the same record.

    Raises StaleEdit when somebody renamed it in the meantime.
    """
    team = Team.objects.select_for_update().get(pk=team.pk)
    if team.name != was:
        raise StaleEdit
    before, team.name = team.name, name.strip()
    if before == team.name:
        return team
    team.full_clean()
    team.save(update_fields=["name"])
    record("people.team.renamed", by=by, subject=team, before={"name": before}, after={"name": team.name})
    return team


@transaction.atomic
def close_team(*, by: User, team: Team, on: date | None = None) -> Team:
    """Close an empty team. Raises ValidationError while it still has members."""
    team = Team.objects.select_for_update().get(pk=team.pk)
    on = on or today()
    if team.closed_on:
        return team
    count = Membership.objects.filter(team=team).overlapping(on, None).count()
    if count:
        people = "1 member" if count == 1 else f"{count} members"
        raise ValidationError(f"{team.name} still has {people}. Move them to another team first.")
    for row in [
        *Leadership.objects.filter(team=team).overlapping(on, None),
        *team.spans.overlapping(on, None),
    ]:
        end_row(row, on)
    team.closed_on = on
    team.save(update_fields=["closed_on"])
    record("people.team.closed", by=by, subject=team, after={"closed_on": on})
    return team


@transaction.atomic
def move_to_team(*, by: User, person: Person, version: int, team: Team | None, on: date) -> Person:
    """Let the person belong to ``team`` from ``on`` on (None: to no team).

    Earlier days keep their team, so figures of the past stay where they were made. Raises StaleEdit, or
    ValidationError when a later move is already recorded or the team is closed.
    """
    person = locked_person(person, version)
    if team and team.closed_on and team.closed_on <= on:
        raise ValidationError(f"{team.name} is closed since {team.closed_on:%-d %B %Y}. Choose another team.")
    later = Membership.objects.filter(person=person, starts_on__gt=on).select_related("team").first()
    if later:
        raise ValidationError(
            f"A move to {later.team.name} on {later.starts_on:%-d %B %Y} is already recorded. "
            "Choose a later day, or remove that move first."
        )
    current = Membership.objects.on(on).filter(person=person).first()
    if (current.team_id if current else None) == (team.pk if team else None):
        return person
    if current:
        end_row(current, on)
    if team:
        Membership.objects.create(person=person, team=team, starts_on=on)
    touch(person)
    record(
        "people.person.moved",
        by=by,
        subject=person,
        about=person,
        before={"team": current.team_id if current else None},
        after={"team": team.pk if team else None, "from": on},
    )
    return person


@transaction.atomic
def remove_future_move(*, by: User, membership: Membership) -> None:
    """Take back a move that has not happened; the team before it goes on.

    Raises ValidationError for a move of the past.
    """
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    if membership.starts_on <= today():
        raise ValidationError("This move has already happened. Record a new move instead.")
    before = Membership.objects.filter(
        person_id=membership.person_id, ends_before=membership.starts_on
    ).first()
    membership.delete()
    if before:
        before.ends_before = membership.ends_before
        before.save(update_fields=["ends_before"])
    record("people.move.withdrawn", by=by, subject=membership.person, about=membership.person)


@transaction.atomic
def appoint_leader(*, by: User, team: Team, person: Person, on: date, instead: bool = True) -> Leadership:
    """Let the person lead the team from ``on``; with ``instead`` the leaders of that day hand over.

    The former leader loses sight of the team on that day. The new one also gets the role of supervisor.
    Raises ValidationError when a later change is already recorded for this team and person.
    """
    team = Team.objects.select_for_update().get(pk=team.pk)
    running = list(Leadership.objects.filter(team=team).overlapping(on, None))
    mine = next((row for row in running if row.person_id == person.pk), None)
    if mine and mine.starts_on > on:
        raise ValidationError(
            f"{person.name} is already due to lead {team.name} from {mine.starts_on:%-d %B %Y}."
        )
    for row in running:
        if instead and row is not mine:
            end_row(row, on)
    if mine:
        return mine
    leadership = Leadership.objects.create(team=team, person=person, starts_on=on)
    _give_role(person, Role.SUPERVISOR, on)
    record(
        "people.leader.appointed",
        by=by,
        subject=team,
        about=person,
        before={"leaders": sorted(row.person_id for row in running)},
        after={"leader": person.pk, "from": on, "instead": instead},
    )
    return leadership


@transaction.atomic
def end_leadership(*, by: User, leadership: Leadership, on: date) -> None:
    """The person leads the team no longer from ``on``."""
    leadership = Leadership.objects.select_for_update().select_related("person", "team").get(pk=leadership.pk)
    end_row(leadership, on)
    record("people.leader.ended", by=by, subject=leadership.team, about=leadership.person, after={"from": on})


@transaction.atomic
def give_span(
    *, by: User, person: Person, on: date, site: Site | None = None, team: Team | None = None
) -> Span:
    """Make a manager responsible for a site or a team from ``on``; doing it again changes nothing."""
    person = locked_person(person)
    running = Span.objects.filter(person=person, site=site, team=team).overlapping(on, None).first()
    if running:
        return running
    span = Span(person=person, site=site, team=team, starts_on=on)
    span.full_clean()
    span.save()
    _give_role(person, Role.MANAGER, on)
    after = {"site": site.pk if site else None, "team": team.pk if team else None, "from": on}
    record("people.span.given", by=by, subject=person, about=person, after=after)
    return span


@transaction.atomic
def end_span(*, by: User, span: Span, on: date) -> None:
    """The manager is responsible for that site or team no longer from ``on``."""
    span = Span.objects.select_for_update().select_related("person").get(pk=span.pk)
    end_row(span, on)
    record("people.span.ended", by=by, subject=span.person, about=span.person, after={"from": on})


@transaction.atomic
def delegate(
    *, by: User, delegator: Person, deputy: Person, reason: str, first_day: date, last_day: date
) -> Delegation:
    """Let ``deputy`` see and do, from ``first_day`` to ``last_day``, what ``delegator`` may for their teams.

    Raises ValidationError when the dates are in the past, too long or overlap another delegation of the
    delegator, or when the deputy cannot sign in.
    """
    delegator = locked_person(delegator)
    _check_delegation(deputy, first_day, last_day)
    end = last_day + timedelta(days=1)
    other = (
        Delegation.objects.filter(delegator=delegator)
        .overlapping(first_day, end)
        .select_related("delegate")
        .first()
    )
    if other:
        if (other.delegate_id, other.starts_on, other.ends_before) == (deputy.pk, first_day, end):
            return other
        raise ValidationError(
            f"{other.delegate.name} already stands in from "
            f"{other.starts_on:%-d %B %Y}. End that delegation first."
        )
    row = Delegation(
        delegator=delegator, delegate=deputy, reason=reason.strip(), starts_on=first_day, ends_before=end
    )
    row.full_clean()
    row.save()
    after = {"delegate": deputy.pk, "from": first_day, "until": last_day}
    record("people.delegation.given", by=by, subject=row, about=delegator, after=after)
    return row


@transaction.atomic
def end_delegation(*, by: User, delegation: Delegation) -> None:
    """End a delegation now: from today the deputy sees nothing of it. One that has ended stays as it was."""
    delegation = Delegation.objects.select_for_update().select_related("delegator").get(pk=delegation.pk)
    if delegation.ends_before and delegation.ends_before <= today():
        return
    record("people.delegation.ended", by=by, subject=delegation, about=delegation.delegator)
    end_row(delegation, today())


def _check_delegation(deputy: Person, first_day: date, last_day: date) -> None:
    if first_day < today():
        raise ValidationError(f"{first_day:%-d %B %Y} has passed. Choose today or later.")
    if last_day < first_day:
        raise ValidationError("The last day is before the first day. Choose a later last day.")
    if last_day - first_day >= LONGEST_DELEGATION:
        raise ValidationError(
            f"A delegation lasts {LONGEST_DELEGATION.days} days at most. Change leadership instead."
        )
    if deputy.user is None or not deputy.user.is_active:
        raise ValidationError(f"{deputy.name} cannot sign in. Choose somebody with an active account.")


def _give_role(person: Person, role: str, on: date) -> None:
    if not RoleAssignment.objects.filter(person=person, role=role).overlapping(on, None).exists():
        RoleAssignment.objects.create(person=person, role=role, starts_on=on)
