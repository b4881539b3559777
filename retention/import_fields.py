# ruff: noqa: E501 - a table, one field a paragraph
"""What the kind of import takes: its fields, what they mean, and the names other systems give them."""

from ccperf.imports.fields import Field
from retention.models import Leaver, LeaverReason, ReasonForLeaving

KIND_WORDS = {
    "resignation": "voluntary", "quit": "voluntary", "voluntary resignation": "voluntary", "left": "voluntary",
    "retirement": "retired", "retire": "retired", "age retirement": "retired",
    "dismissal": "involuntary", "dismissed": "involuntary", "termination": "involuntary", "terminated": "involuntary",
    "redundancy": "involuntary", "redundant": "involuntary", "contract expired": "involuntary", "laid off": "involuntary",
    "end of contract": "involuntary", "end of fixed term": "involuntary", "probation failed": "involuntary",
    "transfer": "internal", "internal move": "internal", "internal transfer": "internal", "promotion": "internal",
}  # fmt: skip


def leaver_fields(reasons: list[ReasonForLeaving]) -> list[Field]:
    """The fields in the order in which they are offered."""
    choices = {reason.key: reason.name for reason in reasons}
    return [
        Field("employee_number", "Employee number", "identifier", "The person's number in the personnel system.", maximum=60,
              synonyms=("employee id", "staff number", "staff id", "personnel number", "payroll number", "emp id", "emp no")),
        Field("name", "Name", "text", "Full name, where the file has no number.", maximum=160,
              synonyms=("employee name", "full name", "employee", "leaver name", "agent name")),
        Field("email", "E-mail", "text", "Work e-mail address.", maximum=254, synonyms=("email address",)),
        Field("reference", "Reference of the answer", "identifier",
              "For exit surveys that name nobody: the survey's own number. Such rows tell reasons, never rates.", maximum=80,
              synonyms=("response id", "survey id", "record id", "id")),
        Field("started_on", "First day", "date", "First day employed; a year is enough for a survey.", precision="year",
              synonyms=("start date", "hire date", "date of hire", "joined", "join date", "employment start", "date joined")),
        Field("left_on", "Last day", "date", "Last day employed; a year is enough for a survey.", precision="year",
              synonyms=("leaving date", "end date", "termination date", "cease date", "leave date", "date left", "exit date",
                        "last working day", "last day worked", "separation date", "date of leaving", "date of termination")),
        Field("notice_on", "Notice given on", "date", "The day notice was given.",
              synonyms=("notice date", "resignation date", "date of notice", "notice given")),
        Field("kind", "How they left", "choice", "Resigned, retired, dismissed, moved inside, other.",
              choices=dict(Leaver.Kind.choices), choice_synonyms=KIND_WORDS,
              synonyms=("separation type", "leaver type", "termination type", "leaving type", "type of separation",
                        "exit type", "attrition type", "leave type", "term type", "type of leaving")),
        Field("reason", "Main reason", "choice", "The main reason, from the register of reasons.", choices=choices,
              synonyms=("leaving reason", "reason for leaving", "primary reason", "exit reason", "termination reason",
                        "main reason for leaving", "term reason", "reason", "separation reason")),
        Field("secondary_reasons", "Further reasons", "raw",
              "Columns of ticks, each headed by a reason, or one column of reasons cut by semicolons.", several=True),
        *[Field(f"reason.{key}", f"Reason: {name}", "boolean", "A tick where this reason applies.") for key, name in choices.items()],
        Field("stated_by", "Stated by", "choice", "Who gave the reasons; the leaver unless told.",
              choices=dict(LeaverReason.StatedBy.choices)),
        Field("regretted", "Would have been kept", "boolean", "Whether the leaving is regretted.",
              synonyms=("regretted loss", "regrettable", "regretted leaver", "regret")),
        Field("team", "Team", "text", "Team at leaving.", maximum=120, synonyms=("team name", "dept", "department")),
        Field("site", "Site", "text", "Site at leaving.", maximum=120, synonyms=("site name",)),
    ]  # fmt: skip
