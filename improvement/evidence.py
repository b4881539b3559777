"""What actions say of the measures they are judged by."""

from datetime import date

from django.db.models import Count, Q

from ccperf.metrics.health.evidence import Evidence, Use
from improvement.models import ImprovementAction

UNJUDGED = ("", ImprovementAction.Verdict.NOT_ENOUGH_DATA)


def evidence_of_actions(since: date) -> dict[int, Evidence]:
    """Agreed actions by measure, and how many of the judged ones moved it; one query, nobody named."""
    agreed = ImprovementAction.objects.filter(metric__isnull=False, agreed_on__gte=since).order_by()
    rows = agreed.values_list("metric_id").annotate(
        agreed=Count("pk"),
        judged=Count("pk", filter=~Q(verdict__in=UNJUDGED)),
        moved=Count("pk", filter=Q(verdict=ImprovementAction.Verdict.IMPROVED)),
    )
    return {
        metric_id: Evidence((Use(count, "action" if count == 1 else "actions"),), judged, moved)
        for metric_id, count, judged, moved in rows
    }
