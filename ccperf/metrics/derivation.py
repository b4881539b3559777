"""Observations of measures that are worked out by formula, kept beside those that were imported.

They are written whenever days are summed again, under the definitions of each day, from the imported rows of
the same day and subject. A subject that lacks one of the parts has no row. The statements are the same on
SQLite and PostgreSQL.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min

from ccperf.core.dates import add_months, month_start
from ccperf.metrics.analysis_formula import Definition, Sum, resolve
from ccperf.metrics.bulk import COLUMNS, run
from ccperf.metrics.models import MetricDefinition, Observation
from ccperf.metrics.services import mark_dirty, partitions_of

SELECT = (
    "SELECT day, subject, %s, MAX(person_id), MAX(team_id), MAX(site_id), MAX(queue_id), "
    "{numerator}, {denominator}, {n}, %s, NULL FROM metrics_observation "
    "WHERE day = %s AND metric_id IN ({measures}) GROUP BY day, subject "
    "HAVING COUNT(*) = %s AND {denominator} >= 0"
)


@dataclass(frozen=True)
class Formula:
    """Numerator and denominator of one measure as weighted sums of imported parts."""

    numerator: Sum
    denominator: Sum

    @property
    def measures(self) -> list[str]:
        return sorted(self.numerator.measures | self.denominator.measures)


def definitions_on(metrics: Iterable[MetricDefinition], day: date) -> dict[str, Definition]:
    """What every measure is made of on a day, as formulas look it up."""
    return {metric.key: metric.definition_on(day).parts for metric in metrics}


def formula_of(key: str, known: Mapping[str, Definition]) -> Formula:
    """The formula of a measure over imported parts. Raises FormulaError where it cannot be worked out."""
    own = known[key]
    return Formula(resolve(own.numerator, known, (key,)), resolve(own.denominator, known, (key,)))


def derive(start: date, end: date) -> None:
    """Work out every derived measure for the days ``[start, end)`` anew; one query where there is none.

    Each day is a transaction of its own, short enough for others to write in between, unless the caller holds
    one. Repeating it does no harm.
    """
    if not MetricDefinition.objects.exclude(numerator_formula="").exists():
        return
    metrics = list(MetricDefinition.objects.with_history())
    derived = [metric for metric in metrics if metric.is_derived]
    ids = {metric.key: metric.pk for metric in metrics}
    for day in (start + timedelta(days=number) for number in range((end - start).days)):
        known = definitions_on(metrics, day)
        with transaction.atomic(), connection.cursor() as cursor:
            for metric in derived:
                run(
                    cursor,
                    "DELETE FROM metrics_observation WHERE day = %s AND metric_id = %s AND origin = %s",
                    [day, metric.pk, Observation.Origin.DERIVED],
                )
                if metric.history and not metric.is_retired_on(day):
                    _insert(cursor, metric.pk, formula_of(metric.key, known), ids, day)


def _insert(cursor: Any, metric_id: int, formula: Formula, ids: Mapping[str, int], day: date) -> None:
    used = [ids[key] for key in formula.measures]
    counted = [ids[key] for key in sorted(formula.denominator.measures)]
    numerator, numerator_values = _weighted(formula.numerator, ids)
    denominator, denominator_values = _weighted(formula.denominator, ids)
    # How many cases stand behind it: the least n among what it divides by.
    n = f"MIN(CASE WHEN metric_id IN ({_marks(counted)}) THEN n END)"
    statement = SELECT.format(numerator=numerator, denominator=denominator, n=n, measures=_marks(used))
    run(
        cursor,
        f"INSERT INTO metrics_observation ({', '.join(COLUMNS)}) {statement} ON CONFLICT DO NOTHING",
        [
            *(metric_id, *numerator_values, *denominator_values, *counted, Observation.Origin.DERIVED),
            *(day, *used, len(used), *denominator_values),
        ],
    )


def _weighted(formula: Sum, ids: Mapping[str, int]) -> tuple[str, list[float]]:
    """The SQL of a weighted sum over the rows of one subject and day, and its values."""
    cases, values = [], []
    for measure in sorted(formula.measures):
        weights = [formula.weights.get((measure, side), 0.0) for side in ("numerator", "denominator")]
        cases.append("WHEN %s THEN %s * numerator + %s * denominator")
        values += [ids[measure], *weights]
    return f"SUM(CASE metric_id {' '.join(cases)} ELSE 0 END)", values


def _marks(items: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(items))


def mark_stale(metric: MetricDefinition, since: date | None) -> Iterator[tuple[int, int]]:
    """Note every subject and day from ``since`` on (all days unless told) that the measure is worked out for.

    A month at a time, each in a transaction of its own, and safe to repeat; yields months done and in all.
    """
    metrics = list(MetricDefinition.objects.with_history())
    wanted = {metric.key}
    for version in metric.history:
        wanted |= set(formula_of(metric.key, definitions_on(metrics, version.starts_on)).measures)
    rows = Observation.objects.filter(metric__key__in=wanted)
    rows = rows.filter(day__gte=since) if since else rows
    span = rows.aggregate(first=Min("day"), last=Max("day"))
    if span["first"] is None:
        return
    months = [month_start(span["first"])]
    while add_months(months[-1], 1) <= span["last"]:
        months.append(add_months(months[-1], 1))
    for done, month in enumerate(months, start=1):
        found = rows.filter(day__gte=month, day__lt=add_months(month, 1)).order_by()
        with transaction.atomic():
            partitions = found.values_list("day", "person_id", "team_id", "site_id").distinct()
            mark_dirty(set().union(*(partitions_of(*row) for row in partitions)))
        yield done, len(months)
