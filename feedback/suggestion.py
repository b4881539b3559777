"""What the words of a note suggest: whom it is about, and whether it is a strength. Pure: no Django.

A suggestion only fills in the form. The person who writes sees it and decides.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ccperf.privacy.masking import fold

STRENGTH, IMPROVEMENT, MIXED = "strength", "improvement", "mixed"

_PRAISE = """
above and beyond|accurate|acknowledged|admirable|apologised|asked the right|attentive|brilliant|calm|calmed|
caring|checked|cheerful|clear|clearly|compliment|complimented|confident|considerate|correctly|courteous|
de-escalated|empathy|encouraged|excellent|explained|fantastic|first time|fixed|followed up|friendly|generous|
gentle|good|great|grateful|handled well|helped|helpful|impressed|improved|in plain words|kept her informed|
kept him informed|kept the caller informed|kept them informed|kind|kindly|listened|lovely|noticed|on her own|
on his own|on time|outstanding|owned it|patient|patiently|perfect|pleasant|polite|politely|praised|proactive|
professional|quick|quickly|rang back|rang her back|rang him back|rang the customer back|reassured|reassuring|
recapped|resolved|right away|right way|smooth|solved|spotted|stayed calm|strength|superb|supported|supportive|
sympathetic|thank|thanked|thanks|thorough|thoughtful|took ownership|took the time|understanding|volunteered|
warm|welcoming|well|well done|went out of her way|went out of his way|went out of their way|wonderful
"""
_CONCERN = """
abrupt|abruptly|after the deadline|argued|blamed|careless|cold|complained|complaint|confused|confusing|
could have|could improve|curt|cut off|cut the caller off|dead air|delay|delayed|dismissive|did the wrong|
disappointing|disorganised|distracted|error|forgot|forgotten|frustrated|guessed|hung up|ignored|impatient|
improve|inaccurate|incomplete|incorrect|incorrectly|interrupted|kept waiting|lacked|late|left without|lost|
messy|missed|missing|mistake|misunderstood|muddled|needs to|no empathy|off script|omitted|overdue|poor|poorly|
promised but|raised her voice|raised his voice|rude|rushed|sarcastic|sharp|should have|shouted|skipped|slow|
slowly|snapped|sounded bored|swore|talked over|too fast|too long|too quick|too slow|unaware|unclear|unhelpful|
unprepared|unprofessional|unsure|vague|was not|without asking|without checking|without confirming|wrong|
wrongly
"""
_EVERYDAY_NAMES = """
will may mark rose grace hope joy art bill april june august amber dean frank grant pat ray rich rob sue faith
victor young long white black brown green king price best good day page read wise ward lane wood
"""
_EVERYDAY = frozenset(_EVERYDAY_NAMES.split())
_NEGATION = re.compile(
    r"\b(?:not|never|no|hardly|barely|without|failed to|fails to|did ?n.t|does ?n.t|was ?n.t|is ?n.t|"
    r"could ?n.t|would ?n.t|has ?n.t|had ?n.t|forgot to|rather than|instead of|nobody|nor|unable to)\b"
    r"(?:\s+\w+){0,2}\s*$"
)
# Somebody else's rudeness says nothing about the agent.
_OF_CALLER = re.compile(r"\b(?:caller|customer|client|visitor|patient's|he|she|they)\s+(?:\w+\s+){0,2}$")
_CALLER_ONLY = {
    "swore",
    "shouted",
    "complained",
    "complaint",
    "frustrated",
    "confused",
    "argued",
    "rude",
    "hung up",
}


def _lexicon(words: str) -> re.Pattern[str]:
    terms = sorted((" ".join(term.split()) for term in words.split("|")), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(re.escape(term) for term in terms if term) + r")\b")


_PRAISE_WORDS, _CONCERN_WORDS = _lexicon(_PRAISE), _lexicon(_CONCERN)


@dataclass(frozen=True)
class Candidate:
    """Someone a note may be about."""

    id: int
    name: str


@dataclass(frozen=True)
class PersonMatch:
    """A candidate named in the text, by which words, and how surely (1 is the full name)."""

    id: int
    name: str
    words: str
    certainty: float


@dataclass(frozen=True)
class Suggestion:
    """What the words suggest; ``person`` only when nobody else could be meant."""

    people: tuple[PersonMatch, ...]
    strength: str
    cues: tuple[str, ...]

    @property
    def person(self) -> PersonMatch | None:
        if not self.people:
            return None
        best = self.people[0]
        rivals = [match for match in self.people[1:] if match.certainty == best.certainty]
        # Two people by their full names: the note is about both or neither, so we do not choose.
        others_in_full = [match for match in self.people[1:] if match.certainty == 1]
        return None if rivals or others_in_full else best


def suggest(text: str, candidates: Iterable[Candidate]) -> Suggestion:
    """People named in ``text``, most certain first, and the kind of note its wording suggests."""
    strength, cues = suggest_strength(text)
    return Suggestion(people_named(text, list(candidates)), strength, cues)


def people_named(text: str, candidates: Sequence[Candidate]) -> tuple[PersonMatch, ...]:
    """Candidates whose name occurs: in full, first name and initial, first name, or last name.

    Accents, capitals and the possessive do not matter, and one wrong letter in a longer word is forgiven.
    A first or last name that several candidates share is a match for each of them, less certain.
    """
    words = _words(text)
    joined = f" {' '.join(words)} "
    parts = {candidate.id: _words(candidate.name) for candidate in candidates}
    owners: dict[str, set[int]] = defaultdict(set)
    for candidate_id, name in parts.items():
        for part in {name[0], name[-1]} if name else ():
            owners[part].add(candidate_id)
    found = []
    for candidate in candidates:
        name = parts[candidate.id]
        if not name:
            continue
        match = _match(name, words, joined, owners, text)
        if match:
            found.append(PersonMatch(candidate.id, candidate.name, *match))
    return tuple(sorted(found, key=lambda match: (-match.certainty, match.name)))


def suggest_strength(text: str) -> tuple[str, tuple[str, ...]]:
    """*strength*, *improvement*, *mixed* or nothing, with the words that say so."""
    plain = fold(text).lower().replace("\u2019", "'")
    praise: list[str] = []
    concern: list[str] = []
    taken: list[tuple[int, int]] = []
    for match in _CONCERN_WORDS.finditer(plain):
        before = plain[: match.start()]
        if match.group() in _CALLER_ONLY and _OF_CALLER.search(before):
            continue
        taken.append(match.span())
        if _negated(before):
            praise.append(f"not {match.group()}")
        else:
            concern.append(match.group())
    for match in _PRAISE_WORDS.finditer(plain):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        (concern if _negated(plain[: match.start()]) else praise).append(match.group())
    cues = tuple(dict.fromkeys([*praise, *concern]))
    if praise and concern:
        return MIXED, cues
    if not cues:
        return "", ()
    return (STRENGTH if praise else IMPROVEMENT), cues


def _negated(before: str) -> bool:
    """Whether the words just before, in the same clause, turn what follows round."""
    clause = re.split(r"[.;:!?,]|\bbut\b|\band\b", before)[-1]
    return bool(_NEGATION.search(clause.rstrip() + " ") or _NEGATION.search(clause))


def _words(text: str) -> list[str]:
    plain = fold(text).lower().replace("\u2019", "'")
    return [re.sub(r"'s?$", "", word) for word in re.findall(r"[^\W\d_](?:[\w'\-]*\w)?", plain)]


def _match(
    name: list[str], words: list[str], joined: str, owners: dict[str, set[int]], text: str
) -> tuple[str, float] | None:
    """The words that name this person and how surely, or None."""
    first, last = name[0], name[-1]
    if f" {' '.join(name)} " in joined or (len(name) > 1 and f" {first} {last} " in joined):
        return " ".join(name), 1.0
    if len(name) > 1 and f" {first} {last[0]} " in joined:
        return f"{first} {last[0]}", 0.9
    for part, certainty in ((first, 0.8), (last, 0.7)):
        if len(part) < 3 or (len(name) == 1 and part is last and certainty == 0.7):
            continue
        if part in words and _written_as_name(part, text):
            return part, certainty if len(owners[part]) == 1 else certainty - 0.3
    for part in (first, last):
        near = next((word for word in words if len(part) >= 6 and _one_letter_off(part, word)), None)
        if near and len(owners[part]) == 1 and _written_as_name(near, text):
            return near, 0.5
    return None


def _written_as_name(part: str, text: str) -> bool:
    """Whether the word is written with a capital somewhere; "will" the verb names nobody.

    A text all in small letters names people too, so there any occurrence counts unless it is an everyday
    word.
    """
    plain = fold(text)
    written = [match.group() for match in re.finditer(rf"\b{re.escape(part)}\b", plain, re.IGNORECASE)]
    if any(word[0].isupper() for word in written):
        return True
    return plain == plain.lower() and part not in _EVERYDAY


def _one_letter_off(left: str, right: str) -> bool:
    """One letter added, missing, wrong, or two neighbours swapped."""
    if abs(len(left) - len(right)) > 1 or left == right:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    rest_left, rest_right = left[start:], right[start:]
    if len(left) == len(right):
        swapped = rest_left[:2] == rest_right[:2][::-1] and rest_left[2:] == rest_right[2:]
        return rest_left[1:] == rest_right[1:] or swapped
    return rest_left[1:] == rest_right or rest_left == rest_right[1:]
