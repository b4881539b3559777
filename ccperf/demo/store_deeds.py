"""Stores objectives, changes and improvement actions, the actions by the very steps that people take."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from ccperf.agreements.models import Agreement, AgreementEvent, AgreementParty, AgreementWording
from ccperf.core.dates import today
from ccperf.demo import deeds
from ccperf.demo.randomness import stream
from ccperf.demo.store_people import Centre
from ccperf.metrics.models import MetricDefinition, Observation, Queue
from ccperf.people.models import Person, Team
from feedback.themes.models import Theme
from improvement import services
from improvement.models import ImprovementAction
from improvement.wording import PromiseTerms, Terms
from strategy.models import Change, ChangeEvent, Objective
from strategy.seeding import seed_factors
from strategy.services import MeasureChoice, set_objective


def store_objectives(centre: Centre) -> int:
    """Write the objectives with their line of sight; returns how many."""
    metrics = {metric.key: metric for metric in MetricDefinition.objects.all()}
    owner = centre.person(centre.plan.managers[0])
    stored: list[Objective] = []
    for planned in deeds.OBJECTIVES:
        team = centre.teams[planned.team] if planned.team is not None else None
        site = centre.sites[planned.site] if planned.site is not None else None
        facts = {
            "title": planned.title,
            "description": planned.description,
            "level": planned.level,
            "parent": stored[planned.serves] if planned.serves is not None else None,
            "site": site,
            "team": team,
            "source_document": planned.source,
            "source_place": planned.place,
            "owner": centre.leader(planned.team) if planned.team is not None else owner,
            "starts_on": centre.plan.scale.starts_on,
            "ends_before": None,
        }
        measures = [
            MeasureChoice(metric=metrics[name], part=part)
            if name in metrics
            else MeasureChoice(wanted=name, part=part)
            for name, part in planned.measures
        ]
        stored.append(set_objective(by=owner.user, facts=facts, measures=measures, publish=True))
    return len(stored)


@transaction.atomic
def store_changes(centre: Centre) -> int:
    """Write the register of changes; returns how many."""
    seed_factors()
    metrics = {metric.key: metric for metric in MetricDefinition.objects.all()}
    manager = centre.person(centre.plan.managers[0])
    planned = deeds.changes(centre.plan)
    for row in planned:
        day = centre.today
        change = Change.objects.create(
            title=row.title,
            category=row.category,
            origin=row.origin,
            description=row.what,
            reason=row.why,
            sponsor=manager,
            owner=centre.leader(row.teams[0]) if row.teams else manager,
            nominated_by=centre.leader(0),
            starts_on=day + timedelta(days=row.start),
            goes_live_on=day + timedelta(days=row.live),
            ends_on=day + timedelta(days=row.end),
            size=row.size,
            hours_per_person=row.hours,
            status=row.status,
            outcome=row.outcome,
            outcome_reason="Decided by the managers together." if row.outcome else "",
            decided_by=manager if row.outcome else None,
            decided_on=day + timedelta(days=min(row.start, 0) - 5) if row.outcome else None,
        )
        change.teams.set(centre.teams[index] for index in row.teams)
        change.queues.set(Queue.objects.filter(name=row.queue) if row.queue else [])
        change.metrics.set(metrics[key] for key in row.metrics)
        event = ChangeEvent.objects.create(
            change=change, by=manager.user, by_name=str(manager), to_status=row.status, text=row.why
        )
        nominated = min(row.start, 0) - 20
        reached = {Change.Status.LIVE: row.live, Change.Status.IN_PROGRESS: row.start}.get(
            row.status, nominated + 5
        )
        Change.objects.filter(pk=change.pk).update(created_at=_morning(day + timedelta(days=nominated)))
        ChangeEvent.objects.filter(pk=event.pk).update(at=_morning(day + timedelta(days=reached)))
    return len(planned)


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(10, 20)))


def store_actions(centre: Centre) -> int:
    """Propose, agree and follow every planned action; returns how many."""
    themes = {theme.key: theme for theme in Theme.objects.all()}
    rng = stream(centre.plan.scale.seed, "actions")
    planned = deeds.actions(centre.plan)
    for row in planned:
        _store_action(centre, row, themes, rng)
    return len(planned)


def _store_action(centre: Centre, row: deeds.PlannedAction, themes: dict, rng) -> ImprovementAction:
    leader = centre.leader(row.team)
    members = [centre.person(person) for person in centre.plan.members(row.team, centre.today)]
    # The agent who can sign in is named first, so that this login has something to do.
    members.sort(key=lambda person: (person.user.username != "agent", person.pk))
    named = members[:1] if row.for_person else members[:3]
    if row.for_person and row.team != 0:
        named = [rng.choice(members)]
    starts_on = centre.today - timedelta(days=row.started_ago)
    target = _target(row, starts_on, team=centre.teams[row.team], person=named[0] if row.for_person else None)
    action = services.propose_action(
        by=leader.user,
        terms=_terms(row, starts_on, centre.today + timedelta(days=row.due_in), target),
        owner=leader,
        named=named,
        team=centre.teams[row.team],
        person=named[0] if row.for_person else None,
        theme=themes.get(row.theme),
    )
    if row.state == "countered":
        _answer(action, named[0], AgreementParty.Answer.COUNTERED, deeds.COUNTER)
    if row.state in ("agreed", "closed"):
        for person in named:
            _answer(action, person, AgreementParty.Answer.AGREED)
        _follow(row, action, leader, named, starts_on)
    return action


def _target(row: deeds.PlannedAction, starts_on: date, *, team: Team, person: Person | None) -> float | None:
    """Where the measure stood in the eight weeks before, moved by what the action aims at."""
    rows = Observation.objects.filter(
        metric__key=row.metric, day__gte=starts_on - timedelta(weeks=8), day__lt=starts_on
    )
    rows = rows.filter(person=person) if person else rows.filter(team=team)
    sums = rows.aggregate(above=Sum("numerator"), below=Sum("denominator"))
    if not sums["below"]:
        return None
    value = sums["above"] / sums["below"] + row.aim
    return round(value, 0 if abs(row.aim) >= 1 else 2)


def _terms(row: deeds.PlannedAction, starts_on: date, due_on: date, target: float | None) -> Terms:
    promises = (
        PromiseTerms("team", row.team_promise),
        PromiseTerms("leader", row.leader_promise, due_on.isoformat()),
    )
    return Terms(
        title=row.title,
        what=row.what,
        starts_on=starts_on.isoformat(),
        due_on=due_on.isoformat(),
        check_every_days=14,
        metric=row.metric,
        target_value=target,
        guard_metric=row.guard,
        guard_limit=row.guard_limit,
        promises=promises,
    )


def _answer(action: ImprovementAction, person: Person, answer: str, text: str = "") -> None:
    services.answer_action(
        action=action,
        by=person.user,
        answer=answer,
        text=text,
        wording_number=action.agreement.wording_number,
    )


def _follow(row, action: ImprovementAction, leader: Person, named: list[Person], starts_on) -> None:
    """Check-ins every fortnight until now (or until they stopped), and the close, dated back."""
    action.refresh_from_db()
    until = row.started_ago - 30 if row.checks_missed else row.started_ago
    days = list(range(14, until, 14))[-6:]
    for number, offset in enumerate(days):
        services.check_in(
            action=action,
            by=leader.user,
            note=deeds.CHECK_NOTES[number % len(deeds.CHECK_NOTES)],
            held_on=starts_on + timedelta(days=offset),
            with_person=named[number % len(named)],
            kept=list(action.promises.all())[:1] if number == len(days) - 1 else (),
        )
        action.promises.filter(done_on=today()).update(done_on=starts_on + timedelta(days=offset))
        action.refresh_from_db()
    if row.checks_missed:
        action.next_check_on = starts_on + timedelta(days=14)
        action.save(update_fields=["next_check_on"])
    if row.state == "closed":
        services.close_action(action=action, by=leader.user, outcome=row.outcome, version=action.version)
        ImprovementAction.objects.filter(pk=action.pk).update(closed_on=action.due_on)
    _date_back(action, starts_on)


def _date_back(action: ImprovementAction, starts_on) -> None:
    """Agreed two days before it began, not today."""
    at = _morning(starts_on - timedelta(days=2))
    later = at + timedelta(hours=26)
    ImprovementAction.objects.filter(pk=action.pk).update(
        agreed_on=starts_on - timedelta(days=1), created_at=at, baseline_frozen_at=later
    )
    agreement = Agreement.objects.filter(pk=action.agreement_id)
    agreement.update(opened_at=at, settled_at=later)
    AgreementWording.objects.filter(agreement=action.agreement_id).update(written_at=at)
    AgreementParty.objects.filter(agreement=action.agreement_id).update(answered_at=later)
    AgreementEvent.objects.filter(agreement=action.agreement_id, kind="proposed").update(at=at)
    AgreementEvent.objects.filter(agreement=action.agreement_id, kind="agreed").update(at=later)
