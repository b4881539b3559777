"""Checking every measure, and writing down what was decided about one."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.metrics import scopes
from ccperf.metrics.boards import place_of_organisation, readings_for
from ccperf.metrics.health.evidence import Evidence, evidence_since
from ccperf.metrics.health.findings import Material, findings_of
from ccperf.metrics.health.models import MetricHealth, MetricReview
from ccperf.metrics.health.panels import Figures, figures_of, newest_days, teams_of_agents
from ccperf.metrics.health.selectors import newest_check
from ccperf.metrics.markers import happenings
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.selectors import FIRST_DAY, Window, freshness, target_book, usual_end, window
from ccperf.people.models import User

CHECK = "metric_health.check"
YEAR, AGENT_WEEKS = 52, 13
UNITS = {"team": scopes.TEAM, "site": scopes.SITE, "centre": scopes.ORGANISATION}
Progress = Callable[[int, int, str], None]


def start_check(*, by: User | None = None) -> Job:
    """Queue a check of all measures; a second press finds the one that waits."""
    return enqueue(CHECK, by=by, key=CHECK)


def check_all(progress: Progress | None = None) -> int:
    """Check every active measure that has figures, and store what was found under today.

    Returns how many were checked. Safe to repeat: the same day's findings are replaced.
    """
    fresh = freshness()
    metrics = list(MetricDefinition.objects.active().select_related("guard"))
    year = window("week", YEAR, before=usual_end(fresh))
    by_unit = _units(year, metrics)
    agents = figures_of(scopes.AGENT, window("week", AGENT_WEEKS, before=year.end), metrics)
    whole = place_of_organisation()
    marks = happenings(None, [whole.scope], FIRST_DAY, year.end)
    readings = readings_for([whole], window("week", before=year.end), fresh, marks)[whole.scope]
    by_metric = {reading.metric.pk: reading for reading in readings}
    newest, team_of, targets = newest_days(), teams_of_agents(), target_book()
    told = evidence_since(today() - timedelta(days=365))
    measured = [metric for metric in metrics if metric.pk in by_unit]
    for done, metric in enumerate(measured, start=1):
        material = Material(
            metric=metric,
            as_of=today(),
            newest=newest.get(metric.pk),
            data_up_to=fresh.data_up_to,
            unit=by_unit[metric.pk][0],
            units=by_unit[metric.pk][1],
            agents=agents.get(metric.pk, Figures()),
            team_of=team_of,
            others={
                other: by_unit[other.pk][1]
                for other in measured
                if other.pk != metric.pk and _alike(by_unit[other.pk], by_unit[metric.pk])
            },
            target=targets.on(metric.pk, today()),
            guard=by_metric.get(metric.guard_id) if metric.guard_id else None,
            own=by_metric.get(metric.pk),
            evidence=told.get(metric.pk, Evidence()),
            fewest_agents=settings.PRIVACY_AVERAGE_MINIMUM,
        )
        MetricHealth.objects.update_or_create(
            metric=metric,
            as_of=today(),
            defaults={
                "first_week": year.start,
                "last_day": year.last_day,
                "n": material.units.n,
                "findings": [finding.as_dict() for finding in findings_of(material)],
            },
        )
        if progress:
            progress(done, len(measured), f"{metric.name} checked")
    return len(measured)


def _alike(one: tuple[str, Figures], other: tuple[str, Figures]) -> bool:
    """Whether two measures can be laid beside each other: the same units, in the same periods."""
    return one[0] == other[0] and one[1].by == other[1].by


def _units(year: Window, metrics: list[MetricDefinition]) -> dict[int, tuple[str, Figures]]:
    """The figures of every measure by team; by site, or the whole, where teams have none."""
    found: dict[int, tuple[str, Figures]] = {}
    for unit, kind in UNITS.items():
        missing = [metric for metric in metrics if metric.pk not in found]
        found |= {pk: (unit, figures) for pk, figures in figures_of(kind, year, missing).items()}
    return found


@transaction.atomic
def review_metric(
    *, by: User, metric: MetricDefinition, verdict: str, works_well: str, to_do: str = ""
) -> MetricReview:
    """Write down a verdict about a measure with the findings it rests on, as they are now.

    Raises ValidationError when the measure was never checked, or is to be fixed without saying how.
    """
    check = newest_check(metric)
    if check is None:
        raise ValidationError("Nothing was checked yet. Run the check first.")
    if verdict != MetricReview.Verdict.KEEP and not to_do.strip():
        raise ValidationError({"to_do": "Say what will be done."})
    person = getattr(by, "person", None)
    review = MetricReview.objects.create(
        metric=metric,
        reviewed_on=today(),
        reviewer=by,
        reviewer_name=person.name if person else str(by),
        verdict=verdict,
        works_well=works_well,
        to_do=to_do,
        findings=check.findings,
        findings_as_of=check.as_of,
    )
    after = {"metric": metric.key, "verdict": verdict, "findings_as_of": check.as_of}
    record("metrics.metric.reviewed", by=by, subject=review, after=after)
    return review
