"""How a clause sounds: VADER's words and rules, a neutral band, and *uncertain* where words pull both ways.

The lexicon, the boosters and the constants are VADER's (Hutto and Gilbert 2014); the pass over the words is
our own, because the library takes five times as long. Left out are its few idioms and the rule for capitals.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from string import punctuation

NEUTRAL_BAND = 0.15
BOTH_WAYS = 0.12
NEGATIVE, NEUTRAL, POSITIVE, UNCERTAIN = "negative", "neutral", "positive", "uncertain"
# Complaints of contact centres that a general lexicon takes for neutral, on its scale of -4 to 4.
CONTACT_CENTRE = {
    "unresolved": -2.0, "chased": -1.6, "overcharged": -2.2, "unhelpful": -2.2, "cancelled": -0.8,
    "frozen": -1.2, "froze": -1.2, "jargon": -1.2, "queue": -0.6, "transferred": -0.6,
    "abrupt": -1.8, "understaffed": -1.8, "resolved": 1.8, "sorted": 1.4, "fixed": 1.4,
    "polite": 2.0, "professional": 1.8, "efficient": 1.9, "prompt": 1.6, "courteous": 2.0,
    "knowledgeable": 1.9, "caring": 2.2,
}  # fmt: skip


@dataclass(frozen=True)
class Mood:
    """A score from -1 to 1 and its band."""

    score: float
    label: str


@dataclass(frozen=True)
class _Words:
    """What words weigh, on VADER's scale of -4 to 4."""

    weight: dict[str, float]
    booster: dict[str, float]
    negating: frozenset[str]
    emoji: dict[str, str]


# VADER's constants.
NEGATION, EXCLAMATION, MOST_EXCLAMATIONS, SATURATION = -0.74, 0.292, 4, 15
REACH = ((1, 1.0), (2, 0.95), (3, 0.9))
BEFORE_BUT, BEHIND_BUT = 0.5, 1.5
# A word that weighs less names a thing rather than judging it: queue, transferred, pay.
JUDGES = 1.0


@lru_cache(maxsize=1)
def _known() -> _Words:
    from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE

    spec = find_spec("vaderSentiment")
    folder = Path(next(iter(spec.submodule_search_locations or ["."]))) if spec else Path()
    weight, emoji = _table(folder / "vader_lexicon.txt"), _table(folder / "emoji_utf8_lexicon.txt")
    return _Words(
        weight={word: float(value) for word, value in weight.items()} | CONTACT_CENTRE,
        booster=BOOSTER_DICT,
        negating=frozenset(NEGATE),
        emoji=emoji,
    )


def _table(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return {cells[0]: cells[1] for cells in (line.split("\t") for line in lines) if len(cells) > 1}


def judgement_of(word: str) -> int:
    """1 for a word in small letters that praises, -1 for one that blames, 0 for all others."""
    weight = _known().weight.get(word, 0.0)
    return 0 if abs(weight) < JUDGES else 1 if weight > 0 else -1


def mood_of(text: str) -> Mood:
    """The mood of one clause or short comment."""
    text = text[:2_000].replace("\u2019", "'")
    known = _known()
    if not text.isascii():
        text = "".join(f" {known.emoji[sign]} " if sign in known.emoji else sign for sign in text)
    words = [
        word if word in known.weight else word.strip(punctuation) or word for word in text.lower().split()
    ]
    if known.weight.keys().isdisjoint(words):
        return Mood(0.0, NEUTRAL)
    values = [_value(words, place, known) for place in range(len(words))]
    if "but" in words:
        turn = words.index("but")
        values = [value * (BEFORE_BUT if place < turn else BEHIND_BUT) for place, value in enumerate(values)]
    return _mood(values, EXCLAMATION * min(MOST_EXCLAMATIONS, text.count("!")))


def _value(words: list[str], place: int, known: _Words) -> float:
    """What a word weighs with the boosters and negations of the three words before it; 0 for most."""
    value = known.weight.get(words[place], 0.0)
    if not value:
        return 0.0
    following = words[place + 1] if place + 1 < len(words) else ""
    if words[place] == "no" and following in known.weight:
        return 0.0
    for distance, share in REACH:
        if distance > place:
            break
        before = words[place - distance]
        if before == "no":
            value *= NEGATION
        elif before not in known.weight:
            boost = known.booster.get(before, 0.0) * share
            value += boost if value > 0 else -boost
            if before in known.negating:
                value *= NEGATION
    return value


def _mood(values: list[float], emphasis: float) -> Mood:
    total = sum(values)
    total += emphasis if total > 0 else -emphasis if total < 0 else 0
    score = round(total / (total * total + SATURATION) ** 0.5, 4)
    good = sum(value + 1 for value in values if value > 0)
    bad = sum(1 - value for value in values if value < 0)
    everything = good + bad + sum(value == 0 for value in values)
    if min(good, bad) / everything >= BOTH_WAYS and abs(score) < 0.6:
        return Mood(score, UNCERTAIN)
    return Mood(score, band(score))


def band(score: float) -> str:
    if abs(score) < NEUTRAL_BAND:
        return NEUTRAL
    return POSITIVE if score > 0 else NEGATIVE


def mood_of_all(moods: list[Mood]) -> Mood | None:
    """The mood of a comment from those of its clauses: uncertain when they contradict each other."""
    if not moods:
        return None
    score = sum(mood.score for mood in moods) / len(moods)
    labels = {mood.label for mood in moods}
    if {NEGATIVE, POSITIVE} <= labels or labels == {UNCERTAIN}:
        return Mood(score, UNCERTAIN)
    return Mood(score, band(score))
