"""Sites, teams, people and the dated assignments from which every right to see something follows."""

from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from ccperf.core.addresses import record_address
from ccperf.core.dated import DatedModel, DatedQuerySet
from ccperf.people import scope


class User(AbstractUser):
    """A login. Rights never hang on it: they follow from the assignments of its person."""

    must_change_password = models.BooleanField(default=False)

    @cached_property
    def access(self) -> scope.Access:
        """What this user may do and see today, read once per request."""
        return scope.load_access(self)

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Site(models.Model):
    """A place or unit in which teams work."""

    name = models.CharField(max_length=120, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return record_address("metrics:site-detail", self.pk)


class TeamQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Teams that have not been closed."""
        return self.filter(closed_on__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Teams whose name and members' names a user may see.

        everyone            own team, teams they lead or manage today
        HR, admin, privacy  all
        """
        access = user.access
        if access.roles & {Role.HR, Role.ADMIN, Role.PRIVACY_OFFICER}:
            return self
        return self.filter(pk__in=access.own_team_ids | access.scope_team_ids)

    def performance_visible_to(self, user: User) -> Self:
        """Teams whose figures a user may see: those they lead or manage today, in person or as delegate."""
        return self.filter(pk__in=user.access.scope_team_ids)


class Team(models.Model):
    """A group of agents with one or more team leaders."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)
    closed_on = models.DateField(null=True, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="people_team_name_once_per_site",
                violation_error_message="This site already has a team of that name.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return record_address("metrics:team-detail", self.pk)


class PersonQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """People whose name, team and presence a user may see.

        everyone            themselves
        supervisor          today's members of the teams they lead
        manager             today's members and leaders of the teams in their span
        HR, admin, privacy  everyone
        """
        access = user.access
        if access.roles & {Role.HR, Role.ADMIN, Role.PRIVACY_OFFICER}:
            return self
        return self.filter(scope.people_in_scope(access))

    def performance_visible_to(self, user: User) -> Self:
        """People whose figures, feedback and actions a user may see.

        everyone     themselves
        supervisor   today's members of the teams they lead
        manager      today's members and leaders of the teams in their span
        HR, admin    nobody else: they work with aggregates
        """
        return self.filter(scope.people_in_scope(user.access))

    def deputies_of(self, user: User) -> Self:
        """People among whom a user may look for somebody to stand in.

        supervisor, manager  whom they see, and who leads or manages at the sites of their own teams today
        HR, admin, privacy   everyone
        """
        sites = Site.objects.filter(teams__in=user.access.scope_team_ids).values("pk")
        leading = Leadership.objects.on().filter(team__site__in=sites)
        managing = Span.objects.on().filter(Q(site__in=sites) | Q(team__site__in=sites))
        return self.filter(
            Q(pk__in=Person.objects.visible_to(user).values("pk"))
            | Q(pk__in=leading.values("person_id"))
            | Q(pk__in=managing.values("person_id"))
        )

    def agents_of(self, team_ids: set[int] | frozenset[int], day=None) -> Self:
        """Members of the teams on ``day`` (today unless told)."""
        members = Membership.objects.on(day).filter(team_id__in=team_ids)
        return self.filter(pk__in=members.values("person_id"))


class Person(models.Model):
    """Someone who works or worked in the centre, with or without a login."""

    employee_number = models.CharField(max_length=60, unique=True, null=True, blank=True)
    name = models.CharField(max_length=160)
    email = models.EmailField(blank=True)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "people"
        indexes = [models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return record_address("metrics:person-detail", self.pk)

    @property
    def initials(self) -> str:
        words = [word for word in self.name.replace("-", " ").split() if word[:1].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class Employment(DatedModel):
    """One spell of employment: first day, and the day after the last one. A rehire is a new spell."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="employments")
    notice_on = models.DateField("notice given on", null=True, blank=True)
    start_is_known = models.BooleanField(
        "first day is known",
        default=True,
        help_text="Not so for whoever came with a file that does not say: there the first day seen stands.",
    )

    class Meta(DatedModel.Meta):
        ordering = ["starts_on"]
        constraints = [
            *DatedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["person"], condition=Q(ends_before__isnull=True), name="people_one_open_employment"
            ),
        ]


class Membership(DatedModel):
    """A person belongs to a team for a time. Figures are stamped with the team of their own day."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    start_is_known = models.BooleanField(
        "first day is known",
        default=True,
        help_text="Not so for whoever came with a file that does not say: there the first day seen stands.",
    )

    class Meta(DatedModel.Meta):
        ordering = ["starts_on"]
        constraints = [
            *DatedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["person"], condition=Q(ends_before__isnull=True), name="people_one_open_membership"
            ),
        ]


class Leadership(DatedModel):
    """A person leads a team for a time and sees its people only then."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="leaderships")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="leaderships")

    class Meta(DatedModel.Meta):
        ordering = ["starts_on"]


class Span(DatedModel):
    """A manager is responsible for a whole site or a single team for a time."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="spans")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="spans")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="spans")

    class Meta(DatedModel.Meta):
        ordering = ["starts_on"]
        constraints = [
            *DatedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(site__isnull=True) ^ Q(team__isnull=True),
                name="people_span_site_or_team",
                violation_error_message="Choose a site or a team, not both.",
            ),
        ]


class Role(models.TextChoices):
    AGENT = "agent", "Agent"
    SUPERVISOR = "supervisor", "Supervisor"
    MANAGER = "manager", "Manager"
    HR = "hr", "HR"
    ADMIN = "admin", "Administrator"
    PRIVACY_OFFICER = "privacy_officer", "Privacy officer"


class RoleAssignment(DatedModel):
    """A person holds a role for a time; what the role may do stands in ``people.access``."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="role_assignments")
    role = models.CharField(max_length=20, choices=Role)

    class Meta(DatedModel.Meta):
        ordering = ["starts_on"]
        constraints = [
            *DatedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["person", "role"],
                condition=Q(ends_before__isnull=True),
                name="people_role_held_once",
                violation_error_message="This person already holds that role.",
            ),
        ]


class Delegation(DatedModel):
    """During an absence the delegate sees and does for the delegator's teams what the delegator may."""

    delegator = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="delegations_given")
    delegate = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="delegations_held")
    reason = models.CharField(max_length=200)

    objects = DatedQuerySet.as_manager()

    class Meta(DatedModel.Meta):
        ordering = ["starts_on"]
        constraints = [
            *DatedModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(ends_before__isnull=False),
                name="people_delegation_has_end",
                violation_error_message="A delegation needs a last day.",
            ),
            models.CheckConstraint(
                condition=~Q(delegator=models.F("delegate")),
                name="people_delegation_to_someone_else",
                violation_error_message="Choose someone else as delegate.",
            ),
        ]
