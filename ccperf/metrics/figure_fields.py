"""What the kind of import takes: its fields, what they mean, and the names other systems give them."""

from collections.abc import Iterator, Sequence

from ccperf.imports.fields import Field
from ccperf.imports.subjects import agent_fields
from ccperf.metrics.models import MetricDefinition

# What other systems call a measure, beside its own name and short name.
OTHER_NAMES = {
    "fcr_net": ("fcr", "first call resolution", "first contact resolution"),
    "aht": ("aht", "average handling time", "handle time", "handling time"),
    "asa": ("asa", "average speed to answer", "avg speed of answer", "average answer time"),
    "talk_time": ("talk", "average talk time", "avg talk", "agent interaction time"),
    "hold_time": ("hold", "average hold time", "avg hold", "customer hold time"),
    "acw": ("acw", "wrap", "wrap time", "after call work", "after call work time", "after contact work time"),
    "service_level": ("sl", "sla"),
    "abandon_rate": ("abandonment", "abandonment rate", "abandoned rate"),
    "adherence": ("adherence", "schedule adherence"),
    "qa_score": ("qa", "qa score", "quality", "quality score", "evaluation score", "audit score", "qm score"),
    "transfer_rate": ("transfers", "transfer rate", "transfer"),
    "absence_rate": ("absence", "absenteeism", "sickness"),
}
# What may mean a measure: a share of satisfied customers, or the mean of their ratings.
PERHAPS = {
    "qa_score": ("score", "overall score", "total score", "form score"),
    "shrinkage_unplanned": ("shrinkage",),
    "csat_t2b": ("csat", "customer satisfaction", "satisfaction rate", "csat score"),
    "satisfaction_mean": ("csat", "customer satisfaction", "csat score", "satisfaction rating"),
}
TYPES = {"percent": "share", "seconds": "duration"}


def figure_fields(metrics: Sequence[MetricDefinition]) -> list[Field]:
    """The fields in the order in which they are offered: those of every file, then each measure's own."""
    names = {
        word: metric.key
        for metric in metrics
        for word in (*OTHER_NAMES.get(metric.key, ()), metric.short_name, metric.name)
    }
    return [
        Field(
            "date",
            "Date",
            "date",
            "The day the figure belongs to; a month stands on its first day.",
            precision="month",
            synonyms=(
                "day",
                "report date",
                "month",
                "period",
                "week",
                "period start",
                "week commencing",
                "week beginning",
                "start interval",
                "interval start",
                "evaluation date",
                "shift date",
                "schedule date",
                "work date",
                "activity date",
                "call date",
            ),
        ),
        *agent_fields(),
        Field(
            "queue",
            "Queue",
            "text",
            "Queue, skill or channel.",
            maximum=120,
            synonyms=("queue name", "skill", "channel"),
        ),
        Field(
            "metric",
            "Measure",
            "choice",
            "Key or name of the measure, where each row names one.",
            choices={metric.key: metric.name for metric in metrics},
            choice_synonyms=names,
            unknown="unknown_metric",
            synonyms=("metric name", "kpi", "measure", "indicator", "metric key", "kpi name", "measure name"),
        ),
        Field(
            "value",
            "Value",
            "raw",
            "The figure itself, read in the unit of its measure.",
            synonyms=("result", "metric value", "figure", "kpi value", "actual"),
        ),
        Field(
            "numerator",
            "Numerator",
            "number",
            "Upper part of the ratio, in seconds or counts.",
            synonyms=("num",),
        ),
        Field(
            "denominator",
            "Denominator",
            "number",
            "Lower part of the ratio.",
            synonyms=("denom", "den", "base", "out of"),
        ),
        Field(
            "n",
            "n",
            "number",
            "How many contacts, answers or shifts the figure is made of.",
            minimum=0,
            whole=True,
            synonyms=(
                "count",
                "sample size",
                "volume",
                "contacts",
                "responses",
                "sample",
                "contacts handled",
                "handled",
            ),
        ),
        *_wide_fields(metrics),
    ]


def _wide_fields(metrics: Sequence[MetricDefinition]) -> Iterator[Field]:
    for metric in metrics:
        unit = metric.get_unit_display()
        own = (metric.name, metric.short_name, f"{metric.key} value")
        names = tuple(dict.fromkeys((*own, *OTHER_NAMES.get(metric.key, ()))))
        yield Field(
            metric.key,
            metric.name,
            TYPES.get(metric.unit, "number"),
            f"{metric.purpose}"[:160],
            unit,
            synonyms=names,
            weak_synonyms=PERHAPS.get(metric.key, ()),
        )
        yield Field(
            f"{metric.key}.numerator",
            f"{metric.name}: {metric.numerator_label}",
            "number",
            "Upper part of the ratio.",
        )
        yield Field(
            f"{metric.key}.denominator",
            f"{metric.name}: {metric.denominator_label}",
            "number",
            "Lower part of the ratio.",
        )
        yield Field(
            f"{metric.key}.n",
            f"{metric.name}: n",
            "number",
            "How many the figure is made of.",
            metric.n_label,
            minimum=0,
            whole=True,
        )
