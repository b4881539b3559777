"""What the demonstration centre decided to do in the year: actions, objectives and changes, as plain data."""

from dataclasses import dataclass
from datetime import date, timedelta

from ccperf.demo.plan import CentrePlan


@dataclass(frozen=True)
class PlannedAction:
    """An improvement action; days are counted back from today."""

    title: str
    what: str
    team: int
    started_ago: int
    due_in: int
    metric: str = ""
    aim: float = 0.0
    """How far the measure should move from where it stood, in stored units."""
    guard: str = ""
    guard_limit: float | None = None
    for_person: bool = False
    team_promise: str = ""
    leader_promise: str = ""
    state: str = "agreed"
    """``agreed``, ``proposed`` (the agent has not answered), ``countered`` or ``closed``."""
    outcome: str = ""
    theme: str = ""
    checks_missed: bool = False


def actions(plan: CentrePlan) -> list[PlannedAction]:
    """The actions of the year: those around the planted causes, and the ordinary ones of every leader."""
    truths, today, count = plan.truths, plan.scale.today, len(plan.teams)

    def ago(day: date | None) -> int:
        return (today - day).days if day else 60

    made = [
        PlannedAction(
            "Recap before closing on billing calls",
            "Before hanging up, sum up in one sentence what was agreed, what happens next and by when",
            truths.worked_team,
            ago(truths.worked_on),
            due_in=21,
            metric="fcr_net",
            aim=0.06,
            guard="transfer_rate",
            team_promise="Use the recap on every call and note the next step",
            leader_promise="Listen to two calls a week and say what worked",
            theme="resolution",
        ),
        PlannedAction(
            "Smile in the voice week",
            "Warm-up at the start of each shift and a kind closing sentence",
            truths.seeming_team,
            ago(truths.seeming_on),
            due_in=14,
            metric="csat_t2b",
            aim=0.04,
            team_promise="Take part in the warm-up",
            leader_promise="Keep ten minutes of each shift free for it",
            theme="empathy_tone",
        ),
        PlannedAction(
            "Shorter calls",
            "Keep calls under eight minutes by steering back to the matter",
            truths.gamed_team,
            ago(truths.gamed_on),
            due_in=-9,
            metric="aht",
            aim=-30,
            guard="transfer_rate",
            guard_limit=0.1,
            team_promise="Watch the call timer",
            leader_promise="Clear the backlog of after-call work",
        ),
        PlannedAction(
            "Fewer holds on account questions",
            "Ask before putting on hold and come back within a minute",
            truths.desktop_team,
            18,
            due_in=40,
            metric="hold_time",
            aim=-30,
            team_promise="Say why and for how long before each hold",
            leader_promise="Raise the slow account screen with the desktop team every day",
            theme="system_tools",
        ),
    ]
    for index in range(count):
        made += _ordinary(index)
    return made


def _ordinary(team: int) -> list[PlannedAction]:
    every = [
        PlannedAction(
            "Keep promised call-backs",
            "Put every promised call-back into the diary before the call ends",
            team,
            35,
            due_in=6 + team % 5,
            metric="csat_t2b",
            aim=0.03,
            team_promise="Diary entry before the next call",
            leader_promise="Block the last half hour of the day for call-backs",
            theme="ownership",
            checks_missed=team % 3 == 0,
        ),
        PlannedAction(
            "Plain words for tariffs",
            "Explain the tariff in three sentences without an abbreviation",
            team,
            20,
            due_in=50,
            metric="csat_t2b",
            aim=0.03,
            for_person=True,
            team_promise="Try the three sentences on five calls",
            leader_promise="Two side-by-sides with feedback the same day",
            theme="clarity",
        ),
        PlannedAction(
            "Introduce the customer when transferring",
            "Stay on the line until the colleague has the name and the matter",
            team,
            1,
            due_in=56,
            metric="transfer_rate",
            aim=-0.02,
            for_person=True,
            team_promise="Warm transfers only",
            leader_promise="Ask payments for a direct line",
            state="proposed" if team % 2 == 0 else "countered",
            theme="transfer",
        ),
        PlannedAction(
            "Notes before the next call",
            "Write the note in wrap time with the three agreed points",
            team,
            120,
            due_in=-12,
            metric="acw",
            aim=-5,
            team_promise="Three points in each note",
            leader_promise="Defend the wrap time on busy days",
            state="closed" if team % 2 else "agreed",
            outcome="Notes are complete on the calls we checked; wrap time stayed where it was.",
            theme="accuracy_compliance",
        ),
    ]
    # Every team has its call-back action or its notes, and one for or before a person.
    return [every[team % 2 * 3], every[1 + team % 2]] + ([every[2]] if team % 4 == 0 else [])


COUNTER = "I would like to start after my leave, and have a direct line first."
CHECK_NOTES = (
    "Went through two calls together. The new habit is there on easy calls, not yet on the hard ones.",
    "Good week. Asked what gets in the way: the account screen.",
    "Shorter talk today, queue was long. Keeps going as agreed.",
)


@dataclass(frozen=True)
class PlannedDecision:
    """A decision of the first manager about a theme, for all teams of the site; days are from today."""

    theme: str
    kind: str
    reason: str
    decided_ago: int
    due_in: int
    by_leader: bool = False
    combined_with: str = ""
    told: str = ""


