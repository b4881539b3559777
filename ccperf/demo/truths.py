"""What was planted in the demonstration year, so that the engines have something true to find.

Each truth is a cause with a day and a place. ``without()`` gives the twin in which nothing happened.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta


@dataclass(frozen=True)
class Truths:
    """The planted causes; a day of None means that it does not happen."""

    new_bill_on: date | None
    """A redesigned bill: comments about it emerge everywhere, billing calls take longer."""
    worked_team: int
    worked_on: date | None
    """A team agreed to recap before closing a call: resolution rises and stays."""
    seeming_team: int
    seeming_on: date | None
    """A team began an action in its worst weeks: satisfaction returns to where it always was."""
    desktop_team: int
    desktop_on: date | None
    """A new desktop makes one team hold calls longer: it looks like the agents, it is the tool."""
    gamed_team: int
    gamed_on: date | None
    """A target on handle time is met by passing calls on."""
    bad_intake_on: date
    bad_intake_teams: tuple[int, ...]
    """A training group whose trainer was missing: most left within 90 days."""

    def without(self) -> "Truths":
        """The same centre in which none of the causes happened; the intake stays, but is like any other."""
        return replace(
            self, new_bill_on=None, worked_on=None, seeming_on=None, desktop_on=None, gamed_on=None
        )


def plant(starts_on: date, today: date, teams: int) -> Truths:
    """Place the truths in the period, in different teams as far as there are enough."""
    days = (today - starts_on).days

    def ago(share: float) -> date:
        return _monday(today - timedelta(days=int(days * share)))

    intake = _first_monday(today - timedelta(days=min(190, max(100, int(days * 0.55)))))
    return Truths(
        new_bill_on=today - timedelta(days=min(75, days // 3)),
        worked_team=0,
        worked_on=ago(0.36),
        seeming_team=1 % teams,
        seeming_on=ago(0.3),
        desktop_team=2 % teams,
        desktop_on=ago(0.18),
        gamed_team=3 % teams if teams > 3 else 1 % teams,
        gamed_on=ago(0.42),
        bad_intake_on=intake,
        bad_intake_teams=tuple(range(max(0, teams - max(1, teams // 3)), teams)),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first_monday(day: date) -> date:
    first = day.replace(day=1)
    return first + timedelta(days=-first.weekday() % 7)
