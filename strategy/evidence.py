"""What objectives and changes say of the measures they name."""

from collections import Counter
from datetime import date

from ccperf.core.dates import today
from ccperf.metrics.health.evidence import Evidence, Use
from strategy.models import Change, Objective


def evidence_of_strategy(since: date) -> dict[int, Evidence]:
    """Objectives that hold today and changes since a day, by measure; two queries, nobody named."""
    held = Objective.objects.on(today()).filter(metrics__isnull=False)
    objectives = Counter(held.order_by().values_list("metrics", flat=True))
    named = Change.objects.filter(goes_live_on__gte=since, metrics__isnull=False)
    named = named.exclude(status=Change.Status.WITHDRAWN)
    changes = Counter(named.order_by().values_list("metrics", flat=True))
    return {
        metric_id: Evidence(
            (
                Use(objectives[metric_id], "objective" if objectives[metric_id] == 1 else "objectives"),
                Use(changes[metric_id], "change" if changes[metric_id] == 1 else "changes"),
            )
        )
        for metric_id in objectives.keys() | changes.keys()
    }
