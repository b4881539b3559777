"""Records that hold for a time: ``starts_on`` is the first day, ``ends_before`` the first day after."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from ccperf.core.dates import today


class DatedQuerySet(models.QuerySet):
    def on(self, day: date | None = None) -> Self:
        """The rows that hold on ``day`` (today unless told)."""
        day = day or today()
        return self.filter(covers(day))

    def overlapping(self, starts_on: date, ends_before: date | None) -> Self:
        """The rows that share at least one day with ``[starts_on, ends_before)``; None is open-ended."""
        rows = self.filter(Q(ends_before__isnull=True) | Q(ends_before__gt=starts_on))
        return rows.filter(starts_on__lt=ends_before) if ends_before else rows


class DatedModel(models.Model):
    """One row holds on every day of ``[starts_on, ends_before)``."""

    starts_on = models.DateField("from")
    ends_before = models.DateField("until (first day after)", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_before__isnull=True) | Q(ends_before__gt=F("starts_on")),
                name="%(app_label)s_%(class)s_dates_in_order",
                violation_error_message="The end must be after the start.",
            )
        ]


def covers(day: date, prefix: str = "") -> Q:
    """The condition that a dated row, reached through ``prefix``, holds on ``day``."""
    return Q(**{f"{prefix}starts_on__lte": day}) & (
        Q(**{f"{prefix}ends_before__isnull": True}) | Q(**{f"{prefix}ends_before__gt": day})
    )
