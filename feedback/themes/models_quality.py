"""The check sample: comments that people place without seeing what the engine or anybody else said."""

from typing import Self

from django.conf import settings
from django.db import models

from feedback.models import FeedbackItem

CHECKERS = 2


class CheckSample(models.Model):
    """A stratified draw. Each stratum holds the comments of one surest theme, or those without any."""

    drawn_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=160)
    population = models.PositiveIntegerField()
    checked = models.PositiveIntegerField("cases with an answer", default=0)
    figures = models.JSONField("what the answers say, by theme", default=dict)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Check sample {self.pk}"


class CheckCaseQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Cases whose words this user may read."""
        return self.filter(item__in=FeedbackItem.objects.visible_to(user).standing().values("pk"))


class CheckCase(models.Model):
    """A drawn comment, the themes the engine had given it then, and how many comments it stands for."""

    sample = models.ForeignKey(CheckSample, on_delete=models.CASCADE, related_name="cases")
    item = models.ForeignKey(FeedbackItem, on_delete=models.CASCADE, related_name="+")
    stratum = models.ForeignKey(
        "themes.Theme", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    weight = models.FloatField()
    engine = models.JSONField(default=list)
    order = models.PositiveIntegerField()

    objects = CheckCaseQuerySet.as_manager()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "item"], name="themes_check_case_once"),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="themes_check_case_weight"),
        ]

    def __str__(self) -> str:
        return f"Case {self.order} of sample {self.sample_id}"


class CheckAnswer(models.Model):
    """The themes that one checker found in a case; none is an answer."""

    case = models.ForeignKey(CheckCase, on_delete=models.CASCADE, related_name="answers")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=160)
    themes = models.JSONField(default=list)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "by"], name="themes_check_answer_once")]

    def __str__(self) -> str:
        return f"{self.by_name} on {self.case_id}"
