"""The map of both occupational standards: what each criterion asks for, and where here it is done."""

from dataclasses import dataclass

from django.urls import reverse

from ccperf.people.models import User


@dataclass(frozen=True)
class Way:
    """A page that serves a criterion, and the capability that opens it."""

    label: str
    name: str
    needs: str = ""


@dataclass(frozen=True)
class Criterion:
    """One performance criterion: its code, what must be possible, and the pages that make it so."""

    code: str
    title: str
    asks: str
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class CriterionLine:
    """A criterion as one reader sees it: their links, and pages that others open."""

    criterion: Criterion
    links: list[tuple[str, str]]
    elsewhere: list[str]


FEEDBACK = Way("Feedback", "feedback:item-list", "feedback.read")
ROUTES = Way("Register of routes", "feedback:route-list", "feedback.read")
THEMES = Way("Themes", "themes:theme-list", "themes.read")
DECISIONS = Way("Decisions", "decisions:decision-list", "actions.read")
ACTIONS = Way("Actions", "improvement:action-list", "actions.read")
TEAMS = Way("Team performance", "alerts:span", "metrics.read")
MEASURES = Way("Measures", "metrics:metric-list", "metrics.read")
HEALTH = Way("Health of measures", "metric_health:overview", "metrics.review")
SIGNALS = Way("Signals", "alerts:alert-list", "metrics.read")
OBJECTIVES = Way("Objectives", "strategy:objective-list", "strategy.read")
CHANGES = Way("Changes", "strategy:change-list", "strategy.read")
PATTERNS = Way("Retention patterns", "retention:patterns", "retention.aggregates")
LEAVERS = Way("Leaver register", "retention:leaver-list", "retention.read")
COVER = Way("Cover for absence", "people:delegation-list", "people.delegate")
PEOPLE = Way("People and roles", "people:person-list", "people.manage")
OWN_RECORD = Way("My record and who looked at it", "dashboards:me")

MANAGE = (
    Criterion("M1", "Routes", "A range of routes for obtaining and giving feedback", (ROUTES,)),
    Criterion("M2", "Responsibilities", "Who is responsible for what, within policy", (PEOPLE, COVER)),
    Criterion("M3", "Initiatives", "Feedback from varied sources, by teams and people", (FEEDBACK,)),
    Criterion(
        "M4", "Use of feedback", "Ways to use feedback, found with colleagues", (FEEDBACK, DECISIONS, ACTIONS)
    ),
    Criterion("M5", "Themes", "Common themes with opportunities for improvement", (THEMES,)),
    Criterion("M6", "Agreed actions", "Actions agreed with those who do them", (ACTIONS,)),
    Criterion("M7", "Team strategies", "Strategies for teams, agreed with their leaders"),
    Criterion("M8", "Outcomes", "Whether actions worked, measured", (ACTIONS, TEAMS, SIGNALS)),
    Criterion("M9", "Pressure", "Working under pressure, coordinated"),
    Criterion("M10", "Key changes", "Changes that need active management", (CHANGES,)),
    Criterion("M11", "Procedures", "Procedures developed and adapted"),
    Criterion("M12", "Buddying and coaching", "Support that helps people through change"),
    Criterion("M13", "Factors of leaving", "What influences whether people stay", (PATTERNS,)),
    Criterion("M14", "Reasons", "Feedback on satisfaction and reasons for leaving", (LEAVERS,)),
    Criterion("M15", "Advice", "Steps the organisation can take so that people stay"),
    Criterion("M16", "Data protection", "Personal information handled by law and policy", (OWN_RECORD,)),
)
DEVELOP = (
    Criterion("D1", "Review of sources", "Formal and informal sources reviewed", (ROUTES,)),
    Criterion("D2", "Other methods", "Alternative methods identified"),
    Criterion("D3", "Benefits and drawbacks", "Methods evaluated", (ROUTES,)),
    Criterion("D4", "Collection", "A structured collection of feedback recommended"),
    Criterion("D5", "Use and sharing", "Feedback shared with those who deliver the service", (FEEDBACK,)),
    Criterion("D6", "Objectives", "Strategies and objectives that matter here", (OBJECTIVES,)),
    Criterion("D7", "Measures reviewed", "Measures reviewed, and what works well", (HEALTH, MEASURES)),
    Criterion("D8", "Consultation", "Colleagues consulted about options"),
    Criterion("D9", "Options", "Options for improvement evaluated"),
    Criterion("D10", "Implementation", "Strategy and systems put in place", (MEASURES,)),
    Criterion("D11", "Alignment", "The system watched as strategy develops", (OBJECTIVES,)),
    Criterion("D12", "Structures", "Management systems and structures reviewed", (PEOPLE,)),
    Criterion("D13", "Impact", "The probable impact of changes assessed", (CHANGES,)),
    Criterion("D14", "Change strategy", "Strategies that guide change", (CHANGES,)),
    Criterion("D15", "Guidance under pressure", "Guidance for managers of teams under pressure"),
    Criterion("D16", "Retention patterns", "Patterns watched, options found", (PATTERNS,)),
)


def standards_map(user: User) -> list[tuple[str, list[CriterionLine]]]:
    """Both standards with the links this user may open."""
    return [
        ("Manage team and individual performance", [_line(criterion, user) for criterion in MANAGE]),
        ("Develop and enhance performance management", [_line(criterion, user) for criterion in DEVELOP]),
    ]


def _line(criterion: Criterion, user: User) -> CriterionLine:
    mine = [way for way in criterion.ways if not way.needs or user.access.can(way.needs)]
    return CriterionLine(
        criterion,
        [(way.label, reverse(way.name)) for way in mine],
        [way.label for way in criterion.ways if way not in mine],
    )
