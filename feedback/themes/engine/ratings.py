"""Mood learnt from ratings: a logistic head over the vector of a comment and what the lexicon makes of it.

Comments that came with a rating teach how people here sound when they are content. The head is used only
where it does better than the lexicon on comments that were held back from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from feedback.themes.engine.sentiment import NEGATIVE, NEUTRAL, POSITIVE, UNCERTAIN, Mood

FEWEST_RATINGS = 300
FEWEST_POOR = 20
FOLDS = 5
FREEDOM = 3.0
# Between these chances of a good rating the mood stays open.
UNCERTAIN_FROM, UNCERTAIN_TO = 0.4, 0.6


@dataclass(frozen=True)
class RatingHead:
    """A learnt head, with its macro-F1 and that of the lexicon on the comments held back."""

    model: Any
    middle: np.ndarray
    comments: int
    held_back_f1: float
    lexicon_f1: float

    def moods(self, vectors: np.ndarray, scores: Sequence[Sequence[float]]) -> list[Mood]:
        """The mood of each comment or clause, from its vector and the lexicon's scores of its clauses."""
        if not len(vectors):
            return []
        chances = self.model.predict_proba(_rows(vectors - self.middle, scores))[:, 1]
        return [
            Mood(round(2 * float(chance) - 1, 4), _label(chance, own))
            for chance, own in zip(chances, scores, strict=True)
        ]


def learn(
    vectors: np.ndarray, scores: Sequence[Sequence[float]], good: Sequence[bool], *, seed: int = 1
) -> RatingHead | None:
    """Learn from rated comments; None when there are too few of them, or too few poor or good ones.

    Equal comments are held back together: what was learnt by heart proves nothing.
    """
    from sklearn.metrics import f1_score
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    truth = np.asarray(good, dtype=bool)
    if len(truth) < FEWEST_RATINGS:
        return None
    alike = _alike(vectors)
    if min(len(np.unique(alike[truth])), len(np.unique(alike[~truth]))) < FEWEST_POOR:
        return None
    middle = vectors.mean(axis=0)
    rows = _rows(vectors - middle, scores)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    held_back = cross_val_predict(_model(), rows, truth, cv=folds, groups=alike)
    # Where the lexicon hears nothing it is taken to say what most ratings say.
    usual = truth.mean() - 0.5
    lexicon = np.array([(sum(own) or usual) > 0 for own in scores])
    return RatingHead(
        model=_model().fit(rows, truth),
        middle=middle,
        comments=len(truth),
        held_back_f1=float(f1_score(truth, held_back, average="macro")),
        lexicon_f1=float(f1_score(truth, lexicon, average="macro")),
    )


def _model() -> Any:
    from sklearn.linear_model import LogisticRegression

    # Poor ratings are few; without balance the head would call everything good.
    return LogisticRegression(C=FREEDOM, class_weight="balanced", max_iter=500)


def _alike(vectors: np.ndarray) -> np.ndarray:
    """A number for each comment, the same for equal ones; batches differ in the last digits."""
    numbers: dict[bytes, int] = {}
    rounded = np.round(vectors, 2) + 0.0  # No -0.
    return np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in rounded])


def _rows(centred: np.ndarray, scores: Sequence[Sequence[float]]) -> np.ndarray:
    said = [[np.mean(own), min(own), max(own), own[-1], sum(own) / 3] if own else [0.0] * 5 for own in scores]
    return np.hstack((centred, np.array(said)))


def _label(chance: float, scores: Sequence[float]) -> str:
    if UNCERTAIN_FROM < chance < UNCERTAIN_TO:
        return UNCERTAIN if any(scores) else NEUTRAL
    return POSITIVE if chance >= UNCERTAIN_TO else NEGATIVE
