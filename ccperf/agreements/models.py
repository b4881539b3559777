"""Two-sided agreements: proposed, countered, agreed by each named party, changed only by agreeing again.

What is agreed on belongs to the room that uses this engine: it keeps a one-to-one link to an Agreement
(an improvement action, a team strategy, a buddy pair) and applies the terms of the wording in force.
"""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ccperf.people.models import Person


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Agreements somebody takes part in whose figures a user may see.

        everyone             those they are a party of
        supervisor, manager  those with a party among the people they lead or manage today
        """
        people = Person.objects.performance_visible_to(user).values("pk")
        return self.filter(pk__in=AgreementParty.objects.filter(person__in=people).values("agreement_id"))

    def open(self) -> Self:
        """Those that wait for an answer or a new wording."""
        return self.filter(status=Agreement.Status.OPEN)


class Agreement(models.Model):
    """One agreement from its first proposal on (engine of criteria M6, M7, M12).

    ``wording_number`` is the wording on the table, ``agreed_number`` the wording in force, which stays in
    force while a change to it is being discussed.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Waiting for answers"
        AGREED = "agreed", "Agreed"
        NOT_AGREED = "not_agreed", "Not agreed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    wording_number = models.PositiveSmallIntegerField(default=1)
    agreed_number = models.PositiveSmallIntegerField(null=True, blank=True)
    quorum = models.PositiveSmallIntegerField(
        "how many must agree", null=True, blank=True, help_text="Empty means every named person."
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_number__isnull=True) | Q(agreed_number__lte=models.F("wording_number")),
                name="agreements_agreed_wording_exists",
            )
        ]

    def __str__(self) -> str:
        return f"Agreement {self.pk}, {self.get_status_display().lower()}"

    @property
    def is_in_force(self) -> bool:
        return self.agreed_number is not None and self.status != self.Status.WITHDRAWN


class AgreementWording(models.Model):
    """One wording, frozen when it was put on the table: the text people read and the terms it carries."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="wordings")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    terms = models.JSONField(default=dict)
    written_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["agreement_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreements_wording_once")
        ]

    def __str__(self) -> str:
        return f"Wording {self.number}"


class AgreementPartyQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """Parties of open agreements who have not answered the present wording."""
        return self.filter(answer=AgreementParty.Answer.WAITING, agreement__status=Agreement.Status.OPEN)


class AgreementParty(models.Model):
    """One named person of an agreement, the side they are on, and their answer to the present wording."""

    class Side(models.TextChoices):
        TEAM = "team", "Team"
        LEADER = "leader", "Leader"

    class Answer(models.TextChoices):
        WAITING = "waiting", "Not answered yet"
        AGREED = "agreed", "Agreed"
        COUNTERED = "countered", "Made a counter-proposal"
        DISAGREED = "disagreed", "Disagrees"

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="parties")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="agreement_parties")
    side = models.CharField(max_length=8, choices=Side)
    answer = models.CharField(max_length=10, choices=Answer, default=Answer.WAITING)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = AgreementPartyQuerySet.as_manager()

    class Meta:
        ordering = ["side", "person__name", "pk"]
        verbose_name_plural = "agreement parties"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "person"],
                name="agreements_party_once",
                violation_error_message="This person is named already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_answer_display().lower()}"


class AgreementEvent(models.Model):
    """One step towards (or away from) agreement, in the exact words. Written once, never changed."""

    class Kind(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        COUNTERED = "countered", "countered"
        CHANGED = "changed", "changed the text"
        AGREED = "agreed", "agreed"
        DISAGREED = "disagreed", "disagrees"
        WITHDREW = "withdrew", "withdrew the proposal"
        LEFT_OUT = "left_out", "was left out"
        TOOK_OVER = "took_over", "took over"

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    wording_number = models.PositiveSmallIntegerField()
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    person_name = models.CharField(max_length=160)
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.person_name} {self.get_kind_display()}"
