"""Puts the catalogue of measures into the database. Safe to repeat: what exists is never overwritten."""

from datetime import date

from django.db import transaction

from ccperf.metrics.catalogue import EXAMPLES, MEASURES, PART_UNITS, Measure
from ccperf.metrics.models import MetricDefinition, MetricTarget, MetricVersion

# Seeded targets hold for imported history too; a new target steps from its own day on.
SINCE = date(2000, 1, 1)


@transaction.atomic
def seed_catalogue() -> int:
    """Add the measures that are missing, with guard and first target; returns how many were added.

    Every measure has a version 1 that holds from the start.
    """
    known = dict(MetricDefinition.objects.values_list("key", "pk"))
    missing = [(position, entry) for position, entry in enumerate(MEASURES) if entry.key not in known]
    MetricDefinition.objects.bulk_create([_definition(position, entry) for position, entry in missing])
    if not missing:
        _first_versions()
        return 0
    known = dict(MetricDefinition.objects.values_list("key", "pk"))
    for _, entry in missing:
        if entry.guard:
            MetricDefinition.objects.filter(pk=known[entry.key]).update(guard_id=known[entry.guard])
    MetricTarget.objects.bulk_create(
        MetricTarget(metric_id=known[entry.key], starts_on=SINCE, low=entry.target[0], high=entry.target[1])
        for _, entry in missing
        if entry.target != (None, None)
    )
    _first_versions()
    return len(missing)


def _first_versions() -> None:
    """Version 1 of measures that have none: those just added, and those older than versions are."""
    entries = {entry.key: entry for entry in MEASURES}
    found = []
    for metric in MetricDefinition.objects.filter(versions__isnull=True, is_active=True):
        if not metric.examples and metric.key in entries:
            _complete(metric, entries[metric.key])
        found.append(MetricVersion(metric=metric, number=1, starts_on=SINCE, **metric.terms))
    MetricVersion.objects.bulk_create(found)


def _complete(metric: MetricDefinition, entry: Measure) -> None:
    """Units of the parts and worked examples, which measures of an older database lack."""
    metric.numerator_unit, metric.denominator_unit = PART_UNITS[entry.key]
    metric.examples = EXAMPLES[entry.unit]
    metric.save(update_fields=["numerator_unit", "denominator_unit", "examples"])


def seed_after_migrate(**kwargs) -> None:
    """Signal handler: every migrated database holds the catalogue."""
    seed_catalogue()


def _definition(position: int, entry: Measure) -> MetricDefinition:
    return MetricDefinition(
        key=entry.key,
        name=entry.name,
        short_name=entry.short_name,
        unit=entry.unit,
        direction=entry.direction,
        level=entry.level,
        numerator_label=entry.numerator,
        denominator_label=entry.denominator,
        numerator_unit=PART_UNITS[entry.key][0],
        denominator_unit=PART_UNITS[entry.key][1],
        examples=EXAMPLES[entry.unit],
        n_label=entry.n_label,
        minimum_n=entry.minimum_n,
        lower_bound=entry.bounds[0],
        upper_bound=entry.bounds[1],
        usual_low=entry.usual[0],
        usual_high=entry.usual[1],
        purpose=entry.purpose,
        caution=entry.caution,
        position=10 * (position + 1),
    )
