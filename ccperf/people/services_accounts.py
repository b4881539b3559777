"""Accounts: inviting people, letting them set a password, shutting accounts and opening them again."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

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
from ccperf.people.services import locked_person, refuse_last_administrator, touch


@dataclass(frozen=True)
class Invitation:
    """Who is invited and as what."""

    name: str
    email: str
    username: str
    role: str
    starts_on: date
    employee_number: str | None = None
    team: Team | None = None
    leads: Team | None = None
    site: Site | None = None


@transaction.atomic
def invite_person(*, by: User, invitation: Invitation, address: str) -> Person:
    """Create person, assignments and an account without password, and mail the link that sets one.

    ``address`` is the scheme and host the link starts with. Raises ValidationError when a name, number or
    e-mail address is in use. The mail leaves after the transaction; a failing mail server loses nothing,
    because the invitation can be sent again from the person's page.
    """
    _refuse_taken(invitation.username, invitation.email)
    person = Person(
        name=invitation.name.strip(),
        email=invitation.email.strip(),
        employee_number=(invitation.employee_number or "").strip() or None,
    )
    person.full_clean()
    person.user = _make_user(invitation.username, person)
    person.save()
    since = invitation.starts_on
    Employment.objects.create(person=person, starts_on=since)
    # The role holds from today at the latest, so that somebody invited before the first day can look around.
    RoleAssignment.objects.create(person=person, role=invitation.role, starts_on=min(since, today()))
    if invitation.team:
        Membership.objects.create(person=person, team=invitation.team, starts_on=since)
    if invitation.leads:
        Leadership.objects.create(person=person, team=invitation.leads, starts_on=since)
    if invitation.site:
        Span.objects.create(person=person, site=invitation.site, starts_on=since)
    record("people.person.invited", by=by, subject=person, about=person, after={"role": invitation.role})
    transaction.on_commit(lambda: send_invitation(person, address))
    return person


@transaction.atomic
def open_account(*, by: User, person: Person, username: str, address: str) -> Person:
    """Give an account to somebody who is known but cannot sign in yet, and mail the link."""
    person = locked_person(person)
    if person.user_id:
        return person
    if not person.email:
        raise ValidationError("Enter an e-mail address for this person first; the invitation goes there.")
    _refuse_taken(username, person.email)
    person.user = _make_user(username, person)
    person.save(update_fields=["user"])
    touch(person)
    record("people.account.opened", by=by, subject=person, about=person)
    transaction.on_commit(lambda: send_invitation(person, address))
    return person


@transaction.atomic
def appoint_superusers() -> list[Person]:
    """Make administrators of the logins made on the command line: rights follow a person, never a login.

    Without this a new centre would have a login that may do nothing, and nobody who could change that.
    """
    appointed = []
    for user in User.objects.filter(is_superuser=True, person=None).order_by("pk"):
        person = Person.objects.create(name=str(user), email=user.email, user=user)
        Employment.objects.create(person=person, starts_on=today(), start_is_known=False)
        RoleAssignment.objects.create(person=person, role=Role.ADMIN, starts_on=today())
        record("people.administrator.appointed", by=None, subject=person, about=person)
        appointed.append(person)
    return appointed


def _refuse_taken(username: str, email: str) -> None:
    if User.objects.filter(username__iexact=username).exists():
        raise ValidationError({"username": f"The user name “{username}” is taken. Choose another."})
    if email and User.objects.filter(email__iexact=email).exists():
        raise ValidationError({"email": f"An account with {email} exists already. Find that person instead."})


def _make_user(username: str, person: Person) -> User:
    user = User(username=username, email=person.email, first_name="", last_name=person.name[:150])
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save()
    return user


def password_link(user: User) -> str:
    """The path at which ``user`` may set a password, once and for the days of PASSWORD_RESET_TIMEOUT."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(user)])


def awaits_password(user: User | None) -> bool:
    """An account that was opened but never used: its link may be shown to the administrator who invited."""
    return bool(user and user.is_active and user.last_login is None and not user.has_usable_password())


def send_invitation(person: Person, address: str) -> bool:
    """Mail the link that sets the password; say whether the mail was handed over."""
    user = person.user
    if user is None:
        return False
    context = {
        "person": person,
        "link": address + password_link(user),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    text = render_to_string("registration/invitation_email.txt", context)
    return bool(send_mail("Your ccperf account", text, None, [user.email], fail_silently=True))


@transaction.atomic
def deactivate_account(*, by: User, person: Person, version: int) -> Person:
    """Shut the account at once: sessions end with the next click. Records about the person stay.

    Raises ValidationError for one's own account and for the last administrator.
    """
    person = locked_person(person, version)
    if person.user_id == by.pk:
        raise ValidationError("You cannot shut your own account. Ask another administrator.")
    if person.user is None or not person.user.is_active:
        return person
    refuse_last_administrator(person)
    User.objects.filter(pk=person.user.pk).update(is_active=False)
    touch(person)
    record("people.account.deactivated", by=by, subject=person, about=person)
    return person


@transaction.atomic
def reactivate_account(*, by: User, person: Person, version: int) -> Person:
    """Open a shut account again; the password is what it was."""
    person = locked_person(person, version)
    if person.user is None or person.user.is_active:
        return person
    User.objects.filter(pk=person.user.pk).update(is_active=True)
    touch(person)
    record("people.account.reactivated", by=by, subject=person, about=person)
    return person


@transaction.atomic
def close_lapsed_accounts(*, day: date | None = None) -> int:
    """Shut the accounts of people whose employment is over; returns how many."""
    day = day or today()
    employed = Employment.objects.on(day).values("person_id")
    left = Person.objects.filter(user__is_active=True, employments__ends_before__lte=day).exclude(
        pk__in=employed
    )
    people = list(left.distinct())
    User.objects.filter(person__in=people).update(is_active=False)
    for person in people:
        record("people.account.lapsed", by=None, subject=person, about=person)
    return len(people)
