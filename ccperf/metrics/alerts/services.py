"""Looking for signals once per state of the sums, telling each once, and closing what ended."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.metrics.alerts.models import Alert, AlertDismissal, Cell, TeamWatch
from ccperf.metrics.alerts.selectors import LEAD
from ccperf.metrics.boards import place_of_team, readings_for
from ccperf.metrics.markers import Happening, happenings
from ccperf.metrics.readings import Reading
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import FIRST_DAY, Grain, following, freshness, usual_end, window
from ccperf.notify.models import Notification
from ccperf.notify.services import notify
from ccperf.people.models import Leadership, Person, Span, Team, User

LOOK = "alerts.look"
NEWEST_PERIODS = 2
TEAMS_AT_ONCE = 20
Progress = Callable[[int, int, str], None]
Readers = dict[int, set[Person]]
Marks = dict[Scope, list[Happening]]


@dataclass
class Looked:
    """What a look did."""

    new: int = 0
    going_on: int = 0
    ended: int = 0
    withdrawn: int = 0
    restarted: int = 0


def start_look() -> Job:
    """Queue a look at all teams; one that waits already is enough."""
    return enqueue(LOOK, key=LOOK)


def look(progress: Progress | None = None) -> Looked:
    """Compare every open team's newest complete periods with the alerts that are open, and tell what is new.

    Safe to repeat: on unchanged figures a second look finds, tells and closes nothing.
    """
    teams = list(Team.objects.open().select_related("site").order_by("pk"))
    fresh = freshness()
    span = window("week", before=usual_end(fresh))
    readers = _readers_of(teams)
    marks = _marks_of(teams, readers, span.end)
    looked = Looked()
    for start in range(0, len(teams), TEAMS_AT_ONCE):
        places = {team: place_of_team(team) for team in teams[start : start + TEAMS_AT_ONCE]}
        readings = readings_for(list(places.values()), span, fresh, marks)
        for team, place in places.items():
            _look_at(team, readings[place.scope], looked)
        if progress:
            done = start + len(places)
            progress(done, len(teams), f"{done} of {len(teams)} teams looked at")
    _close_others(teams, looked)
    _note_causes(marks, readers)
    _tell(readers)
    return looked


@transaction.atomic
def _look_at(team: Team, readings: Iterable[Reading], looked: Looked) -> None:
    by_metric = {reading.metric.pk: reading for reading in readings}
    current = {pk: reading for pk, reading in by_metric.items() if _is_current(reading)}
    for alert in Alert.objects.open().filter(team=team).select_related("metric"):
        reading = current.pop(alert.metric_id, None)
        if reading and reading.signal and reading.signal.is_high == alert.is_high:
            _carry_on(alert, reading)
            looked.going_on += 1
        else:
            _close(alert, by_metric.get(alert.metric_id), looked)
            if reading:
                current[alert.metric_id] = reading
    for reading in current.values():
        _open(team, reading)
        looked.new += 1
    cells = [_cell(reading) for reading in by_metric.values()]
    judged = [reading for reading in by_metric.values() if reading.state != "early"]
    weeks = [reading.latest.start for reading in judged if reading.latest and reading.by == "week"]
    TeamWatch.objects.update_or_create(
        team=team,
        defaults={"cells": [asdict(cell) for cell in cells], "week": max(weeks, default=None)},
    )


def _cell(reading: Reading) -> Cell:
    metric, latest = reading.metric, reading.latest
    return Cell(
        metric_id=metric.pk,
        name=metric.short_name,
        direction=metric.direction,
        position=metric.position,
        state=reading.state if latest else "early",
        words=reading.words,
        value=reading.value_words,
        n=latest.n if latest else 0,
        is_news=reading.is_news,
        month=latest.start.isoformat() if latest and reading.by == "month" else "",
    )


def _is_current(reading: Reading) -> bool:
    """News of the newest complete period; figures that arrive late may be one period behind."""
    if not reading.is_news or reading.latest is None or reading.onset is None:
        return False
    return reading.latest.start in [point.x for point in reading.chart.points[-NEWEST_PERIODS:]]


def _open(team: Team, reading: Reading) -> None:
    """A new alert; one of the same rule and onset that was closed goes on, and is not told again."""
    assert reading.signal is not None
    assert reading.onset is not None
    Alert.objects.update_or_create(
        team=team,
        metric=reading.metric,
        rule=reading.signal.rule,
        onset=reading.onset,
        defaults={
            **_shown(reading),
            "is_high": reading.signal.is_high,
            "grain": reading.by,
            "status": Alert.Status.OPEN,
            "closed_at": None,
        },
    )


def _carry_on(alert: Alert, reading: Reading) -> None:
    """The same signal a period later: its words follow, nobody is told again."""
    shown = _shown(reading)
    if any(getattr(alert, name) != value for name, value in shown.items()):
        Alert.objects.filter(pk=alert.pk).update(**shown)


def _shown(reading: Reading) -> dict[str, Any]:
    latest, chart = reading.latest, reading.chart
    assert latest is not None
    return {
        "last_period": latest.start,
        "state": reading.state,
        "words": reading.words,
        "sentence": reading.sentence,
        "value_words": reading.value_words,
        "chart": {
            "description": chart.description,
            "since": reading.since.isoformat() if reading.since else None,
            "points": [[p.x.isoformat(), p.value, p.n, p.state] for p in chart.points],
            "limits": [
                [one.start.isoformat(), one.end.isoformat(), one.mean, one.lower, one.upper, one.is_trial]
                for one in chart.limits
            ],
        },
    }


def _close(alert: Alert, reading: Reading | None, looked: Looked) -> None:
    """Quietly, with the reason why it is no longer told."""
    status = _why_gone(alert, reading)
    Alert.objects.filter(pk=alert.pk).update(status=status, closed_at=timezone.now())
    setattr(looked, status, getattr(looked, status) + 1)
    if status != Alert.Status.ENDED:
        # Who has not read of it need not hear what is no longer so.
        Notification.objects.unread().filter(key=_key([alert])).delete()


def _why_gone(alert: Alert, reading: Reading | None) -> Alert.Status:
    """*Ended* where its last period still stands out, or does not only because the limits settled since, and
    with the measure.

    Otherwise limits began anew before it, or its figures were corrected.
    """
    if alert.metric.retired_on or (reading and alert.last_period in reading.beyond):
        return Alert.Status.ENDED
    if reading and reading.by == alert.grain:
        told_since, since = alert.chart.get("since"), reading.since
        if reading.anew and since and since <= alert.last_period and since.isoformat() != told_since:
            return Alert.Status.RESTARTED
        now = {point.x.isoformat(): [point.value, point.n] for point in reading.chart.points}
        if all(now.get(day, rest[:2]) == rest[:2] for day, *rest in alert.chart.get("points", ())):
            return Alert.Status.ENDED
    return Alert.Status.WITHDRAWN


@transaction.atomic
def _close_others(teams: list[Team], looked: Looked) -> None:
    """Alerts of teams that were shut."""
    shut = Alert.objects.open().exclude(team__in=teams)
    looked.ended += shut.update(status=Alert.Status.ENDED, closed_at=timezone.now())


def _note_causes(marks: Marks, readers: Readers) -> None:
    """Beside every open alert, what began in the three weeks before its onset, and how teams with it compare.

    Nothing stands beside the alerts of a team that nobody leads: what was asked for them is for no reader.
    """
    reached: dict[Happening, set[int]] = defaultdict(set)
    for scope, happened in marks.items():
        for mark in happened:
            reached[mark].add(scope.id)
    measured: dict[int, set[int]] = defaultdict(set)
    for watch in TeamWatch.objects.filter(team__in=[scope.id for scope in marks]):
        for cell in watch.readings:
            measured[cell.metric_id].add(watch.team_id)
    alerts = list(Alert.objects.open())
    alike: dict[tuple[int, str], set[int]] = defaultdict(set)
    for alert in alerts:
        alike[alert.metric_id, alert.words].add(alert.team_id)
    for alert in alerts:
        near = _near(alert, marks.get(Scope.team(alert.team_id), ())) if readers[alert.team_id] else ()
        teams, same = measured[alert.metric_id], alike[alert.metric_id, alert.words]
        causes = [_cause(mark, reached[mark] & teams, teams - reached[mark], same) for mark in near]
        if causes != alert.causes:
            Alert.objects.filter(pk=alert.pk).update(causes=causes)


def _near(alert: Alert, marks: Iterable[Happening]) -> list[Happening]:
    """The marks shortly before an onset or with it; an action on another measure is no candidate."""
    until = following(alert.onset, cast("Grain", alert.grain))
    return [
        mark
        for mark in marks
        if alert.onset - LEAD <= mark.day < until and mark.metric_id in (None, alert.metric_id)
    ]


def _cause(mark: Happening, having: set[int], without: set[int], alike: set[int]) -> dict[str, Any]:
    return {
        "day": mark.day.isoformat(),
        "label": mark.label,
        "url": mark.url,
        "reached": len(having),
        "alike": len(having & alike),
        "others": len(without),
        "elsewhere": len(without & alike),
    }


def _marks_of(teams: Iterable[Team], readers: Readers, end: date) -> Marks:
    """What happened to teams before ``end``, and where their limits start anew.

    Asked as one of those who lead or manage each, so that nothing is kept that they may not see; of a team
    that nobody leads everything, since its limits start anew all the same.
    """
    by_user: dict[User | None, set[Scope]] = defaultdict(set)
    for team in teams:
        users = [person.user for person in readers[team.pk] if person.user]
        by_user[min(users, key=lambda user: user.pk, default=None)].add(Scope.team(team.pk))
    found: Marks = {}
    for user, scopes in by_user.items():
        found |= happenings(user, scopes, FIRST_DAY, end)
    return found


@transaction.atomic
def _tell(readers: Readers) -> None:
    """Put what nobody was told into the inboxes of those who lead or manage the team, one message each."""
    new = list(
        Alert.objects.open().filter(told_at__isnull=True).select_related("team", "metric").order_by("pk")
    )
    by_person: dict[Person, list[Alert]] = defaultdict(list)
    for alert in new:
        for person in readers[alert.team_id]:
            by_person[person].append(alert)
    for person, alerts in by_person.items():
        notify(person, kind="metric.signal", text=_text(alerts), url=_url(alerts), key=_key(alerts))
    Alert.objects.filter(pk__in=[alert.pk for alert in new]).update(told_at=timezone.now())


def _readers_of(teams: Iterable[Team]) -> Readers:
    """Leaders and managers of each team today; two queries."""
    found: dict[int, set[Person]] = defaultdict(set)
    for leadership in Leadership.objects.on().filter(team__in=teams).select_related("person__user"):
        found[leadership.team_id].add(leadership.person)
    spans: QuerySet[Span] = Span.objects.on().select_related("person__user")
    for span in spans:
        for team in teams:
            if span.team_id == team.pk or (span.site_id and span.site_id == team.site_id):
                found[team.pk].add(span.person)
    return found


def _text(alerts: list[Alert]) -> str:
    first = alerts[0]
    one = f"{first.metric.name}, team {first.team.name}: {first.words.lower()}. {first.sentence}"
    if len(alerts) == 1:
        return one
    return f"{len(alerts)} measures moved beyond normal variation. {one}"


def _url(alerts: list[Alert]) -> str:
    return alerts[0].team.get_absolute_url() if len(alerts) == 1 else reverse("dashboards:home")


def _key(alerts: list[Alert]) -> str:
    return f"alerts:{alerts[0].pk}-{alerts[-1].pk}"


@transaction.atomic
def dismiss(*, by: User, alerts: Iterable[Alert]) -> int:
    """Take alerts off this reader's home page; a second press does no harm. Returns how many are off."""
    rows = [AlertDismissal(alert=alert, user=by) for alert in alerts]
    AlertDismissal.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def bring_back(*, by: User) -> int:
    """Put everything this reader dismissed and that still goes on back on the home page."""
    rows = AlertDismissal.objects.filter(user=by, alert__status=Alert.Status.OPEN)
    return rows.delete()[0]
