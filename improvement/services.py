"""Proposing, agreeing, following and closing improvement actions."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ccperf.agreements import services as agreements
from ccperf.agreements.models import Agreement, AgreementParty
from ccperf.agreements.selectors import other_parties
from ccperf.audit.services import record
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.notify.services import notify
from ccperf.people.models import Membership, Person, Team, User
from ccperf.privacy.masking import mask_before_save
from feedback.models import FeedbackItem
from feedback.themes.models import Theme
from improvement import measures
from improvement.decision_board import open_decisions
from improvement.drafting import check_days, masked, names_for, present_terms, put_terms, store_promises
from improvement.judging import verdict_of
from improvement.models import CheckIn, ImprovementAction, Promise
from improvement.models_decisions import ThemeDecision
from improvement.wording import Terms, agreement_text, changed_parts

Status = ImprovementAction.Status
Side = AgreementParty.Side


@transaction.atomic
def propose_action(  # noqa: PLR0913 - one proposal has these parts
    *,
    by: User,
    terms: Terms,
    owner: Person,
    named: Sequence[Person],
    team: Team | None = None,
    person: Person | None = None,
    why: str = "",
    theme: Theme | None = None,
    item: FeedbackItem | None = None,
    quorum: int | None = None,
) -> ImprovementAction:
    """Put an action before the people named in it; it is done only when they have agreed.

    An action about a theme carries out the decision on it that is open for the team, if there is one.
    Raises ValidationError without a person behind the login, without somebody else to agree with, or when the
    parts do not fit together.
    """
    proposer = _person_of(by)
    terms = masked(terms)
    parties = _sides(proposer, owner, named, person, team)
    team_today = team or _team_today(person)
    action = ImprovementAction(
        team=team_today,
        person=person,
        owner=owner,
        why=mask_before_save(why.strip()).text,
        theme=theme,
        decision=_open_decision(theme, team_today),
        item=item,
        source=_source(theme, item, terms),
        proposed_by=by,
    )
    put_terms(action, terms)
    action.full_clean(exclude=["agreement", "baseline_points", "guard_points"])
    action.agreement = agreements.propose(
        by=by,
        proposer=proposer,
        parties=parties,
        text=agreement_text(terms, names_for(action, terms, proposer)),
        terms=terms.as_json(),
        quorum=quorum,
    )
    action.save()
    store_promises(action, terms)
    record("improvement.action.proposed", by=by, subject=action, about=person, after=_facts(action))
    _tell_others(
        action, proposer, "asks you to agree an action", f"proposed.{action.agreement.wording_number}"
    )
    return action


@transaction.atomic
def answer_action(
    *, action: ImprovementAction, by: User, answer: str, text: str = "", wording_number: int
) -> ImprovementAction:
    """Agree, counter or disagree as the person behind the login; the last answer settles the action.

    Raises StaleEdit when the text has changed since it was read, ValidationError when this person is not
    asked.
    """
    person = _person_of(by)
    agreement = agreements.answer(
        agreement=action.agreement,
        by=by,
        person=person,
        answer=answer,
        text=mask_before_save(text).text,
        wording_number=wording_number,
    )
    action = ImprovementAction.objects.select_related("agreement").get(pk=action.pk)
    if answer == AgreementParty.Answer.COUNTERED:
        _tell_others(action, person, "made a counter-proposal", f"countered.{wording_number}.{person.pk}")
    if agreement.status == Agreement.Status.OPEN:
        return action
    if agreement.status == Agreement.Status.AGREED:
        return _take_effect(action, agreement, by)
    if action.status == Status.PROPOSED:
        action.status = Status.NOT_AGREED
        _save(action, "status")
    _tell_others(action, person, "did not agree", f"refused.{wording_number}")
    return action


@transaction.atomic
def change_action(
    *, action: ImprovementAction, by: User, terms: Terms, note: str = "", wording_number: int
) -> ImprovementAction:
    """Put another text on the table. What was agreed stays in force until everybody has agreed again.

    Raises StaleEdit when somebody else changed it first, ValidationError when it is closed or nothing
    differs.
    """
    person = _person_of(by)
    if action.status in (Status.CLOSED, Status.WITHDRAWN):
        raise ValidationError("This action is closed. Propose a new one instead.")
    terms = masked(terms)
    present = present_terms(action)
    changed = changed_parts(present, terms)
    if not changed:
        raise ValidationError("Nothing differs from the present text.")
    check_days(terms)
    said = mask_before_save(note.strip()).text
    agreement = agreements.change(
        agreement=action.agreement,
        by=by,
        person=person,
        text=agreement_text(terms, names_for(action, terms, person)),
        terms=terms.as_json(),
        note=f"{said}\nChanged: {', '.join(changed)}.".strip(),
        wording_number=wording_number,
    )
    action = ImprovementAction.objects.select_related("agreement").get(pk=action.pk)
    if action.status == Status.NOT_AGREED:
        action.status = Status.PROPOSED
    if action.status == Status.PROPOSED:
        put_terms(action, terms)
        store_promises(action, terms)
    _save(action)
    record(
        "improvement.action.reworded", by=by, subject=action, about=action.person, after={"changed": changed}
    )
    _tell_others(action, person, "changed the text of an action", f"proposed.{agreement.wording_number}")
    return action


@transaction.atomic
def check_in(
    *,
    action: ImprovementAction,
    by: User,
    note: str,
    held_on: date | None = None,
    with_person: Person | None = None,
    kept: Sequence[Promise] = (),
) -> CheckIn:
    """Store how it goes, with the measure of the last full week as it stands now, and set the next one.

    Raises ValidationError when the action is not being done or the day lies in the future.
    """
    if action.status != Status.AGREED:
        raise ValidationError("Check-ins begin once the action is agreed, and end when it is closed.")
    held_on = held_on or today()
    if held_on > today():
        raise ValidationError({"held_on": "This day has not come yet. Choose today or an earlier day."})
    week = measures.latest_week(action, before=held_on)
    stored = CheckIn(
        action=action,
        held_on=held_on,
        with_person=with_person,
        note=mask_before_save(note.strip()).text,
        numerator=week.numerator if week else None,
        denominator=week.denominator if week else None,
        n=week.n if week else None,
        recorded_by=by,
    )
    stored.full_clean()
    stored.save()
    for promise in kept:
        keep_promise(promise=promise, by=by, kept=True)
    latest = max(action.check_ins.values_list("held_on", flat=True))
    action = ImprovementAction.objects.get(pk=action.pk)
    action.next_check_on = latest + timedelta(days=action.check_every_days)
    _save(action, "next_check_on")
    record("improvement.check_in.recorded", by=by, subject=action, about=action.person, after={"on": held_on})
    return stored


@transaction.atomic
def keep_promise(*, promise: Promise, by: User, kept: bool) -> Promise:
    """Tick a promise off, or take the tick back. Safe to repeat."""
    done_on = today() if kept else None
    changed = Promise.objects.filter(pk=promise.pk, done_on__isnull=kept).update(done_on=done_on)
    if changed:
        event = "improvement.promise.kept" if kept else "improvement.promise.reopened"
        record(event, by=by, subject=promise.action, about=promise.action.person)
    promise.refresh_from_db()
    return promise


@transaction.atomic
def close_action(*, action: ImprovementAction, by: User, outcome: str, version: int) -> ImprovementAction:
    """End the action with what came of it; the people named in it are told.

    Closing twice closes once. Raises StaleEdit when it was changed meanwhile, ValidationError when it was
    never agreed or no outcome is given.
    """
    if action.status == Status.CLOSED:
        return action
    if action.status != Status.AGREED:
        raise ValidationError("Only an agreed action can be closed. Withdraw the proposal instead.")
    words = mask_before_save(outcome.strip()).text
    if not words:
        raise ValidationError({"outcome": "Say in a sentence what came of it."})
    if not ImprovementAction.objects.filter(pk=action.pk, version=version).update(version=F("version") + 1):
        raise StaleEdit
    action = ImprovementAction.objects.select_related("agreement").get(pk=action.pk)
    action.status = Status.CLOSED
    action.closed_on = today()
    action.outcome = words
    action.next_check_on = None
    action.save(update_fields=["status", "closed_on", "outcome", "next_check_on"])
    # Telling counts by the day; what was told earlier today was not this outcome.
    ThemeDecision.objects.filter(improvement_actions=action, told_on=today()).update(told_on=None)
    record(
        "improvement.action.closed",
        by=by,
        subject=action,
        about=action.person,
        after={"verdict": action.verdict},
    )
    _tell_others(action, _person_of(by), "closed an action with you", "closed")
    return action


@transaction.atomic
def withdraw_action(*, action: ImprovementAction, by: User, reason: str) -> ImprovementAction:
    """Take back a proposal, or stop an action before its review. Safe to repeat.

    Raises ValidationError when it was closed with an outcome.
    """
    if action.status == Status.WITHDRAWN:
        return action
    if action.status == Status.CLOSED:
        raise ValidationError("It was closed with an outcome, so there is nothing to withdraw.")
    words = mask_before_save(reason.strip()).text
    person = _person_of(by)
    agreements.withdraw(agreement=action.agreement, by=by, person=person, reason=words)
    action = ImprovementAction.objects.select_related("agreement").get(pk=action.pk)
    action.status = Status.WITHDRAWN
    action.closed_on = today()
    action.next_check_on = None
    _save(action, "status", "closed_on", "next_check_on")
    record("improvement.action.withdrawn", by=by, subject=action, about=action.person)
    _tell_others(action, person, "withdrew an action with you", "withdrawn")
    return action


def refresh_verdict(action: ImprovementAction) -> ImprovementAction:
    """Judge the action by the data of today and store what is found, unless it says the same as before."""
    verdict = verdict_of(action)
    if verdict is None:
        return action
    found = (str(verdict.kind), verdict.sentence, " ".join([verdict.basis, *verdict.notes]))
    if found == (action.verdict, action.verdict_sentence, action.verdict_basis):
        return action
    action.verdict, action.verdict_sentence, action.verdict_basis = found
    action.verdict_change = verdict.change
    action.verdict_at = timezone.now()
    action.save(
        update_fields=["verdict", "verdict_sentence", "verdict_basis", "verdict_change", "verdict_at"]
    )
    return action


# ---- inside


def _take_effect(action: ImprovementAction, agreement: Agreement, by: User) -> ImprovementAction:
    """Bring the agreed wording into force; freeze the baseline, and again for another measure or start."""
    wording = agreement.wordings.get(number=agreement.agreed_number or 0)
    terms = Terms.from_json(wording.terms)
    before = (action.metric_id, action.guard_metric_id, action.starts_on)
    put_terms(action, terms)
    store_promises(action, terms)
    action.status = Status.AGREED
    action.agreed_on = action.agreed_on or today()
    if action.baseline_frozen_at is None or before != (
        action.metric_id,
        action.guard_metric_id,
        action.starts_on,
    ):
        measures.freeze_baseline(action)
    last = action.check_ins.first()
    begun = last.held_on if last else max(action.starts_on, today())
    action.next_check_on = min(begun + timedelta(days=action.check_every_days), action.due_on)
    _save(action)
    refresh_verdict(action)
    record("improvement.action.agreed", by=by, subject=action, about=action.person, after=_facts(action))
    _tell_others(action, _person_of(by), "agreed; the action begins", f"agreed.{agreement.wording_number}")
    return action


def _save(action: ImprovementAction, *fields: str) -> None:
    """Store and raise the version, so that whoever edits an older one is told."""
    action.version += 1
    if fields:
        action.save(update_fields=[*fields, "version"])
    else:
        action.save()


def _person_of(user: User) -> Person:
    person = getattr(user, "person", None)
    if person is None:
        raise ValidationError(
            "Your login belongs to no person in the centre. Ask an administrator to link it."
        )
    return person


def _team_today(person: Person | None) -> Team | None:
    membership = (
        Membership.objects.on().filter(person=person).select_related("team").first() if person else None
    )
    return membership.team if membership else None


def _open_decision(theme: Theme | None, team: Team | None) -> ThemeDecision | None:
    if theme is None or team is None:
        return None
    return open_decisions(theme.pk, [team.pk]).filter(kind=ThemeDecision.Kind.ACT).first()


def _sides(
    proposer: Person, owner: Person, named: Sequence[Person], person: Person | None, team: Team | None
) -> list[tuple[Person, str]]:
    """Everybody named, once, and the side they are on: members of the team, or those who lead them."""
    everybody = {one.pk: one for one in [*named, *([person] if person else []), owner, proposer]}
    if person is not None:
        members = {person.pk}
    else:
        on_team = Membership.objects.on().filter(team=team, person__in=everybody)
        members = set(on_team.values_list("person_id", flat=True))
    return [(one, Side.TEAM if pk in members else Side.LEADER) for pk, one in everybody.items()]


def _source(theme: Theme | None, item: FeedbackItem | None, terms: Terms) -> str:
    if theme:
        return ImprovementAction.Source.THEME
    if item:
        return ImprovementAction.Source.ITEM
    return ImprovementAction.Source.METRIC if terms.metric else ImprovementAction.Source.OWN


def _facts(action: ImprovementAction) -> dict[str, Any]:
    """What the audit trail keeps: no free text."""
    return {
        "metric": action.metric.key if action.metric else "",
        "target": action.target_value,
        "starts_on": action.starts_on,
        "due_on": action.due_on,
    }


def _tell_others(action: ImprovementAction, speaker: Person, what: str, key: str) -> None:
    for person in other_parties(action.agreement, speaker):
        notify(
            person,
            kind="improvement.action",
            text=f"{speaker.name} {what}: {action.title}.",
            url=action.get_absolute_url(),
            key=f"improvement.{action.pk}.{key}",
        )
