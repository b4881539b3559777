# ruff: noqa: E501 - a table, one field a paragraph
"""What the kind of import takes: its fields, what they mean, and the names other systems give them."""

from ccperf.imports.fields import Field
from ccperf.imports.subjects import name_parts
from retention.models import Leaver, LeaverReason, ReasonForLeaving

KIND_WORDS = {
    "resignation": "voluntary", "quit": "voluntary", "voluntary resignation": "voluntary", "left": "voluntary",
    "retirement": "retired", "retire": "retired", "age retirement": "retired",
    "dismissal": "involuntary", "dismissed": "involuntary", "termination": "involuntary", "terminated": "involuntary",
    "redundancy": "involuntary", "redundant": "involuntary", "contract expired": "involuntary", "laid off": "involuntary",
    "end of contract": "involuntary", "end of fixed term": "involuntary", "probation failed": "involuntary",
    "transfer": "internal", "internal move": "internal", "internal transfer": "internal", "promotion": "internal",
}  # fmt: skip


REASON_WORDS = {
    # reason: names of the same in exit surveys, and names that only may mean it
    "pay": (("salary", "pay", "pay and benefits", "benefits", "better pay", "compensation", "remuneration"), ("employment conditions",)),
    "better_role": (("better role", "career move", "career move to private sector", "new job", "better job"), ("career move to public sector",)),
    "career": (("no progression", "lack of progression", "career progression", "lack of promotion", "career development"), ("lack of recognition",)),
    "schedule": (("shifts", "shift pattern", "schedule", "hours", "working hours", "rota"), ()),
    "work_life": (("work life balance", "worklife balance", "caring duties", "childcare"), ("maternity family", "family reasons", "family")),
    "manager": (("manager", "relationship with manager", "management", "poor management"), ("supervisor",)),
    "colleagues": (("interpersonal conflicts", "interpersonal conflict", "bullying", "conflict with colleagues", "harassment"), ()),
    "workload": (("workload", "work load", "stress", "pressure", "burnout"), ()),
    "monitoring": (("monitoring", "micromanagement"), ()),
    "abuse": (("customer abuse", "abusive customers"), ("traumatic incident",)),
    "job_fit": (("job fit", "poor fit", "job not as described"), ("job dissatisfaction", "dissatisfaction with the department")),
    "training_support": (("lack of training", "poor training", "lack of support"), ("training", "support")),
    "monotony": (("monotony", "repetitive work", "boredom"), ()),
    "commute": (("commute", "travel time", "travel to work"), ("work location", "physical work environment")),
    "study": (("study", "education", "study travel", "further education", "return to education"), ()),
    "relocation": (("relocation", "moved away", "moving", "relocating"), ()),
    "health": (("ill health", "health", "sickness", "medical"), ()),
    "retirement": (("retirement", "retired"), ()),
    "end_contract": (("contract ended", "end of contract", "contract expired"), ()),
    "redundancy": (("redundancy", "redundant"), ("lack of job security",)),
    "unknown": (("not given", "no reason given"), ("none of the above",)),
}  # fmt: skip


def leaver_fields(reasons: list[ReasonForLeaving]) -> list[Field]:
    """The fields in the order in which they are offered."""
    choices = {reason.key: reason.name for reason in reasons}
    return [
        Field("employee_number", "Employee number", "identifier", "The person's number in the personnel system.", maximum=60,
              synonyms=("employee id", "staff number", "staff id", "personnel number", "payroll number", "emp id", "emp no", "worker id",
                        "person id", "agent id")),
        Field("name", "Name", "text", "Full name, where the file has no number.", maximum=160,
              synonyms=("employee name", "full name", "employee", "leaver name", "agent name", "worker", "worker name",
                                                          "preferred name")),
        *name_parts("employee "),
        Field("email", "E-mail", "text", "Work e-mail address.", maximum=254, synonyms=("email address",)),
        Field("reference", "Reference of the answer", "identifier",
              "For exit surveys that name nobody: the survey's own number. Such rows tell reasons, never rates.", maximum=80,
              synonyms=("response id", "survey id", "record id", "id", "respondent id")),
        Field("started_on", "First day", "date", "First day employed; a year is enough for a survey.", precision="year",
              synonyms=("start date", "hire date", "date of hire", "joined", "join date", "employment start", "date joined", "start", "start year", "year started", "hire year",
                        "year joined", "original hire date", "started", "employment start date")),
        Field("left_on", "Last day", "date", "Last day employed; a year is enough for a survey.", precision="year",
              synonyms=("leaving date", "end date", "termination date", "cease date", "leave date", "date left", "exit date",
                        "last working day", "last day worked", "separation date", "date of leaving", "date of termination", "leaver date",
                        "end year", "year left", "leaving year", "exit year", "cease year", "left", "employment end date")),
        Field("notice_on", "Notice given on", "date", "The day notice was given.",
              synonyms=("notice date", "resignation date", "date of notice", "notice given")),
        Field("kind", "How they left", "choice", "Resigned, retired, dismissed, moved inside, other.",
              choices=dict(Leaver.Kind.choices), choice_synonyms=KIND_WORDS,
              synonyms=("separation type", "leaver type", "termination type", "leaving type", "type of separation",
                        "exit type", "attrition type", "leave type", "term type", "type of leaving", "termination category", "leaving category",
                        "voluntary or involuntary", "separation category")),
        Field("reason", "Main reason", "choice", "The main reason, from the register of reasons.", choices=choices,
              choice_synonyms={word: key for key, (words, _) in REASON_WORDS.items() if key in choices for word in words},
              synonyms=("leaving reason", "reason for leaving", "primary reason", "exit reason", "termination reason",
                        "main reason for leaving", "term reason", "reason", "separation reason", "primary termination reason",
                        "primary reason for leaving", "main reason")),
        Field("secondary_reasons", "Further reasons", "raw",
              "Columns of ticks, each headed by a reason, or one column of reasons cut by semicolons.", several=True,
              synonyms=("other reasons", "further reason", "secondary reason", "additional reasons", "contributing factors",
                        "contributory factors", "contributing reasons", "secondary reason for leaving", "secondary termination reasons",
                        "secondary termination reason")),
        *[_tick(key, name) for key, name in choices.items()],
        Field("stated_by", "Stated by", "choice", "Who gave the reasons; the leaver unless told.",
              choices=dict(LeaverReason.StatedBy.choices)),
        Field("regretted", "Would have been kept", "boolean", "Whether the leaving is regretted.",
              synonyms=("regretted loss", "regrettable", "regretted leaver", "regret", "regrettable termination", "regretted termination")),
        Field("team", "Team", "text", "Team at leaving.", maximum=120, synonyms=("team name", "dept", "department"),
              weak_synonyms=("supervisory organization", "organization")),
        Field("site", "Site", "text", "Site at leaving.", maximum=120, synonyms=("site name",)),
    ]  # fmt: skip


def _tick(key: str, name: str) -> Field:
    """A column of ticks for one reason; several columns may stand for the same reason."""
    words, perhaps = REASON_WORDS.get(key, ((), ()))
    return Field(f"reason.{key}", f"Reason: {name}", "boolean", "A tick where this reason applies.",
                 synonyms=(name, *words), weak_synonyms=perhaps, several=True)  # fmt: skip
