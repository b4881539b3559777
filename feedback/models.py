"""Feedback: the catalogue of methods, the register of routes, and what came in by them."""

from datetime import date
from functools import lru_cache
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from ccperf.core.addresses import record_address
from ccperf.core.dates import today
from ccperf.people.models import Membership, Person, Site, Team
from ccperf.people.scope import Access, people_in_scope
from feedback.clock import add_working_days
from feedback.conditions import Written, written

SHARE_WITHIN_WORKING_DAYS = 5
SCORE = [MinValueValidator(1), MaxValueValidator(5)]


class FeedbackMethod(models.Model):
    """One known way to obtain or provide feedback, with what it is good and bad at (criteria M1, D2).

    Scores run from 1, poor, to 5, good: for cost 5 is cheap, for latency the same day, for bias little.
    """

    class Direction(models.TextChoices):
        OBTAIN = "obtain", "Obtain"
        PROVIDE = "provide", "Provide"
        BOTH = "both", "Obtain and provide"

    class Anonymity(models.TextChoices):
        YES = "yes", "Can be anonymous"
        NO = "no", "Named"
        OPTIONAL = "optional", "Named or anonymous"

    key = models.SlugField(max_length=60, unique=True)
    number = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=120)
    direction = models.CharField(max_length=8, choices=Direction)
    is_formal = models.BooleanField()
    from_whom = models.CharField(max_length=80)
    benefit = models.CharField(max_length=200)
    drawback = models.CharField(max_length=200)
    cost = models.PositiveSmallIntegerField(validators=SCORE)
    latency = models.PositiveSmallIntegerField(validators=SCORE)
    bias = models.PositiveSmallIntegerField(validators=SCORE)
    coverage = models.PositiveSmallIntegerField(validators=SCORE)
    response_rate = models.CharField(max_length=120, blank=True)
    anonymity = models.CharField(max_length=8, choices=Anonymity)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.name


class FeedbackRouteQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """The register names no person's feedback: whoever may read feedback may read it."""
        return self if user.access.can("feedback.read") else self.none()

    def live(self) -> Self:
        return self.filter(status=FeedbackRoute.Status.LIVE)


