"""Reading an agreement: its story in order, as people tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ccperf.agreements.models import Agreement, AgreementEvent, AgreementParty
from ccperf.people.models import Person


@dataclass(frozen=True)
class Step:
    """One entry of the story: who did what and when, in their words, or the round of those who agreed."""

    kind: str
    title: str
    started_at: datetime
    ended_at: datetime
    text: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """An agreement as its page shows it."""

    agreement: Agreement
    text: str
    steps: tuple[Step, ...]
    parties: tuple[AgreementParty, ...]

    @property
    def waiting(self) -> tuple[AgreementParty, ...]:
        """Those whose answer to the present wording is missing."""
        return tuple(party for party in self.parties if party.answer == AgreementParty.Answer.WAITING)

    @property
    def agreed_count(self) -> int:
        return sum(party.answer == AgreementParty.Answer.AGREED for party in self.parties)

    def party_of(self, person_id: int | None) -> AgreementParty | None:
        return next((party for party in self.parties if party.person_id == person_id), None)


def story_of(agreement: Agreement) -> Story:
    """The whole story in three queries, however many people and steps it has."""
    parties = tuple(agreement.parties.select_related("person"))
    text = agreement.wordings.filter(number=agreement.wording_number).values_list("text", flat=True).first()
    steps = _steps(list(agreement.events.all()), {party.person.name for party in parties})
    return Story(agreement, text or "", steps, parties)


def _steps(events: Sequence[AgreementEvent], party_names: set[str]) -> tuple[Step, ...]:
    """Events in order, with the agreements to one wording gathered into one entry.

    Whoever wrote the wording was not asked and is named apart.
    """
    steps: list[Step] = []
    rounds: dict[int, list[AgreementEvent]] = {}
    for event in events:
        if event.kind == AgreementEvent.Kind.AGREED:
            rounds.setdefault(event.wording_number, []).append(event)
            continue
        steps.append(
            Step(
                event.kind, f"{event.person_name} {event.get_kind_display()}", event.at, event.at, event.text
            )
        )
    for number, agreed in rounds.items():
        proposers = [
            event.person_name
            for event in events
            if event.wording_number == number
            and event.kind in (AgreementEvent.Kind.PROPOSED, AgreementEvent.Kind.CHANGED)
        ]
        names = tuple(
            dict.fromkeys(event.person_name for event in agreed if event.person_name not in proposers)
        )
        asked = len(party_names.difference(proposers) | set(names))
        title = f"Agreed by {len(names)} of {asked} asked"
        if proposers:
            title += f"; proposed by {proposers[0]}"
        steps.append(Step("agreed", title, agreed[0].at, agreed[-1].at, names=names))
    return tuple(sorted(steps, key=lambda step: step.started_at))


def other_parties(agreement: Agreement, person: Person | None) -> list[Person]:
    """Everybody named in it but this person, for telling them."""
    parties = agreement.parties.select_related("person")
    return [party.person for party in parties if party.person != person]
