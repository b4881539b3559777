# ruff: noqa: E501 - a table, one field a paragraph
"""What the kind of import takes: its fields, what they mean, and the names other systems give them."""

from ccperf.imports.fields import Field
from ccperf.imports.subjects import agent_fields


def interval_fields() -> list[Field]:
    """The fields in the order in which they are offered."""
    count = {"type": "number", "minimum": 0, "unit": "contacts"}
    whole = {**count, "whole": True}
    places = {field.name: field for field in agent_fields()}
    return [
        Field("period_start", "Period start", "datetime", "Start of the interval, the day, or the month.", precision="year",
              synonyms=("interval start", "start", "interval", "start time", "datetime", "date time", "timestamp",
                        "interval start time", "period", "month", "period beginning", "start date time",
                        "week", "week commencing", "week beginning", "week starting", "week start", "w/c",
                        "week of")),
        Field("date", "Date", "date", "The day, where date and time stand in two columns.", precision="year",
              synonyms=("day", "report date", "call date", "date of call", "service date")),
        Field("time", "Time", "time", "Start of the interval beside the date.",
              synonyms=("interval time", "time of day", "half hour", "start hour", "hour", "hour of day", "interval start", "interval",
                        "start time", "start", "interval start time")),
        Field("queue", "Queue", "text", "Queue, skill or channel.", maximum=120,
              synonyms=("queue name", "skill", "skill group", "split", "split skill", "csq", "channel", "vdn", "service",
                        "line", "ring group", "ring groups", "contact service queue", "call queue", "workgroup")),
        places["team"],
        places["site"],
        Field("offered", "Offered", help="Contacts that reached the queue. Never derived.", **whole,
              synonyms=("calls offered", "contacts offered", "total calls", "calls received", "received", "incoming calls",
                        "total contacts", "inbound calls", "offered calls", "volume", "total offered", "call volume",
                        "calls presented", "presented", "offer", "entered", "calls entered", "calls in", "calls queued",
                        "contacts queued")),
        Field("answered", "Answered", help="Contacts an agent answered.", **whole,
              synonyms=("calls answered", "contacts answered", "total answered", "answered calls", "answer", "acd calls", "calls ans",
                        "calls answ", "accepted")),
        Field("handled", "Handled", help="Contacts an agent worked on; some systems count transfers twice.", **whole,
              synonyms=("calls handled", "contacts handled", "total handled", "handled calls")),
        Field("abandoned", "Abandoned", help="Contacts that gave up in the queue. Never derived.", **whole,
              synonyms=("calls abandoned", "contacts abandoned", "abandons", "abandoned calls", "lost calls",
                        "total abandoned", "abandon", "aban calls", "abandoned contacts", "calls aban", "abn calls",
                        "calls abandon")),
        Field("within_target", "Answered within the target time", help="How many, not which share.", **count,
              synonyms=("answered within target", "answered within threshold", "within threshold", "answered in target",
                        "within sla", "calls within sla", "answered within sla", "in sl", "answered in sl")),
        Field("wait_seconds", "Total wait", "duration", "Wait of all answered contacts together.", unit="seconds",
              synonyms=("total wait time", "total wait", "wait time total", "queue time total", "total queue time",
                        "sum of wait", "total answer time")),
        Field("average_wait", "Average wait", "duration", "Average speed of answer; weighted by answered, else handled.",
              unit="seconds", synonyms=("asa", "average speed of answer", "avg speed of answer", "average wait time",
                                        "avg wait", "avg wait time", "average speed to answer", "avg speed ans",
                                        "speed of answer", "average answer time", "avg answer time", "average answer speed", "answer speed avg"),
              weak_synonyms=("average queue time", "avg queue answer time", "average time in queue")),
        Field("handle_seconds", "Total handle time", "duration", "Talk, hold and after-call work of all together.",
              unit="seconds", synonyms=("total handle time", "total handling time", "handle time total")),
        Field("average_handle", "Average handle time", "duration", "Weighted by handled, else answered.", unit="seconds",
              synonyms=("aht", "average handle time", "avg handle time", "average handling time", "avg handling time",
                        "mean handle time", "avg handle", "average handle")),
        Field("service_level", "Service level", "share", "Share answered within the target; weighted by offered.",
              unit="percent", minimum=0,
              synonyms=("sl", "sla", "service level %", "servicelevel", "gos", "grade of service", "sl pct",
                        "service level percentage", "% answered in target", "tsf", "telephone service factor", "within service level", "in service level",
                        "acceptable service level")),
    ]  # fmt: skip
