"""Signals that were told: one row for each, from its first period until it ends."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models

from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import Team


@dataclass(frozen=True)
class Cell:
    """The newest reading of one measure of a team, ready to be shown.

    ``month`` is the first day of the latest month, in ISO form, where weeks are too thin; else empty.
    """

    metric_id: int
    name: str
    direction: str
    position: int
    state: str
    words: str
    value: str
    n: int
    is_news: bool = False
    month: str = ""

    @property
    def month_name(self) -> str:
        """As in "October", for those read by month."""
        return f"{date.fromisoformat(self.month):%B}" if self.month else ""

    @property
    def is_signal(self) -> bool:
        return self.state in {"better", "worse"}


class AlertQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Alerts of the teams a user leads or manages today; nobody else sees any."""
        return self.filter(team_id__in=user.access.scope_team_ids)

    def open(self) -> Self:
        return self.filter(status=Alert.Status.OPEN)

    def with_dismissal_of(self, user) -> Self:
        """Each with ``is_put_aside``: whether this reader dismissed it; other readers keep it."""
        own = AlertDismissal.objects.filter(user=user, alert=models.OuterRef("pk"))
        return self.annotate(is_put_aside=models.Exists(own))


class Alert(models.Model):
    """A measure of a team beyond noise: by which rule, since which period, and how it read at last.

    A signal that goes on is the same alert. ``chart`` holds what a small line needs: days, values, limits.
    ``causes`` are candidates, as those who lead or manage the team may see them: dicts with day, label, url,
    and how many teams of the centre with and without it have the same signal, as ``selectors.Cause`` takes
    them.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Going on"
        ENDED = "ended", "Ended"
        WITHDRAWN = "withdrawn", "Gone after a correction of the data"
        RESTARTED = "restarted", "Gone since limits began anew"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="alerts")
    metric = models.ForeignKey(MetricDefinition, on_delete=models.CASCADE, related_name="alerts")
    rule = models.CharField(max_length=12)
    is_high = models.BooleanField("on the high side, or rising")
    onset = models.DateField("first period")
    grain = models.CharField(max_length=5)
    last_period = models.DateField("newest period in which it was seen")
    state = models.CharField(max_length=8)
    words = models.CharField(max_length=80)
    sentence = models.TextField()
    value_words = models.CharField(max_length=40)
    chart = models.JSONField(default=dict)
    causes = models.JSONField("what happened shortly before", default=list)
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    found_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-onset", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["team", "metric", "rule", "onset"], name="alerts_told_once"),
            models.UniqueConstraint(
                fields=["team", "metric"], condition=models.Q(status="open"), name="alerts_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric}, {self.team}, {self.onset}"


class AlertDismissal(models.Model):
    """One reader has seen an alert and wants it off their home page."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="dismissals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "user"], name="alerts_dismissed_once")]

    def __str__(self) -> str:
        return f"{self.user} dismissed {self.alert_id}"


class TeamWatch(models.Model):
    """How the measures of a team read when it was last looked at, so that home pages need no figures.

    ``cells`` is a list of dicts as ``Cell`` takes them, one for each measure with figures.
    """

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="watch")
    cells = models.JSONField(default=list)
    week = models.DateField(null=True, blank=True)
    looked_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.team}, {self.week}"

    @property
    def readings(self) -> list["Cell"]:
        """Those of the measures that could be judged."""
        return [Cell(**cell) for cell in self.cells if cell["state"] != "early"]

    @property
    def measured(self) -> set[int]:
        """The measures with figures, also those too early to judge."""
        return {cell["metric_id"] for cell in self.cells}
