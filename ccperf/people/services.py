"""Writing about people: who they are, what roles they hold, when they come and go.

Every function is one business verb, runs in one transaction and leaves an audit event. Whether the acting
user may do it is the view's question; what may never be is decided here.
"""

from collections.abc import Collection
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from ccperf.audit.services import record
from ccperf.core.dated import DatedModel
from ccperf.core.dates import refuse_implausible_day, today
from ccperf.core.forms import StaleEdit
from ccperf.people.models import Employment, Leadership, Membership, Person, Role, RoleAssignment, Span, User


def locked_person(person: Person, version: int | None = None) -> Person:
    """The person, locked for this transaction.

    Raises StaleEdit when ``version`` is given and somebody saved a newer one.
    """
    fresh = Person.objects.select_for_update(of=("self",)).select_related("user").get(pk=person.pk)
    if version is not None and fresh.version != version:
        raise StaleEdit
    return fresh


def touch(person: Person) -> None:
    """Count an edit, so that whoever began theirs earlier is told."""
    person.version += 1
    person.save(update_fields=["version"])


@transaction.atomic
def update_person(
    *, by: User, person: Person, version: int, name: str, email: str, employee_number: str | None
) -> Person:
    """Correct name, e-mail or employee number.

    Raises StaleEdit, or ValidationError when the number is taken.
    """
    person = locked_person(person, version)
    new = {
        "name": name.strip(),
        "email": email.strip(),
        "employee_number": (employee_number or "").strip() or None,
    }
    changed = [field for field, value in new.items() if getattr(person, field) != value]
    if not changed:
        return person
    for field, value in new.items():
        setattr(person, field, value)
    person.version += 1
    person.full_clean()
    person.save()
    if person.user and "email" in changed:
        User.objects.filter(pk=person.user.pk).update(email=person.email)
    # Which fields changed is enough: the trail holds no personal text that erasure would have to reach.
    record("people.person.updated", by=by, subject=person, about=person, after={"fields": changed})
    return person


@transaction.atomic
def set_roles(
    *, by: User, person: Person, version: int, roles: Collection[str], on: date | None = None
) -> Person:
    """Let the person hold exactly ``roles`` from ``on`` (today) onward; earlier days keep what they had.

    Raises StaleEdit, or ValidationError when the centre would be left without an administrator.
    """
    person = locked_person(person, version)
    on = on or today()
    wanted = set(roles)
    held = {row.role: row for row in RoleAssignment.objects.on(on).filter(person=person)}
    if wanted == held.keys():
        return person
    if Role.ADMIN in held and Role.ADMIN not in wanted:
        refuse_last_administrator(person)
    for role in held.keys() - wanted:
        end_row(held[role], on)
    for role in wanted - held.keys():
        RoleAssignment.objects.filter(person=person, role=role, starts_on__gt=on).delete()
        RoleAssignment.objects.create(person=person, role=role, starts_on=on)
    touch(person)
    record(
        "people.roles.changed",
        by=by,
        subject=person,
        about=person,
        before={"roles": sorted(held)},
        after={"roles": sorted(wanted), "from": on},
    )
    return person


def end_row(row: DatedModel, on: date) -> None:
    """Let a dated row hold no longer from ``on``; one that had not begun before ``on`` goes altogether."""
    if row.starts_on >= on:
        row.delete()
    elif row.ends_before is None or row.ends_before > on:
        row.ends_before = on
        row.save(update_fields=["ends_before"])


@transaction.atomic
def end_employment(*, by: User, person: Person, last_day: date, notice_on: date | None = None) -> Person:
    """Record that the person's last day is ``last_day``: employment and every assignment end after it.

    The account stays able to sign in until that day and is shut by ``close_lapsed_accounts`` afterwards.
    Raises ValidationError when the person is not employed on that day, or the year is a slip.
    """
    refuse_implausible_day(last_day)
    person = locked_person(person)
    spell = Employment.objects.on(last_day).filter(person=person).first()
    if spell is None:
        raise ValidationError(
            f"{person.name} is not employed on {last_day:%-d %B %Y}. Choose a day inside the spell."
        )
    if notice_on and notice_on > last_day:
        raise ValidationError("The notice cannot be later than the last day.")
    refuse_last_administrator(person)
    end = last_day + timedelta(days=1)
    spell.ends_before, spell.notice_on = end, notice_on or spell.notice_on
    spell.save(update_fields=["ends_before", "notice_on"])
    end_assignments(person, end)
    if person.user_id and end <= today():
        User.objects.filter(pk=person.user_id).update(is_active=False)
    touch(person)
    record("people.employment.ended", by=by, subject=person, about=person, after={"last_day": last_day})
    return person


def end_assignments(person: Person, on: date) -> None:
    """End membership, leadership, span and roles of ``person`` from ``on``."""
    open_ended = Q(ends_before__isnull=True) | Q(ends_before__gt=on)
    for model in (Membership, Leadership, Span, RoleAssignment):
        for row in model.objects.filter(open_ended, person=person):
            end_row(row, on)


@transaction.atomic
def start_employment(*, by: User, person: Person, first_day: date) -> Employment:
    """Begin a spell of employment, the first or a rehire.

    Raises ValidationError when one is still running.
    """
    person = locked_person(person)
    if Employment.objects.filter(person=person).overlapping(first_day, None).exists():
        raise ValidationError(
            f"{person.name} is employed on {first_day:%-d %B %Y} already. End that spell first."
        )
    spell = Employment.objects.create(person=person, starts_on=first_day)
    touch(person)
    record("people.employment.started", by=by, subject=person, about=person, after={"first_day": first_day})
    return spell


def refuse_last_administrator(person: Person) -> None:
    """Another administrator must be able to sign in and have no end of the role recorded.

    Looking at today alone, two people whose last days are recorded one after the other would both pass.
    """
    admins = RoleAssignment.objects.on().filter(role=Role.ADMIN)
    stay = admins.exclude(person=person).filter(person__user__is_active=True, ends_before__isnull=True)
    if admins.filter(person=person).exists() and not stay.exists():
        raise ValidationError(
            f"{person.name} is the only administrator who can sign in and has no last day. "
            "Give the role to somebody else first."
        )
