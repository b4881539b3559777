# ruff: noqa: E501 - a table, one field a paragraph
"""What the kind of import takes: its fields, what they mean, and the names other systems give them."""

from ccperf.imports.fields import Field
from ccperf.imports.subjects import agent_fields

ANSWERED = frozenset({"answered", "handled", "connected", "completed", "taken", "success", "accepted"})
UNANSWERED = frozenset(
    {
        "abandoned",
        "missed",
        "unanswered",
        "not answered",
        "no answer",
        "lost",
        "rejected",
        "incomplete",
        "no-answer",
        "busy",
        "failed",
        "canceled",
        "cancelled",
        "not connected",
        "abandon",
    }
)


def contact_fields() -> list[Field]:
    """The fields in the order in which they are offered."""
    return [
        Field("contact_id", "Contact reference", "identifier", "The contact's own identifier; a second row with it counts once.",
              maximum=120, synonyms=("call id", "call reference", "interaction id", "conversation id", "ticket id", "case id",
                                     "call ref", "unique id", "session id", "ucid", "chat id", "contact ref", "callid", "interaction", "conversation", "contact ref id", "call guid",
                                     "call sid")),
        Field("started_at", "Start, date and time", "datetime", "When it began, in the time of the centre.",
              synonyms=("start time", "call start", "started", "start", "start date time", "call date time", "datetime",
                        "date time", "timestamp", "call start time", "contact start", "created at", "date and time",
                        "conversation start", "conversation start time", "interaction start", "initiation timestamp",
                        "interaction start time", "call start date time", "start timestamp", "creation date",
                        "created date")),
        Field("date", "Date", "date", "The day, where date and time stand in two columns.",
              synonyms=("call date", "day", "contact date", "start date", "report date", "interaction date")),
        Field("time", "Time", "time", "The time of day beside the date.",
              synonyms=("call time", "time of day", "contact time", "start hour", "start time", "start", "call start time")),
        *agent_fields()[:3],
        Field("queue", "Queue", "text", "Queue, skill or channel.", maximum=120,
              synonyms=("queue name", "skill", "skill group", "split", "vdn", "csq", "department queue", "line", "ring group",
                        "ring groups"),
              weak_synonyms=("channel", "department", "campaign")),
        Field("topic", "Topic", "text", "What it was about.", maximum=120,
              synonyms=("reason", "contact reason", "call reason", "subject", "category", "disposition", "wrap code",
                        "disposition code", "wrap up code", "call topic", "issue", "enquiry type"),
              weak_synonyms=("call type", "wrap up")),
        Field("answered", "Answered, yes or no", "boolean", "Whether an agent took it.", yes=ANSWERED, no=UNANSWERED,
              synonyms=("answered y n", "is answered", "call answered", "answered flag", "handled", "connected"),
              weak_synonyms=("status", "call status", "outcome", "result", "disposition", "contact status")),
        Field("abandoned", "Abandoned, yes or no", "boolean", "Whether the customer gave up waiting.",
              yes=frozenset({"abandoned"}), no=ANSWERED | {"not abandoned"},
              synonyms=("is abandoned", "abandon", "abandoned flag", "abandoned y n", "call abandoned", "lost call")),
        Field("wait_seconds", "Wait", "duration", "Time in the queue until an agent took it.", unit="seconds",
              synonyms=("wait", "wait time", "speed of answer", "queue time", "time in queue", "waiting time", "asa",
                        "time to answer", "answer speed", "speed to answer", "queue wait", "queue wait time"),
              weak_synonyms=("ring time",)),
        Field("talk_seconds", "Talk time", "duration", "Time in conversation.", unit="seconds",
              synonyms=("talk", "talk time", "avg talk duration", "talk duration", "conversation time", "call duration",
                        "duration", "length", "call length", "talking time", "agent talk time",
                        "total talk", "agent interaction time")),
        Field("hold_seconds", "Hold time", "duration", "Time on hold.", unit="seconds",
              synonyms=("hold", "hold time", "on hold", "hold duration", "time on hold", "total hold",
                        "customer hold time")),
        Field("after_call_seconds", "After-call work", "duration", "Time in wrap-up afterwards.", unit="seconds",
              synonyms=("acw", "wrap", "wrap time", "wrap up", "wrap up time", "after call work", "acw time", "after call",
                        "after call work time", "total acw", "post call work", "after contact work", "after contact work time")),
        Field("handle_seconds", "Handle time", "duration", "Talk, hold and after-call work together.", unit="seconds",
              synonyms=("aht", "handle time", "handling time", "handle", "total handle time", "average handle time")),
        Field("resolved", "Resolved, yes or no", "boolean", "Whether it was solved at the first contact.",
              yes=frozenset({"resolved", "solved", "closed", "fixed"}),
              no=frozenset({"unresolved", "not resolved", "open", "pending", "escalated"}),
              synonyms=("is resolved", "fcr", "first contact resolution", "first call resolution", "solved",
                        "resolved y n", "issue resolved", "resolution", "resolved first time")),
        Field("satisfaction", "Satisfaction", "number", "The customer's rating.", minimum=0,
              synonyms=("csat", "satisfaction rating", "customer satisfaction", "satisfaction score", "csat score",
                        "rating", "customer rating", "survey score", "csat rating")),
        Field("satisfaction_scale", "Highest possible rating", "number", "5 unless told; the two highest count as satisfied.",
              minimum=2),
        *agent_fields()[3:],
    ]  # fmt: skip
