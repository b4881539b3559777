"""A year of figures for every agent: numerators, denominators and n, with weekday, season and causes.

All agents and days are drawn at once as arrays of the shape (agents, days).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ccperf.demo.plan import CentrePlan
from ccperf.demo.randomness import array_stream

WEEKDAY = np.array([1.22, 1.08, 1.0, 0.95, 0.93, 0.55, 0.0])
"""Contacts by weekday; closed on Sundays."""
AHT_TARGET = 480.0
HANDLED_A_DAY = 37.0


@dataclass(frozen=True)
class Figures:
    """One measure for many people and days; position i of every array is one observation."""

    metric: str
    who: np.ndarray
    day: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    n: np.ndarray


class Year:
    """The days of the period and who worked on which, from which every measure is drawn."""

    def __init__(self, plan: CentrePlan) -> None:
        self.plan = plan
        start, end = plan.scale.starts_on, plan.scale.today
        self.days = [start + timedelta(days=offset) for offset in range((end - start).days)]
        self.rng = array_stream(plan.scale.seed, "series")
        ordinals = np.array([day.toordinal() for day in self.days])
        self.weekday = (ordinals - 1) % 7
        of_year = np.array([day.timetuple().tm_yday for day in self.days])
        self.season = np.cos(2 * np.pi * (of_year - 15) / 365.25)
        self.volume = WEEKDAY[self.weekday] * (1 + 0.22 * self.season)
        self.team = self._teams()
        started = np.array([person.started_on.toordinal() for person in plan.agents])
        self.tenure = np.maximum(ordinals[None, :] - started[:, None], 0)
        self.skill = np.array([person.skill for person in plan.agents])[:, None]
        self.at_work = self._at_work()
        self.handled = self.rng.poisson(
            HANDLED_A_DAY * np.clip(self.volume, 0.01, 2)[None, :], self.team.shape
        )
        self.handled = np.where(self.at_work, np.maximum(self.handled, 1), 0)

    def _teams(self) -> np.ndarray:
        teams = np.full((len(self.plan.agents), len(self.days)), -1)
        for row, person in enumerate(self.plan.agents):
            for team, since, until in person.spells:
                teams[row, self._index(since) : self._index(until)] = team
        return teams

    def _index(self, day: date | None) -> int:
        last = len(self.days)
        return last if day is None else min(max((day - self.days[0]).days, 0), last)

    def _at_work(self) -> np.ndarray:
        """Six opening days, five shifts, leave and sickness; not in the first three weeks of training."""
        day_off = np.arange(len(self.plan.agents)) % 6
        present = (
            (self.team >= 0) & (self.weekday[None, :] != 6) & (self.weekday[None, :] != day_off[:, None])
        )
        away = self.rng.random(self.team.shape) < 0.11 + 0.03 * np.clip(self.season, 0, 1)[None, :]
        return present & ~away & (self.tenure >= 21)

    def since(self, day: date | None, *, until: date | None = None) -> np.ndarray:
        """One on the days from ``day`` on (none when it is None), zero before."""
        flags = np.zeros(len(self.days))
        if day is not None:
            flags[self._index(day) : self._index(until)] = 1.0
        return flags[None, :]

    def in_team(self, team: int) -> np.ndarray:
        return (self.team == team).astype(float)

    def surveyed(self) -> np.ndarray:
        """The contacts behind the survey results of a day: those of three days, on two days a week."""
        first = np.arange(len(self.plan.agents))[:, None] % 3
        today = (self.weekday[None, :] == first) | (self.weekday[None, :] == first + 3)
        return np.where(today, 3 * self.handled, 0)

    def on_queue(self, queue: str) -> np.ndarray:
        return np.isin(self.team, [team.index for team in self.plan.teams if team.queue == queue]).astype(
            float
        )


def agent_figures(plan: CentrePlan) -> Iterator[Figures]:
    """Every measure of every agent, day by day."""
    year = Year(plan)
    yield from _handling(year)
    yield from _answers(year)
    yield from _quality(year)


def _handling(year: Year) -> Iterator[Figures]:
    truths, rng, shape = year.plan.truths, year.rng, year.team.shape
    learning = np.exp(-year.tenure / 60)
    gaming = year.in_team(truths.gamed_team) * year.since(truths.gamed_on)
    stuck = year.in_team(truths.desktop_team) * year.since(truths.desktop_on)
    bill = year.on_queue("Billing") * year.since(truths.new_bill_on)

    hold = (44 - 4 * year.skill) * (1 + 0.3 * learning) * (1 + 1.1 * stuck) * rng.lognormal(0, 0.16, shape)
    acw = (74 - 3 * year.skill) * (1 + 0.35 * learning) * rng.lognormal(0, 0.12, shape)
    aht = (
        (512 - 14 * year.skill)
        * (1 + 0.02 * year.season[None, :])
        * (1 + 0.28 * learning)
        * (1 + 0.06 * bill)
    )
    aht = aht * rng.lognormal(0, 0.055, shape) + 48 * stuck
    # Everybody a hair under the target: that is what a gamed figure looks like.
    aht = np.where(gaming > 0, np.minimum(aht, AHT_TARGET - np.abs(rng.normal(0, 7, shape))), aht)
    transfer = np.clip(0.088 - 0.007 * year.skill + 0.03 * learning + 0.075 * gaming, 0.005, 0.6)

    yield _per_contact(year, "aht", aht)
    yield _per_contact(year, "acw", acw)
    yield _per_contact(year, "hold_time", hold)
    yield _counted(year, "transfer_rate", rng.binomial(year.handled, transfer), year.handled)
    scheduled = np.where(year.at_work, 450, 0)
    share = np.clip(0.935 + 0.006 * year.skill + rng.normal(0, 0.022, shape), 0.6, 0.995)
    yield _selected(year, "adherence", np.round(scheduled * share), scheduled, np.where(year.at_work, 1, 0))


def _answers(year: Year) -> Iterator[Figures]:
    """Survey answers, which arrive for each agent twice a week: weeks are the honest unit."""
    truths, rng = year.plan.truths, year.rng
    learning = np.exp(-year.tenure / 75)
    worked = year.in_team(truths.worked_team) * year.since(truths.worked_on)
    gaming = year.in_team(truths.gamed_team) * year.since(truths.gamed_on)
    stuck = year.in_team(truths.desktop_team) * year.since(truths.desktop_on)
    bill = year.on_queue("Billing") * year.since(truths.new_bill_on)
    low_weeks = year.in_team(truths.seeming_team) * year.since(
        truths.seeming_on - timedelta(days=28) if truths.seeming_on else None, until=truths.seeming_on
    )
    resolved = 0.715 + 0.012 * year.skill - 0.07 * learning + 0.085 * worked - 0.04 * gaming - 0.015 * bill
    contacts = year.surveyed()
    asked = rng.binomial(contacts, 0.13)
    yield _counted(year, "fcr_net", rng.binomial(asked, np.clip(resolved, 0.05, 0.98)), asked)
    content = 0.805 + 0.012 * year.skill - 0.05 * learning + 0.02 * worked - 0.03 * stuck - 0.02 * bill
    content = content - 0.085 * low_weeks - 0.012 * year.season[None, :]
    rated = rng.binomial(contacts, 0.11)
    yield _counted(year, "csat_t2b", rng.binomial(rated, np.clip(content, 0.05, 0.98)), rated)


def _quality(year: Year) -> Iterator[Figures]:
    """One evaluation a week and person: far too few to rank people, enough for a team."""
    rng, shape = year.rng, year.team.shape
    evaluated = year.at_work & (rng.random(shape) < 0.2)
    points = np.clip(
        np.round(rng.normal(88 + 2.2 * year.skill - 6 * np.exp(-year.tenure / 70), 6, shape)), 40, 100
    )
    one = evaluated.astype(int)
    yield _selected(year, "qa_score", np.where(evaluated, points, 0), one * 100, one)
    passed = rng.random(shape) < np.clip(0.955 + 0.012 * year.skill, 0.7, 0.995)
    yield _selected(year, "critical_accuracy", one * passed, one, one)


def _per_contact(year: Year, metric: str, seconds: np.ndarray) -> Figures:
    return _selected(year, metric, np.round(seconds * year.handled), year.handled, year.handled)


def _counted(year: Year, metric: str, numerator: np.ndarray, denominator: np.ndarray) -> Figures:
    return _selected(year, metric, numerator, denominator, denominator)


def _selected(
    year: Year, metric: str, numerator: np.ndarray, denominator: np.ndarray, n: np.ndarray
) -> Figures:
    """Keep the days on which there was something to count: nothing counted is no observation, never zero."""
    who, day = np.nonzero((denominator > 0) & year.at_work)
    return Figures(metric, who, day, numerator[who, day], denominator[who, day], n[who, day])


@dataclass(frozen=True)
class GroupFigure:
    """One observation of a team or queue on one day."""

    metric: str
    day: date
    group: int
    numerator: float
    denominator: float
    n: int


def team_figures(plan: CentrePlan) -> Iterator[GroupFigure]:
    """Sickness and complaints, which belong to teams and never to a person."""
    year = Year(plan)
    rng = array_stream(plan.scale.seed, "teams")
    bill = plan.truths.new_bill_on
    for team in plan.teams:
        members = (year.team == team.index).sum(axis=0)
        handled = np.where(year.team == team.index, year.handled, 0).sum(axis=0)
        level = 0.047 + 0.012 * rng.standard_normal()
        for index, day in enumerate(year.days):
            if not members[index] or year.weekday[index] == 6:
                continue
            share = np.clip(level + 0.018 * year.season[index], 0.01, 0.15)
            contracted = int(members[index])
            lost = int(rng.binomial(contracted, share))
            yield GroupFigure("absence_rate", day, team.index, lost, contracted, contracted)
            if handled[index]:
                rate = 0.0042 * (1.7 if bill and day >= bill and team.queue == "Billing" else 1.0)
                complaints = int(rng.poisson(rate * handled[index]))
                yield GroupFigure(
                    "complaint_rate", day, team.index, complaints, int(handled[index]), int(handled[index])
                )


@dataclass(frozen=True)
class QueueDay:
    """One queue of one site on one day, as a telephone system reports it."""

    day: date
    site: int
    queue: str
    offered: int
    answered: int
    abandoned: int
    within_target: int
    wait_seconds: float
    handle_seconds: float
    available_seconds: float


def queue_days(plan: CentrePlan) -> Iterator[QueueDay]:
    """Offered, answered and waiting by site and queue; Mondays and winter are the hard days."""
    year = Year(plan)
    rng = array_stream(plan.scale.seed, "queues")
    handled_by_team = {
        team.index: np.where(year.team == team.index, year.handled, 0).sum(axis=0) for team in plan.teams
    }
    for site in range(len(plan.sites)):
        for queue in sorted({team.queue for team in plan.teams if team.site == site}):
            teams = [team.index for team in plan.teams if team.site == site and team.queue == queue]
            answered = sum(handled_by_team[index] for index in teams)
            for index, day in enumerate(year.days):
                if year.weekday[index] == 6 or not answered[index]:
                    continue
                yield _queue_day(rng, year, index, day, site, queue, int(answered[index]))


def _queue_day(rng, year: Year, index: int, day: date, site: int, queue: str, answered: int) -> QueueDay:
    load = 0.79 + 0.05 * (year.volume[index] - 1) + 0.03 * year.season[index] + rng.normal(0, 0.012)
    load = float(np.clip(load, 0.6, 0.95))
    lost = float(np.clip(0.015 + 1.3 * max(0.0, load - 0.8) ** 1.4 + rng.normal(0, 0.006), 0.002, 0.25))
    offered = round(answered / (1 - lost))
    within = float(np.clip(0.93 - 2.4 * max(0.0, load - 0.76) + rng.normal(0, 0.02), 0.25, 0.98))
    handle = answered * 520.0
    return QueueDay(
        day=day,
        site=site,
        queue=queue,
        offered=offered,
        answered=answered,
        abandoned=offered - answered,
        within_target=min(answered, round(offered * within)),
        wait_seconds=round(answered * (9 + 260 * max(0.0, load - 0.74) + abs(rng.normal(0, 3)))),
        handle_seconds=handle,
        available_seconds=round(handle * (1 - load) / load),
    )
