# ruff: noqa: E501 - a table, one field a paragraph
"""What the kind of import takes: its fields, what they mean, and the names other systems give them."""

from ccperf.imports.fields import Field
from ccperf.imports.subjects import name_parts
from ccperf.people.models import Role

ROLES = {Role.AGENT: "Agent", Role.SUPERVISOR: "Supervisor", Role.MANAGER: "Manager", Role.HR: "HR"}
ROLE_WORDS = {
    "adviser": Role.AGENT,
    "advisor": Role.AGENT,
    "associate": Role.AGENT,
    "representative": Role.AGENT,
    "team leader": Role.SUPERVISOR,
    "team manager": Role.SUPERVISOR,
    "tl": Role.SUPERVISOR,
    "operations manager": Role.MANAGER,
    "human resources": Role.HR,
}


def people_fields() -> list[Field]:
    """The fields in the order in which they are offered."""
    return [
        Field("employee_number", "Employee number", "identifier", "The number in the personnel system; the surest key.",
              maximum=60, synonyms=("employee id", "staff number", "staff id", "personnel number", "payroll number",
                                    "emp id", "emp no", "employee no", "worker id", "person id", "agent id")),
        Field("name", "Name", "text", "Full name.", maximum=160,
              synonyms=("full name", "employee name", "agent name", "agent", "staff name", "display name", "employee", "worker", "worker name", "preferred name", "legal name")),
        *name_parts("employee "),
        Field("email", "E-mail", "text", "Work e-mail address.", maximum=254,
              synonyms=("email address", "e mail", "mail", "work email", "email primary work", "primary work email",
                        "business email")),
        Field("role", "Role", "choice", "What the person does; rights over everybody's data are never given by a file.",
              choices=ROLES, choice_synonyms=ROLE_WORDS, synonyms=("user role", "app role"),
              weak_synonyms=("job", "job title", "position", "title", "job role", "job profile", "business title")),
        Field("team", "Team", "text", "Team the person works in.", maximum=120, synonyms=("team name", "squad"),
              weak_synonyms=("organization", "supervisory organization", "department", "org unit", "work group")),
        Field("site", "Site", "text", "Site of the team.", maximum=120,
              synonyms=("site name", "location", "office", "centre", "work location")),
        Field("team_leader", "Team leader", "text", "Name or number of the team's leader.", maximum=160,
              synonyms=("supervisor", "tl", "team lead", "line manager", "reports to", "leader", "supervisor name", "reporting to",
                        "reports to name")),
        Field("manager", "Manager", "text", "Name or number of the manager responsible for the team.", maximum=160,
              synonyms=("operations manager", "manager name", "ops manager", "department manager")),
        Field("started_on", "First day", "date", "First day employed.",
              synonyms=("start date", "hire date", "date of hire", "joined", "join date", "date joined", "started",
                        "employment start", "date started", "joining date", "hired on", "start", "employed from",
                        "original hire date", "employment start date", "service date", "from", "valid from")),
        Field("left_on", "Last day", "date", "Last day employed, empty while employed.",
              synonyms=("leaving date", "end date", "termination date", "leave date", "date left", "last working day",
                        "last day worked", "exit date", "employment end", "employment end date", "separation date",
                        "cease date", "leaver date", "date of leaving", "end", "employed until", "last day employed")),
    ]  # fmt: skip
