"""What customers, agents and team leaders said in the year, as plain data in the order of their days."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from ccperf.demo import sentences
from ccperf.demo.plan import CentrePlan, PlannedPerson
from ccperf.demo.randomness import stream

CUSTOMER_PER_AGENT_MONTH = 1.25
LEADER_PER_AGENT_MONTH = 0.5
AGENT_PER_AGENT_MONTH = 0.13
CUSTOMER_WEIGHTS = {
    "wait_access": 17, "resolution": 16, "ownership": 13, "empathy_tone": 12, "clarity": 9, "knowledge": 8,
    "transfer": 7, "process_policy": 7, "listening": 6, "accuracy_compliance": 5, "greeting_identity": 3,
    "system_tools": 3,
}  # fmt: skip
ABOUT_NOBODY = {"wait_access", "process_policy", "system_tools"}
"""Themes that are never an agent's doing: their comments are booked to a process."""
PROCESSES = {
    "wait_access": "Queues and opening hours",
    "process_policy": "Rules and forms",
    "system_tools": "App and desktop",
    "new_bill": "Redesigned bill",
}
RATING = {"good": (4, 5, 5, 5), "mixed": (2, 3, 3, 4), "bad": (1, 1, 2, 2), "neutral": (3, 3, 4)}
STRENGTH = {"good": "strength", "bad": "improvement", "mixed": "mixed", "neutral": ""}
OWN_WORDS = (
    "Thank you, good to know.",
    "I remember this call. I should have put the call back into the diary myself.",
    "The account screen was down that day, please look at the hold as well.",
    "Thanks. Could we talk about it in our next 1:1?",
    "I see it a little differently, but I understand how it came across.",
)
ANSWERS = (
    "Thank you for saying so. We go through the call together on Thursday.",
    "You are right about the hold, I have passed it on to the desktop team.",
    "Understood. Your view now stands beside the note.",
)
"""What a leader says to what the agent said."""


@dataclass(frozen=True)
class Story:
    """One piece of feedback before it is stored; ``agent`` and ``team`` are indexes of the plan."""

    day: date
    route: str
    text: str
    tone: str
    voice: str
    team: int
    agent: int | None = None
    process: str = ""
    rating: int | None = None
    shared_after: int | None = None
    acknowledged_after: int | None = None
    reply: str = ""
    answered_after: int | None = None

    @property
    def strength(self) -> str:
        return STRENGTH[self.tone]


def stories(plan: CentrePlan) -> list[Story]:
    """All feedback of the period, oldest first."""
    rng = stream(plan.scale.seed, "stories")
    made: list[Story] = []
    for offset in range(plan.scale.days):
        day = plan.scale.starts_on + timedelta(days=offset)
        if day.weekday() == 6:
            continue
        at_work = [person for person in plan.agents if _works(person, day)]
        if at_work:
            made += _day(rng, plan, day, at_work)
    return made


def _works(person: PlannedPerson, day: date) -> bool:
    return person.team_on(day) is not None and person.started_on + timedelta(days=14) <= day


def _day(rng: random.Random, plan: CentrePlan, day: date, people: list[PlannedPerson]) -> list[Story]:
    # A month has 26 opening days.
    share = len(people) / 26
    made = [
        _customer(rng, plan, day, rng.choice(people))
        for _ in range(_about(rng, share * CUSTOMER_PER_AGENT_MONTH))
    ]
    made += [
        _leader(rng, plan, day, rng.choice(people))
        for _ in range(_about(rng, share * LEADER_PER_AGENT_MONTH))
    ]
    made += [
        _agent(rng, plan, day, rng.choice(people)) for _ in range(_about(rng, share * AGENT_PER_AGENT_MONTH))
    ]
    return made


def _about(rng: random.Random, expected: float) -> int:
    whole = int(expected)
    return whole + (rng.random() < expected - whole)


def _since(day: date, cause: date | None) -> bool:
    return cause is not None and day >= cause


def _customer(rng: random.Random, plan: CentrePlan, day: date, person: PlannedPerson) -> Story:
    team = person.team_on(day) or 0
    planted = _planted_for_customer(rng, plan, day, team)
    themes: list[str] = []
    if planted:
        comment = sentences.planted_comment(rng, planted, "customer")
    else:
        roll = rng.random()
        tone = _tone(rng, plan, person, day, team)
        if roll < 0.1:
            comment = sentences.short_comment(
                rng, rng.choice(("neutral", tone if tone != "mixed" else "bad"))
            )
        elif roll < 0.115:
            comment = sentences.foreign_comment(rng)
        else:
            themes = _themes(rng, tone)
            comment = sentences.customer_comment(rng, themes, tone, agent_name=person.name)
    blameless = (planted == "new_bill" and rng.random() < 0.4) or (
        bool(themes) and set(themes) <= ABOUT_NOBODY
    )
    route = _customer_route(rng, comment.tone)
    return Story(
        day=day,
        route=route,
        text=comment.text,
        tone=comment.tone,
        voice="customer",
        team=team,
        agent=None if blameless else person.index,
        process=PROCESSES.get(planted or (themes[0] if themes else ""), "") if blameless else "",
        rating=rng.choice(RATING[comment.tone]) if route == "post_contact_sms" else None,
        **({} if blameless else _after(rng, plan, day)),
    )


