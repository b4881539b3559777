"""Drafts that wait in the metric studio: a measure worked out of others, and a new version of one in use."""

from ccperf.demo.store_people import Centre
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.versions import create_metric, save_draft

WRAP_SHARE = {
    "name": "Share of after-call work",
    "short_name": "Wrap share",
    "unit": "percent",
    "direction": "band",
    "level": "team",
    "numerator_label": "seconds of after-call work",
    "numerator_formula": "acw.numerator",
    "denominator_label": "seconds of talk, hold and after-call work",
    "denominator_formula": "aht.numerator",
    "minimum_n": 100,
    "lower_bound": 0.0,
    "upper_bound": 1.0,
    "purpose": "How much of the handling happens after the customer has gone.",
    "decision": "Whether a better desktop would pay: wrap is mostly typing.",
    "caution": "Falls when people wrap up while the customer waits.",
    "examples": "acw.numerator 900, aht.numerator 6000 -> 15 %\n"
    "acw.numerator 0, aht.numerator 0 -> no data # nobody rang",
}


def store_drafts(centre: Centre) -> int:
    """Two drafts by the administrator; neither changes a page before it is published."""
    admin = centre.officer("admin")
    create_metric(by=admin.user, key="wrap_share", terms=WRAP_SHARE)
    save_draft(
        by=admin.user,
        metric=MetricDefinition.objects.get(key="aht"),
        version=0,
        terms={
            "minimum_n": 100,
            "owner_id": centre.manager(0).pk,
            "decision": "How many people a shift needs.",
        },
        reason="Fifty contacts cannot tell two teams apart",
    )
    return 2
