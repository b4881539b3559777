"""Setting targets. A target is never changed in place: a new one begins where the old one ends."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from ccperf.audit.services import record
from ccperf.metrics.models import MetricDefinition, MetricTarget, RollupState
from ccperf.people.models import Site, Team, User


@transaction.atomic
def set_target(
    *,
    by: User,
    metric: MetricDefinition,
    starts_on: date,
    low: float | None,
    high: float | None,
    site: Site | None = None,
    team: Team | None = None,
) -> MetricTarget:
    """Let a target hold from ``starts_on``; the one that held until then ends the day before.

    Earlier days keep the target they had. Raises ValidationError when a target of the same reach already
    begins on that day or later, because then two would hold at once.
    """
    MetricDefinition.objects.select_for_update().get(pk=metric.pk)
    same = MetricTarget.objects.filter(metric=metric, site=site, team=team)
    later = same.filter(starts_on__gte=starts_on).order_by("starts_on").first()
    if later:
        raise ValidationError(
            f"A target already begins on {later.starts_on:%-d %B %Y}. Choose a later day to step from there."
        )
    for old in same.overlapping(starts_on, None):
        old.ends_before = starts_on
        old.save(update_fields=["ends_before"])
    target = MetricTarget(metric=metric, starts_on=starts_on, low=low, high=high, site=site, team=team)
    target.full_clean()
    target.save()
    # Everything kept for pages is named after the generation, so the new target is seen at once.
    RollupState.objects.filter(pk=1).update(generation=F("generation") + 1)
    record(
        "metrics.target.set",
        by=by,
        subject=metric,
        after={
            "from": starts_on,
            "low": low,
            "high": high,
            "site": site and site.pk,
            "team": team and team.pk,
        },
    )
    return target
