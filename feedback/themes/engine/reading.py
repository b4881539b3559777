"""One comment or many, read whole: clauses, vectors, mood, language and themes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from feedback.themes.engine.assignment import Assigner, Match
from feedback.themes.engine.embedding import Embedder
from feedback.themes.engine.ratings import RatingHead
from feedback.themes.engine.sentiment import Mood, mood_of, mood_of_all
from feedback.themes.engine.text import Clause, clauses, is_comment, language_of


@dataclass
class ReadComment:
    """What the engine makes of one comment. A foreign-language one is marked and left alone."""

    is_comment: bool
    language: str = "en"
    clauses: list[Clause] = field(default_factory=list)
    moods: list[Mood] = field(default_factory=list)
    vectors: np.ndarray | None = None
    mood: Mood | None = None
    matches: list[Match] = field(default_factory=list)


def read_comments(
    texts: Sequence[str],
    embedder: Embedder,
    assigner: Assigner | None = None,
    *,
    with_moods: bool = True,
    ratings: RatingHead | None = None,
) -> list[ReadComment]:
    """Read each text; equal texts are read once and share their result. ``ratings`` refines the moods."""
    distinct = list(dict.fromkeys(texts))
    read = {text: _outline(text, with_moods) for text in distinct}
    flat = [clause.text for text in distinct for clause in read[text].clauses]
    vectors = embedder.embed(flat)
    matches = assigner.assign([read[text].clauses for text in distinct], vectors) if assigner else None
    row = 0
    for index, text in enumerate(distinct):
        result = read[text]
        result.vectors = vectors[row : row + len(result.clauses)]
        row += len(result.clauses)
        if matches is not None:
            result.matches = matches[index]
    if ratings is not None and with_moods:
        _refine_moods({text: result for text, result in read.items() if result.clauses}, embedder, ratings)
    return [read[text] for text in texts]


def clause_scores(text: str) -> list[float]:
    """What the lexicon makes of each clause of a comment."""
    return [mood_of(clause.text).score for clause in clauses(text)]


def _refine_moods(read: dict[str, ReadComment], embedder: Embedder, ratings: RatingHead) -> None:
    """Replace the lexicon's moods of comments and clauses by what ratings taught."""
    scores = [[mood.score for mood in result.moods] for result in read.values()]
    whole = ratings.moods(embedder.embed(list(read)), scores)
    for result, mood in zip(read.values(), whole, strict=True):
        result.mood = mood
        result.moods = ratings.moods(result.vectors, [[part.score] for part in result.moods])


def _outline(text: str, with_moods: bool) -> ReadComment:
    if not is_comment(text):
        return ReadComment(is_comment=False)
    language = language_of(text)
    if language != "en":
        return ReadComment(is_comment=True, language=language)
    found = clauses(text)
    if not with_moods:
        return ReadComment(True, "en", found)
    moods = [mood_of(clause.text) for clause in found]
    return ReadComment(True, "en", found, moods, mood=mood_of_all(moods))
