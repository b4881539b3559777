"""How a clause sounds: VADER with a neutral band, and *uncertain* where its words pull both ways."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

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


@lru_cache(maxsize=1)
def _analyser() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    analyser.lexicon.update(CONTACT_CENTRE)
    return analyser


def mood_of(text: str) -> Mood:
    """The mood of one clause or short comment."""
    parts = _analyser().polarity_scores(text[:2_000])
    score = parts["compound"]
    if min(parts["pos"], parts["neg"]) >= BOTH_WAYS and abs(score) < 0.6:
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