class FeedbackRoute(models.Model):
    """One route by which this centre obtains or provides feedback (criterion M1)."""

    class Kind(models.TextChoices):
        FORMAL = "formal", "Formal"
        INFORMAL = "informal", "Informal"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        CONSULTED = "consulted", "Consulted on"
        LIVE = "live", "Live"
        PAUSED = "paused", "Paused"
        RETIRED = "retired", "Retired"

    class LawfulBasis(models.TextChoices):
        LEGITIMATE_INTERESTS = "legitimate_interests", "Legitimate interests"
        CONTRACT = "contract", "Contract"
        LEGAL_OBLIGATION = "legal_obligation", "Legal obligation"
        CONSENT = "consent", "Consent (only what is truly optional)"
        NONE = "none", "No personal data"

    class Grain(models.TextChoices):
        VERBATIM = "verbatim", "The words themselves"
        THEMED = "themed", "Themes with examples"
        NUMBER = "number", "Figures only"

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    method = models.ForeignKey(
        FeedbackMethod, null=True, blank=True, on_delete=models.PROTECT, related_name="routes"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    direction = models.CharField(max_length=8, choices=FeedbackMethod.Direction)
    from_whom = models.CharField(max_length=80)
    audience = models.CharField("who gets it", max_length=160, blank=True)
    grain = models.CharField("in what form", max_length=8, choices=Grain, default=Grain.VERBATIM)
    cadence = models.CharField("how often", max_length=80, blank=True)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="feedback_routes"
    )
    lawful_basis = models.CharField(
        max_length=20, choices=LawfulBasis, default=LawfulBasis.LEGITIMATE_INTERESTS
    )
    is_anonymous = models.BooleanField("anonymous", default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    review_on = models.DateField("review on", null=True, blank=True)
    notes = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = FeedbackRouteQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("feedback:route-detail", args=[self.key])


@lru_cache(maxsize=512)
def _readable(access: Access, day: date, vendor: str) -> Written:
    """What these rights let read on a day, written for a database (``vendor``)."""
    rows = Q(about_person_id=access.person_id, shared_at__isnull=False) if access.person_id else Q(pk__in=[])
    if access.scope_team_ids:
        people = Person.objects.filter(people_in_scope(access))
        if access.person_id:
            people = people.exclude(pk=access.person_id)
        rows |= Q(about_person__in=people.values("pk"))
        sites = Team.objects.filter(pk__in=access.scope_team_ids).values("site_id")
        nowhere = Q(team__isnull=True) & (Q(site__isnull=True) | Q(site__in=sites))
        rows |= Q(about_person__isnull=True) & (Q(team_id__in=access.scope_team_ids) | nowhere)
    if access.managed_team_ids:
        members = Membership.objects.on(day).values("person_id")
        left = Q(about_person__isnull=False) & ~Q(about_person__in=members)
        rows |= left & Q(team_id__in=access.managed_team_ids) & ~Q(about_person_id=access.person_id or 0)
    return written(FeedbackItem, rows)


def _process_called(name: str) -> Q:
    """That there is a name at all is said apart: only the few items with one stand in its index."""
    return Q(process_name__gt="") & Q(process_name__icontains=name)


class FeedbackItemQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Who reads which feedback.

        everyone with feedback.read   what is about themselves, once shared
        supervisor, manager           about today's members of the teams they lead or manage, and what is
        about
                                      no person in their teams, in their sites, or in no team at all
        manager                       also about leavers, in the team they belonged to that day
        HR, admin                     nothing: they see aggregates elsewhere
        """
        access = user.access
        if not access.can("feedback.read") or not (access.person_id or access.scope_team_ids):
            return self.none()
        return self.filter(_readable(access, today(), connection.vendor))

    def naming(self, words: str, about: str = "") -> Self:
        """Items in whose text, reference or process, or as whose code, each of the words is found, whatever
        its case; and that are about a person, process, tool, policy or product called so. Empty words name
        everything.
        """
        rows = self
        for word in words.split():
            number = word.upper().removeprefix("F-")
            is_code = number != word.upper() and number.isdigit() and len(number) < 15
            code = Q(pk=int(number)) if is_code else Q(pk__in=[])
            known = Q(text__icontains=word) | Q(reference__icontains=word) | _process_called(word)
            rows = rows.filter(known | code)
        if about:
            people = Person.objects.filter(name__icontains=about).values("pk")
            rows = rows.filter(Q(about_person__in=people) | _process_called(about))
        return rows

    def about_process_called(self, name: str) -> Self:
        """Items about a process, tool, policy or product called so, whatever its case."""
        return self.filter(_process_called(name))

    def unshared(self) -> Self:
        """About a person who has not been shown it."""
        return self.filter(about_person__isnull=False, shared_at__isnull=True, withdrawn_at__isnull=True)

    def shared(self) -> Self:
        return self.filter(shared_at__isnull=False)

    def unread(self) -> Self:
        """Shared, but its subject has not said that they read it."""
        return self.filter(shared_at__isnull=False, acknowledged_at__isnull=True, withdrawn_at__isnull=True)

    def standing(self) -> Self:
        """What still counts: not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class FeedbackItem(models.Model):
    """One thing that somebody said, about a person or about no person at all (criteria M1, M3, M4).

    ``team`` is stamped from the subject's membership on the day it was received, so that a later move does
    not change the past. ``text`` has passed ``mask_before_save``.
    """

    class Strength(models.TextChoices):
        STRENGTH = "strength", "A strength"
        IMPROVEMENT = "improvement", "To improve"
        MIXED = "mixed", "Both"

    class GiverRole(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        AGENT = "agent", "Agent"
        SUPERVISOR = "supervisor", "Team leader"
        MANAGER = "manager", "Manager"
        QUALITY = "quality", "Quality assessor"
        SELF = "self", "The person themselves"
        SYSTEM = "system", "System"
        OTHER = "other", "Someone else"

    reference = models.CharField("reference in its source", max_length=120, null=True, blank=True)
    route = models.ForeignKey(FeedbackRoute, on_delete=models.PROTECT, related_name="items")
    about_person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="feedback_items",
        verbose_name="about",
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="feedback_items"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="feedback_items"
    )
    process_name = models.CharField("process, tool, policy or product", max_length=120, blank=True)
    given_by_role = models.CharField("given by", max_length=10, choices=GiverRole, blank=True)
    given_by_person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="feedback_given"
    )
    customer_reference = models.CharField(max_length=120, blank=True)
    received_on = models.DateField(default=today)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="feedback_recorded",
    )
    text = models.TextField(blank=True)
    rating = models.FloatField(null=True, blank=True)
    rating_scale = models.PositiveSmallIntegerField("highest rating", null=True, blank=True)
    rating_best = models.PositiveSmallIntegerField("best rating", null=True, blank=True)
    strength = models.CharField("it is", max_length=12, choices=Strength, blank=True)
    share_with_subject = models.BooleanField("to be shared", default=True)
    shared_at = models.DateTimeField(null=True, blank=True)
    shared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    replied_at = models.DateTimeField("last reply of the subject", null=True, blank=True)
    answered_at = models.DateTimeField("last answer to the subject", null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    batch_id = models.BigIntegerField("import", null=True, blank=True, db_index=True)
    version = models.PositiveIntegerField(default=1)

    objects = FeedbackItemQuerySet.as_manager()

    class Meta:
        ordering = ["-received_on", "-pk"]
        indexes = [
            models.Index(fields=["about_person", "-received_on"]),
            models.Index(fields=["team", "-received_on"]),
            models.Index(fields=["-received_on", "-id"]),
            models.Index(
                fields=["process_name"], condition=Q(process_name__gt=""), name="feedback_process_named"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["route", "reference"],
                name="feedback_reference_once_per_route",
                violation_error_message="This route already has feedback with that reference.",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(shared_at__isnull=False),
                name="feedback_acknowledged_after_shared",
            ),
            models.CheckConstraint(
                condition=~Q(text="") | Q(rating__isnull=False),
                name="feedback_has_words_or_rating",
                violation_error_message="Write what was said, or give a rating.",
            ),
            models.CheckConstraint(
                condition=Q(rating_best__isnull=True) | Q(rating_best__lte=F("rating_scale")),
                name="feedback_best_rating_on_scale",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return record_address("feedback:item-detail", self.pk)

    @property
    def code(self) -> str:
        return f"F-{self.pk:04}" if self.pk else "F-new"

    @property
    def headline(self) -> str:
        """The first words, for lists and titles."""
        line = " ".join(self.text.split())
        if not line:
            return (
                f"Rated {self.rating:g} of {self.rating_scale:g}"
                if self.rating_scale
                else f"Rated {self.rating:g}"
            )
        return line if len(line) <= 90 else f"{line[:88].rsplit(' ', 1)[0]} …"

    @property
    def share_due_on(self) -> date | None:
        """The day by which its subject should have seen it; None when there is nothing left to share."""
        if self.about_person_id is None or self.shared_at or self.withdrawn_at or not self.share_with_subject:
            return None
        return add_working_days(self.received_on, SHARE_WITHIN_WORKING_DAYS)


def may_read_item(user) -> Exists:
    """On a row with an ``item``: whether it stands and this user may read its words.

    Asked of each row: SQLite would first list all that may be read, which is a hundred milliseconds' work.
    """
    return Exists(FeedbackItem.objects.visible_to(user).standing().order_by().filter(pk=OuterRef("item_id")))


class FeedbackEvent(models.Model):
    """One step in the life of an item, with the words that belong to it. Written once, never changed."""

    class Kind(models.TextChoices):
        EDITED = "edited", "changed it"
        SHARED = "shared", "shared it"
        ACKNOWLEDGED = "acknowledged", "acknowledged it"
        REPLIED = "replied", "replied"
        ANSWERED = "answered", "answered"
        WITHDRAWN = "withdrawn", "withdrew it"

    item = models.ForeignKey(FeedbackItem, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_name = models.CharField(max_length=160)
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_kind_display()}"


class DayChange(models.Model):
    """Feedback received on ``day``, or what was read in it, is no longer what it was.

    Written by triggers in the transaction of the change (``feedback.changes``), never by hand. ``token`` is a
    random number: the tokens of a day's notes say whether it changed since they were last looked at.
    """

    day = models.DateField()
    token = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["day", "token"])]

    def __str__(self) -> str:
        return f"{self.day}: {self.token}"