DECISIONS = (
    PlannedDecision(
        "accuracy_compliance",
        "act",
        "Customers ring again because the note of the first call is missing. That is in our hands.",
        decided_ago=125,
        due_in=10,
    ),
    PlannedDecision(
        "ownership",
        "act",
        "Call-backs are promised and forgotten. Every team puts them into the diary first.",
        decided_ago=38,
        due_in=30,
        by_leader=True,
    ),
    PlannedDecision(
        "transfer",
        "act",
        "Customers tell their story three times. Colleagues are to be introduced when a call is passed on.",
        decided_ago=4,
        due_in=80,
        by_leader=True,
    ),
    PlannedDecision(
        "knowledge_base",
        "combine",
        "What cannot be found and what will not load is one complaint: the desktop.",
        decided_ago=24,
        due_in=-3,
        combined_with="system_tools",
    ),
    PlannedDecision(
        "wait_access",
        "not_now",
        "More people in the evening would cost two posts. The new telephone system comes first.",
        decided_ago=33,
        due_in=-19,
        told="You told us that customers arrive angry after long waits. We add nobody this quarter; the new "
        "telephone system offers a call-back from March, and we look again in April.",
    ),
)


@dataclass(frozen=True)
class PlannedObjective:
    title: str
    description: str
    level: str
    source: str
    place: str
    measures: tuple[tuple[str, str], ...]
    """Pairs of measure and part; a measure in quotes is wanted but does not exist yet."""
    serves: int | None = None
    site: int | None = None
    team: int | None = None


OBJECTIVES = (
    PlannedObjective(
        "Resolved once",
        "Customers do not have to ring again about the same matter.",
        "organisation",
        "Business plan, Northmere Energy",
        "page 14",
        (("fcr_net", "outcome"), ("transfer_rate", "behaviour"), ("aht", "guard")),
    ),
    PlannedObjective(
        "Told and kept",
        "What we promise is noted and done by the day we named.",
        "organisation",
        "Customer promise",
        "point 3",
        (
            ("csat_t2b", "outcome"),
            ("Call-backs kept by the promised day", "outcome"),
            ("qa_score", "behaviour"),
        ),
    ),
    PlannedObjective(
        "People stay",
        "New colleagues are still with us after their first year.",
        "organisation",
        "People plan",
        "section 2",
        (("early_attrition_90", "outcome"), ("Shift wishes granted", "behaviour"), ("absence_rate", "guard")),
    ),
    PlannedObjective(
        "Reached without waiting",
        "Calls are answered in the time we promise, on Mondays too.",
        "centre",
        "Operations plan",
        "page 4",
        (("service_level", "outcome"), ("abandon_rate", "guard")),
        serves=0,
        site=0,
    ),
    PlannedObjective(
        "Right the first time",
        "Evaluations find no critical error.",
        "team",
        "Team agreement",
        "of spring",
        (("critical_accuracy", "outcome"),),
        serves=1,
        team=0,
    ),
)


@dataclass(frozen=True)
class PlannedChange:
    """A change of the register; days are relative to today, negative in the past."""

    title: str
    category: str
    origin: str
    what: str
    why: str
    start: int
    live: int
    end: int
    status: str
    outcome: str
    size: str
    hours: float
    metrics: tuple[str, ...]
    teams: tuple[int, ...] = ()
    queue: str = ""


def changes(plan: CentrePlan) -> list[PlannedChange]:
    """The changes of the year, among them the two that the planted causes come from."""
    truths, today = plan.truths, plan.scale.today
    bill = -(today - (truths.new_bill_on or today - timedelta(days=70))).days
    desktop = -(today - (truths.desktop_on or today - timedelta(days=60))).days
    return [
        PlannedChange(
            "Redesigned bill", "product", "others",
            "Customers get a bill with a blended unit rate; the breakdown moved to page two.",
            "Marketing wants one page that fits a phone.",
            bill - 7, bill, bill + 80, "live", "tell", "m", 1.5, ("aht", "complaint_rate"), queue="Billing",
        ),
        PlannedChange(
            "New desktop, first team", "system", "ours",
            "One team works with the new account screen before everybody else gets it.",
            "The old desktop is no longer supported after March.",
            desktop - 10, desktop, desktop + 60, "live", "manage", "l", 9.0, ("hold_time", "aht"),
            teams=(truths.desktop_team,),
        ),
        PlannedChange(
            "Winter support scheme", "regulation", "others",
            "New questions in every call about arrears, and a form for the supplier fund.",
            "The regulator asks all suppliers to offer it from November.",
            -25, -16, 30, "in_progress", "manage", "m", 3.0, ("aht", "critical_accuracy"),
        ),
        PlannedChange(
            "Shift bidding", "people", "ours",
            "Agents choose among next month's shifts in the order of a rotating list.",
            "Shift wishes are the second most frequent reason for leaving.",
            12, 26, 70, "approved", "manage", "l", 4.0, ("absence_rate",),
        ),
        PlannedChange(
            "Call-back option on all queues", "channel", "ours",
            "Customers who would wait more than ten minutes are offered a call-back.",
            "Waiting is the most frequent complaint of the year.",
            20, 40, 75, "assessed", "", "m", 2.0, ("abandon_rate", "asa"),
        ),
        PlannedChange(
            "Desktop for all teams", "system", "ours",
            "All other teams move to the new desktop, one site a fortnight.",
            "The old desktop is no longer supported after March.",
            30, 45, 100, "proposed", "", "l", 9.0, ("hold_time", "aht"),
        ),
        PlannedChange(
            "Price change letters", "product", "others",
            "All customers get a letter about the new price cap in the same week.",
            "The cap changes each quarter.",
            -200, -190, -160, "closed", "tell", "s", 0.5, ("aht",),
        ),
    ]  # fmt: skip
