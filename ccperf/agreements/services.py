"""The steps of an agreement. Every step is an event in exact words; nothing that was said is overwritten."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ccperf.agreements.models import Agreement, AgreementEvent, AgreementParty, AgreementWording
from ccperf.audit.services import record
from ccperf.core.forms import StaleEdit
from ccperf.people.models import Person, User

Answer = AgreementParty.Answer
Kind = AgreementEvent.Kind
Status = Agreement.Status

_EVENT_OF = {Answer.AGREED: Kind.AGREED, Answer.COUNTERED: Kind.COUNTERED, Answer.DISAGREED: Kind.DISAGREED}


class StaleWording(StaleEdit):
    """The wording answered is no longer the one on the table."""

    message = "The text was changed after you opened this page. Read it as it is now, then answer."


@transaction.atomic
def propose(
    *,
    by: User,
    proposer: Person,
    parties: Sequence[tuple[Person, str]],
    text: str,
    terms: dict[str, Any] | None = None,
    quorum: int | None = None,
) -> Agreement:
    """Put the first wording on the table. Who proposes it agrees with it by doing so.

    Raises ValidationError when nobody else is named or the quorum cannot be reached.
    """
    people = {person.pk: (person, side) for person, side in parties}
    if not set(people) - {proposer.pk}:
        raise ValidationError("Name at least one other person: nobody can agree with themselves.")
    if quorum is not None and not 1 <= quorum <= len(people):
        raise ValidationError(f"Between 1 and {len(people)} people can be asked to agree.")
    agreement = Agreement.objects.create(opened_by=by, quorum=quorum)
    now = timezone.now()
    AgreementParty.objects.bulk_create(
        AgreementParty(
            agreement=agreement,
            person=person,
            side=side,
            answer=Answer.AGREED if person == proposer else Answer.WAITING,
            answered_at=now if person == proposer else None,
        )
        for person, side in people.values()
    )
    _word(agreement, proposer, text, terms)
    _tell(agreement, Kind.PROPOSED, proposer, text)
    record("agreements.agreement.proposed", by=by, subject=agreement, after={"parties": sorted(people)})
    return agreement


@transaction.atomic
def answer(
    *, agreement: Agreement, by: User, person: Person, answer: str, text: str = "", wording_number: int
) -> Agreement:
    """Store what a party says to the wording they read, and settle the agreement once all have answered.

    The same answer sent twice counts once. Raises StaleWording when it has changed since it was read,
    ValidationError when the person is no party, nothing is open, or a refusal comes without words.
    """
    agreement = _locked(agreement)
    party = agreement.parties.filter(person=person).first()
    if party is None:
        raise ValidationError("Only the people named in it can answer.")
    if wording_number != agreement.wording_number:
        raise StaleWording
    if party.answer == answer and (answer == Answer.AGREED or _last_words(agreement, person) == text.strip()):
        return agreement
    if agreement.status != Status.OPEN:
        raise ValidationError("Nothing waits for an answer here. Propose a change instead.")
    if answer in (Answer.COUNTERED, Answer.DISAGREED) and not text.strip():
        raise ValidationError("Say in a sentence what should be different.")
    party.answer = answer
    party.answered_at = timezone.now()
    party.save(update_fields=["answer", "answered_at"])
    _tell(agreement, _EVENT_OF[Answer(answer)], person, text.strip())
    record(f"agreements.agreement.{_EVENT_OF[Answer(answer)]}", by=by, subject=agreement, about=person)
    return _settle(agreement)


@transaction.atomic
def change(
    *,
    agreement: Agreement,
    by: User,
    person: Person,
    text: str,
    terms: dict[str, Any] | None = None,
    note: str = "",
    wording_number: int,
) -> Agreement:
    """Put a new wording on the table; everybody else must answer again.

    A wording already agreed stays in force until the new one is agreed. Raises StaleEdit when somebody else
    changed the text first, ValidationError after a withdrawal or when the person is no party.
    """
    agreement = _locked(agreement)
    if wording_number != agreement.wording_number:
        raise StaleEdit
    if agreement.status == Status.WITHDRAWN:
        raise ValidationError("This was withdrawn. Propose a new one instead.")
    if not agreement.parties.filter(person=person).exists():
        raise ValidationError("Only the people named in it can change the text.")
    agreement.wording_number += 1
    agreement.status = Status.OPEN
    agreement.settled_at = None
    agreement.version += 1
    agreement.save(update_fields=["wording_number", "status", "settled_at", "version"])
    _word(agreement, person, text, terms)
    agreement.parties.exclude(person=person).update(answer=Answer.WAITING, answered_at=None)
    agreement.parties.filter(person=person).update(answer=Answer.AGREED, answered_at=timezone.now())
    _tell(agreement, Kind.CHANGED, person, note.strip() or text)
    record(
        "agreements.agreement.changed",
        by=by,
        subject=agreement,
        before={"wording": agreement.wording_number - 1},
        after={"wording": agreement.wording_number},
    )
    return agreement


@transaction.atomic
def leave_out(*, agreement: Agreement, by: User, person: Person, left_out: Person, reason: str) -> Agreement:
    """Go on without a party who cannot answer, for example during a long absence; it stays on record.

    Raises ValidationError when nobody but the proposer would remain.
    """
    agreement = _locked(agreement)
    party = agreement.parties.filter(person=left_out).first()
    if party is None:
        return agreement
    if agreement.parties.count() <= 2 or left_out == person:
        raise ValidationError("Two sides must remain. Withdraw the proposal instead.")
    party.delete()
    _tell(agreement, Kind.LEFT_OUT, left_out, reason.strip())
    record("agreements.agreement.left_out", by=by, subject=agreement, about=left_out)
    return _settle(agreement) if agreement.status == Status.OPEN else agreement


@transaction.atomic
def take_over(*, agreement: Agreement, former: Person, successor: Person) -> Agreement:
    """Put a successor in the place of a party; what is still being discussed they answer themselves.

    An answer given to a wording in force stands. Safe to repeat.
    """
    agreement = _locked(agreement)
    party = agreement.parties.filter(person=former).first()
    if party is None:
        return agreement
    if own := agreement.parties.filter(person=successor).first():
        party.delete()
        party = own
    party.person = successor
    if agreement.status == Status.OPEN:
        party.answer, party.answered_at = Answer.WAITING, None
    party.save(update_fields=["person", "answer", "answered_at"])
    _tell(agreement, Kind.TOOK_OVER, successor, f"In the place of {former.name}.")
    return agreement


@transaction.atomic
def withdraw(*, agreement: Agreement, by: User, person: Person, reason: str = "") -> Agreement:
    """End the agreement; sent twice it ends once."""
    agreement = _locked(agreement)
    if agreement.status == Status.WITHDRAWN:
        return agreement
    agreement.status = Status.WITHDRAWN
    agreement.version += 1
    agreement.save(update_fields=["status", "version"])
    _tell(agreement, Kind.WITHDREW, person, reason.strip())
    record("agreements.agreement.withdrawn", by=by, subject=agreement)
    return agreement


def _locked(agreement: Agreement) -> Agreement:
    """The row as it is now, held for this transaction.

    The write comes first so that SQLite, which knows no row locks, serialises the same way.
    """
    Agreement.objects.filter(pk=agreement.pk).update(version=F("version"))
    return Agreement.objects.select_for_update().get(pk=agreement.pk)


def _word(agreement: Agreement, person: Person, text: str, terms: dict[str, Any] | None) -> AgreementWording:
    if not text.strip():
        raise ValidationError("Write what is to be agreed.")
    return AgreementWording.objects.create(
        agreement=agreement,
        number=agreement.wording_number,
        text=text.strip(),
        terms=terms or {},
        written_by=person,
        written_at=timezone.now(),
    )


def _tell(agreement: Agreement, kind: str, person: Person, text: str) -> AgreementEvent:
    return AgreementEvent.objects.create(
        agreement=agreement,
        kind=kind,
        wording_number=agreement.wording_number,
        person=person,
        person_name=person.name,
        text=text,
        at=timezone.now(),
    )


def _last_words(agreement: Agreement, person: Person) -> str:
    last = agreement.events.filter(person=person, wording_number=agreement.wording_number).last()
    return last.text if last else ""


def _settle(agreement: Agreement) -> Agreement:
    """Close the round once nobody's answer is missing and no counter-proposal is left without reply."""
    answers = list(agreement.parties.values_list("answer", flat=True))
    if Answer.WAITING in answers or Answer.COUNTERED in answers:
        return agreement
    agreed = answers.count(Answer.AGREED) >= (agreement.quorum or len(answers))
    agreement.status = Status.AGREED if agreed else Status.NOT_AGREED
    agreement.settled_at = timezone.now()
    agreement.version += 1
    if agreed:
        agreement.agreed_number = agreement.wording_number
    agreement.save(update_fields=["status", "settled_at", "version", "agreed_number"])
    record(f"agreements.agreement.settled_{agreement.status}", by=None, subject=agreement)
    return agreement