def _planted_for_customer(rng: random.Random, plan: CentrePlan, day: date, team: int) -> str:
    truths = plan.truths
    if _since(day, truths.new_bill_on):
        weeks = (day - truths.new_bill_on).days / 7
        billing = 2.2 if plan.teams[team].queue == "Billing" else 0.8
        if rng.random() < min(0.2, 0.03 * weeks) * billing:
            return "new_bill"
    if team == truths.desktop_team and _since(day, truths.desktop_on) and rng.random() < 0.34:
        return "desktop"
    if team == truths.gamed_team and _since(day, truths.gamed_on) and rng.random() < 0.2:
        return "handed_on"
    return ""


def _customer_route(rng: random.Random, tone: str) -> str:
    if tone == "bad" and rng.random() < 0.16:
        return "complaints"
    if tone == "good" and rng.random() < 0.14:
        return "compliments"
    return "post_contact_sms"


def _tone(rng: random.Random, plan: CentrePlan, person: PlannedPerson, day: date, team: int) -> str:
    truths = plan.truths
    good = 0.5 + 0.04 * person.skill
    if team == truths.worked_team and _since(day, truths.worked_on):
        good += 0.1
    if truths.seeming_on and team == truths.seeming_team and 0 < (truths.seeming_on - day).days <= 28:
        good -= 0.15
    roll = rng.random()
    if roll < good:
        return "good"
    return "mixed" if roll < good + 0.12 else "bad"


def _themes(rng: random.Random, tone: str) -> list[str]:
    count = 2 if tone == "mixed" or rng.random() < 0.28 else 1
    usable = sentences.themes_of_voice("customer", "bad" if tone == "mixed" else tone)
    chosen: list[str] = []
    while len(chosen) < count:
        theme = rng.choices(usable, [CUSTOMER_WEIGHTS[each] for each in usable])[0]
        if theme not in chosen:
            chosen.append(theme)
    return chosen


def _after(rng: random.Random, plan: CentrePlan, day: date) -> dict:
    """How soon it was shared, read and answered; the last fortnight is still on leaders' lists."""
    age = (plan.scale.today - day).days
    wait = rng.choice((0, 1, 1, 2, 3, 4, 6))
    late = 0.55 if age <= 14 else 0.05 if age <= 40 else 0.0
    if rng.random() < late or wait >= age:
        return {}
    if rng.random() > 0.85 or wait + 3 >= age:
        return {"shared_after": wait}
    read = wait + rng.randint(0, 3)
    found = {"shared_after": wait, "acknowledged_after": read}
    if rng.random() < 0.09:
        found["reply"] = rng.choice(OWN_WORDS)
        answered = read + rng.randint(1, 4)
        if answered < age and (age > 21 or rng.random() < 0.4):
            found["answered_after"] = answered
    return found


def _leader(rng: random.Random, plan: CentrePlan, day: date, person: PlannedPerson) -> Story:
    tone = "good" if rng.random() < 0.58 else "bad"
    theme = rng.choice(sentences.themes_of_voice("leader", tone))
    comment = sentences.staff_comment(rng, "leader", theme, tone, name=person.name)
    return Story(
        day=day,
        route=rng.choice(("floor_walk", "floor_walk", "side_by_side", "one_to_one")),
        text=comment.text,
        tone=tone,
        voice="leader",
        team=person.team_on(day) or 0,
        agent=person.index,
        **_after(rng, plan, day),
    )


def _agent(rng: random.Random, plan: CentrePlan, day: date, person: PlannedPerson) -> Story:
    """Agents about their work, to nobody's account: huddles and forms."""
    team, truths = person.team_on(day) or 0, plan.truths
    planted = ""
    if _since(day, truths.new_bill_on) and rng.random() < 0.2:
        planted = "new_bill"
    elif team == truths.desktop_team and _since(day, truths.desktop_on) and rng.random() < 0.6:
        planted = "desktop"
    elif person.is_bad_intake and (day - person.started_on).days < 90 and rng.random() < 0.8:
        planted = "nesting"
    if planted:
        comment = sentences.planted_comment(rng, planted, "agent")
    else:
        tone = "good" if rng.random() < 0.25 else "bad"
        theme = rng.choice(sentences.themes_of_voice("agent", tone))
        comment = sentences.staff_comment(rng, "agent", theme, tone, name=plan.leaders[team].name)
    return Story(day=day, route="huddle", text=comment.text, tone=comment.tone, voice="agent", team=team)
