"""Which themes a comment is about, how sure that is, and which words and examples say so.

A theme is its name, definition, phrases and the comments people confirmed. A clause is compared with it by
meaning (static vectors) and by words (TF-IDF to the seeds). What reaches no threshold stays unassigned.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from feedback.themes.engine.embedding import SENTENCE_MODEL_ID, Embedder, unit_rows
from feedback.themes.engine.lexical import ThemeWords
from feedback.themes.engine.nearest import NearestWords
from feedback.themes.engine.text import Clause, phrases_of, stem, tokens
from feedback.themes.engine.vocabulary import STOP_WORDS

# Fixed once on the development part of a public collection; see docs/themes.md.
WORDS_WEIGHT = 1.0
PHRASES_FOR_HALF_WEIGHT = 5
SEEDS_TO_KNOW_WHAT_IS_COMMON = 10
THRESHOLD = 0.43
# Sentence vectors score lower: with this they place NHS comments as often right as static ones do.
THRESHOLDS = {SENTENCE_MODEL_ID: 0.39}
LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 0.34, 0.60
STEEPNESS, EVEN_ODDS = 6.0, 0.47
SUREST = 0.95
LIKE_A_WRONG_ONE = 0.6
PENALTY = 0.8
SIMILAR_EXAMPLE = 0.45
EXAMPLES_SHOWN = 3
# One word says little unless it is a phrase of the theme: "Great" is not about a great team.
A_PHRASE_ITSELF, LONE_WORD_SHARE = 0.75, 0.6
CORRECTIONS_TO_MOVE_THRESHOLD = 6
BLOCK = 4_000


@dataclass(frozen=True)
class Example:
    """A comment that a person placed, and what it is known by."""

    text: str
    ref: Hashable = None


@dataclass(frozen=True)
class ThemeSpec:
    """A theme as the engine knows it."""

    key: Hashable
    name: str
    definition: str = ""
    phrases: Sequence[str] = ()
    right: Sequence[Example] = ()
    wrong: Sequence[Example] = ()

    @property
    def seeds(self) -> list[str]:
        return [text for text in (self.name, self.definition, *phrases_of(self.phrases)) if text]

    @property
    def judges(self) -> int:
        """1 for a theme that praises, -1 for one that blames, 0 for one that is about a thing, good or bad.

        A theme judges where a third of its seeds do, and all of those the same way.
        """
        said = [np.sign(sum(token.judges for token in tokens(seed))) for seed in self.seeds]
        ways = set(said) - {0}
        return int(ways.pop()) if len(ways) == 1 and 3 * np.count_nonzero(said) >= len(said) else 0


@dataclass(frozen=True)
class Match:
    """A theme of a comment, with the clause that carries it best and why.

    ``words`` are places in the whole comment; ``like`` names confirmed comments and their likeness.
    """

    key: Hashable
    confidence: float
    clause: int
    words: tuple[tuple[int, int], ...] = ()
    like: tuple[tuple[Hashable, float], ...] = ()


@dataclass
class _Pool:
    """Texts of one sort from all themes, with the theme each belongs to."""

    owner: np.ndarray
    vectors: np.ndarray
    refs: list[Hashable] = field(default_factory=list)

    def best(self, likeness: np.ndarray, themes: int) -> np.ndarray:
        """For each row and theme the highest likeness to a text of that theme; 0 where it has none."""
        best = np.zeros((len(likeness), themes), dtype=np.float32)
        for theme in np.unique(self.owner):
            best[:, theme] = likeness[:, self.owner == theme].max(axis=1)
        return best

    def means(self, themes: int) -> np.ndarray:
        means = np.zeros((themes, self.vectors.shape[1]), dtype=np.float32)
        for theme in np.unique(self.owner):
            means[theme] = self.vectors[self.owner == theme].mean(axis=0)
        return unit_rows(means)


class Assigner:
    """Knows a taxonomy and its corrections; built once per run, or per batch of new comments."""

    def __init__(self, specs: Sequence[ThemeSpec], embedder: Embedder) -> None:
        self.specs = list(specs)
        self.embedder = embedder
        self.threshold = THRESHOLDS.get(embedder.model_id, THRESHOLD)
        seeds = [(index, text) for index, spec in enumerate(self.specs) for text in spec.seeds]
        raw = embedder.embed([text for _, text in seeds])
        # What all seeds have in common says nothing about any theme.
        shared = len(raw) / (len(raw) + SEEDS_TO_KNOW_WHAT_IS_COMMON)
        self._common = (
            raw.mean(axis=0) * shared if len(raw) else np.zeros(embedder.dimensions, dtype=np.float32)
        )
        self._seeds = _Pool(np.array([index for index, _ in seeds], dtype=int), unit_rows(raw - self._common))
        self._judges = np.array([spec.judges for spec in self.specs], dtype=int)
        self._right = self._examples("right")
        self._wrong = self._examples("wrong")
        themes = len(self.specs)
        self._middle = unit_rows(self._seeds.means(themes) + self._right.means(themes))
        self._words = ThemeWords(
            [[*spec.seeds, *(example.text for example in spec.right)] for spec in self.specs]
        )
        self._nearest = NearestWords(
            lambda words: self.centred(embedder.embed(words)) @ self._middle.T, self._judges
        )
        hints = np.array(
            [max(0, len(spec.seeds) + len(spec.right) - 1) for spec in self.specs], dtype=np.float32
        )
        self._words_weight = WORDS_WEIGHT * hints / (hints + PHRASES_FOR_HALF_WEIGHT)
        self.thresholds = self._moved_thresholds()

    def scores(self, texts: Sequence[str], vectors: np.ndarray | None = None) -> np.ndarray:
        """How well each text fits each theme, about 0 to 1.3; comparable between texts and themes."""
        if not self.specs or not texts:
            return np.zeros((len(texts), len(self.specs)), dtype=np.float32)
        vectors = self.embedder.embed(texts) if vectors is None else vectors
        blocks = [
            self._block(texts[start : start + BLOCK], vectors[start : start + BLOCK])
            for start in range(0, len(texts), BLOCK)
        ]
        return np.vstack(blocks)

    def assign(
        self, comments: Sequence[Sequence[Clause]], vectors: np.ndarray | None = None
    ) -> list[list[Match]]:
        """The themes of each comment, surest first; none is an answer.

        ``vectors`` are those of all clauses in order.
        """
        flat = [clause for comment in comments for clause in comment]
        if vectors is None:
            vectors = self.embedder.embed([clause.text for clause in flat])
        if not flat or not self.specs:
            return [[] for _ in comments]
        scores = self.scores([clause.text for clause in flat], vectors)
        ends = np.cumsum([len(comment) for comment in comments]).tolist()
        carried = [
            self._carried(range(end - len(comment), end), scores)
            for comment, end in zip(comments, ends, strict=True)
        ]
        asked = [(flat[row], theme) for found in carried for theme, rows in found for row in rows]
        said = iter(self.words(*zip(*asked, strict=True)) if asked else [])
        results = []
        for end, comment, found in zip(ends, comments, carried, strict=True):
            matches = []
            for theme, rows in found:
                best = max(rows, key=lambda row, theme=theme: (scores[row, theme], -row))
                sure = confidence(scores[best, theme], self.thresholds[theme])
                matches.append(
                    Match(
                        key=self.specs[theme].key,
                        confidence=round(float(sure), 3),
                        clause=best - end + len(comment),
                        words=tuple(span for _ in rows for span in next(said)),
                        like=self.like(vectors[best], theme),
                    )
                )
            results.append(matches)
        return results

    @property
    def has_examples(self) -> bool:
        return len(self._right.owner) > 0

    def without_examples(self) -> "Assigner":
        """The same themes as they describe themselves, before anybody confirmed a comment."""
        return Assigner([replace(spec, right=()) for spec in self.specs], self.embedder)

    def centred(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors without what all seeds have in common."""
        return unit_rows(vectors - self._common)

    def known_texts(self) -> tuple[np.ndarray, list[str]]:
        """The theme and the text of every seed and example."""
        texts = [
            (index, text)
            for index, spec in enumerate(self.specs)
            for text in (*spec.seeds, *(example.text for example in spec.right))
        ]
        return np.array([index for index, _ in texts], dtype=int), [text for _, text in texts]

    def seed_middles(self) -> tuple[np.ndarray, np.ndarray]:
        """The middle of the seeds and examples of each theme, and how many there are."""
        owner = np.concatenate((self._seeds.owner, self._right.owner))
        pool = _Pool(owner, np.vstack((self._seeds.vectors, self._right.vectors)))
        return pool.means(len(self.specs)), np.bincount(owner, minlength=len(self.specs))

    def nearest_theme(self, vector: np.ndarray) -> tuple[Hashable, float] | None:
        """The theme whose middle is most like ``vector``, with the likeness."""
        if not self.specs:
            return None
        likeness = self._middle @ self.centred(vector[None, :])[0]
        best = int(likeness.argmax())
        return self.specs[best].key, float(likeness[best])

    # ---- inside

    def _examples(self, side: str) -> _Pool:
        rows = [(index, example) for index, spec in enumerate(self.specs) for example in getattr(spec, side)]
        vectors = self.centred(self.embedder.embed([example.text for _, example in rows]))
        owner = np.array([index for index, _ in rows], dtype=int)
        return _Pool(owner, vectors, [example.ref for _, example in rows])

    def _block(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        themes = len(self.specs)
        known = vectors.any(axis=1)
        centred = self.centred(vectors)
        words = self._words.scores(texts)
        middle, nearest = centred @ self._middle.T, self._seeds.best(centred @ self._seeds.vectors.T, themes)
        for rows, against, left in self._turned(centred, words.turned):
            where = np.ix_(rows, against)
            middle[where] = np.minimum(middle[where], left @ self._middle[against].T)
            seeds = self._seeds.best(left @ self._seeds.vectors.T, themes)
            nearest[where] = np.minimum(nearest[where], seeds[:, against])
        if len(self._right.owner):
            nearest = np.maximum(nearest, self._right.best(centred @ self._right.vectors.T, themes))
        meaning = (middle + nearest) / 2
        total = meaning + self._words_weight * words.scores
        lone = (words.content <= 1)[:, None] & (nearest < A_PHRASE_ITSELF)
        total = np.where(lone, LONE_WORD_SHARE * total, total)
        if len(self._wrong.owner):
            wrong = self._wrong.best(centred @ self._wrong.vectors.T, themes)
            closer = (wrong > LIKE_A_WRONG_ONE) & (wrong > nearest)
            total -= PENALTY * np.where(closer, wrong - LIKE_A_WRONG_ONE + 0.1, 0)
        return np.where(known[:, None], total, 0).astype(np.float32)

    def _turned(
        self, centred: np.ndarray, turned: Sequence[tuple[int, str, int]]
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Rows that negate a judgement, the themes that make it, and the rows' vectors without such words.

        *Not rude* has nearly the vector of *rude*: what the word says is taken out of it.
        """
        for meant in (1, -1):
            against = np.flatnonzero(self._judges == -meant)
            said = [(row, word) for row, word, sense in turned if sense == meant]
            if not len(against) or not said:
                continue
            words = list(dict.fromkeys(word for _, word in said))
            vectors = dict(zip(words, self.centred(self.embedder.embed(words)), strict=True))
            rows, inverse = np.unique([row for row, _ in said], return_inverse=True)
            taken = np.zeros((len(rows), centred.shape[1]), dtype=np.float32)
            np.add.at(taken, inverse, np.array([vectors[word] for _, word in said]))
            taken = unit_rows(taken)
            along = np.einsum("ij,ij->i", centred[rows], taken)
            yield rows, against, centred[rows] - np.maximum(along, 0)[:, None] * taken

    def _moved_thresholds(self) -> np.ndarray:
        """The usual threshold, or with enough corrections the one that parts right from wrong."""
        thresholds = np.full(len(self.specs), self.threshold, dtype=np.float32)
        for index, spec in enumerate(self.specs):
            if len(spec.right) + len(spec.wrong) < CORRECTIONS_TO_MOVE_THRESHOLD or not spec.wrong:
                continue
            plain = self._seed_scores(index, [example.text for example in (*spec.right, *spec.wrong)])
            is_right = np.array([True] * len(spec.right) + [False] * len(spec.wrong))
            steps = np.arange(LOWEST_THRESHOLD, HIGHEST_THRESHOLD + 0.001, 0.02)
            hits = np.array([np.sum((plain >= step) == is_right) for step in steps])
            best = np.flatnonzero(hits == hits.max())
            thresholds[index] = steps[best[np.abs(steps[best] - self.threshold).argmin()]]
        return thresholds

    def _seed_scores(self, theme: int, texts: Sequence[str]) -> np.ndarray:
        """Scores by name, definition and phrases alone, so that an example does not vouch for itself."""
        own = self._seeds.vectors[self._seeds.owner == theme]
        centred = self.centred(self.embedder.embed(texts))
        middle = unit_rows(own.mean(axis=0, keepdims=True))[0]
        meaning = (centred @ middle + (centred @ own.T).max(axis=1)) / 2
        return meaning + self._words_weight[theme] * self._words.scores(texts).scores[:, theme]

    def _carried(self, rows: range, scores: np.ndarray) -> list[tuple[int, list[int]]]:
        """The themes that a comment of these clauses carries, surest first, with the clauses that do."""
        strong = scores[rows.start : rows.stop] >= self.thresholds
        chosen = np.flatnonzero(strong.any(axis=0))
        # As surety goes, but before it is capped.
        beyond = scores[rows.start : rows.stop, chosen] - self.thresholds[chosen] / 2
        best = beyond.max(axis=0, initial=-np.inf)
        ordered = chosen[np.argsort(-best, kind="stable")].tolist()
        return [(theme, [row for row in rows if strong[row - rows.start, theme]]) for theme in ordered]

    def words(self, clauses: Sequence[Clause], themes: Sequence[int]) -> list[list[tuple[int, int]]]:
        """For each clause the places of the words for its theme: shared ones, else the nearest in meaning."""
        said = self._words.telling([clause.text for clause in clauses], themes)
        silent = [row for row, spans in enumerate(said) if not spans]
        nearest = self._nearest.telling(
            [clauses[row].text for row in silent], [themes[row] for row in silent]
        )
        for row, spans in zip(silent, nearest, strict=True):
            said[row] = spans
        return [
            [(clause.start + start, clause.start + end) for start, end in merge_spans(clause.text, spans)]
            for clause, spans in zip(clauses, said, strict=True)
        ]

    def like(self, vector: np.ndarray, theme: int) -> tuple[tuple[Hashable, float], ...]:
        """The confirmed comments of a theme that are nearest to a vector, with their likeness."""
        mine = np.flatnonzero(self._right.owner == theme)
        if not len(mine):
            return ()
        likeness = self._right.vectors[mine] @ self.centred(vector[None, :])[0]
        order = np.argsort(-likeness, kind="stable")[:EXAMPLES_SHOWN]
        return tuple(
            (self._right.refs[mine[index]], round(float(likeness[index]), 3))
            for index in order
            if likeness[index] >= SIMILAR_EXAMPLE
        )


def confidence(score: np.ndarray | float, threshold: float = THRESHOLD) -> np.ndarray:
    """How often a match of this score is right, by the curve measured on labelled comments."""
    even = EVEN_ODDS + (threshold - THRESHOLD) / 2
    return np.minimum(SUREST, 1 / (1 + np.exp(-STEEPNESS * (score - even))))


def merge_spans(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order; those that touch, or have only small words between them, become one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and (start <= merged[-1][1] or _only_small_words(text[merged[-1][1] : start])):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


@lru_cache(maxsize=10_000)
def _only_small_words(gap: str) -> bool:
    words = gap.replace("'", "").replace("\u2019", "").lower().split()
    return len(words) <= 2 and all(word.isalpha() and stem(word) in STOP_WORDS for word in words)
