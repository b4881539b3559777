"""One best theme for every comment of a file, read with the help of the whole file.

A comment on its own is placed by what the themes say of themselves. A file tells more: how common each theme
is in it, how people there speak of it, and that comments which are near each other mostly mean the same.

1. The scores become odds; with examples, a logistic classifier over vectors (seeds and examples) has its say.
   So has the mood, because vectors hardly tell *very good* from *very poor*: that of a comment is compared
   with the mean of what the theme says of itself. It takes longer than all else, so only the sample has it.
2. The middle of each theme moves towards the comments that fit it, the more so the less is known of it, and
   anew whenever the answers are better known.
3. How common the themes are is estimated from the file (expectation maximisation, Saerens et al. 2002),
   against a Dirichlet prior of equal shares that is the stronger, the more themes there are: many themes are
   often alike, and the larger of two that are alike would swallow the other. Examples do not come in the
   shares of the file, so the first estimate is made without them.
4. Half of a comment's answer is its own, half comes from its neighbours.
5. What words, pairs of words and parts of words the comments of each theme use is learnt from these answers
   (naive Bayes by expectation maximisation, Nigam et al. 2000) and has its say in them, twice; a comment does
   not hear its own words back. The sample alone has it, too.
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from feedback.themes.engine.assignment import Assigner, confidence
from feedback.themes.engine.discovery import shared_neighbours
from feedback.themes.engine.embedding import unit_rows
from feedback.themes.engine.reading import clause_scores
from feedback.themes.engine.text import WORD, distinct

# Fixed once on Banking77, the NHS comments and BBC headlines; see docs/themes.md.
TEMPERATURE = 0.08
CLASSIFIER_WEIGHT, CLASSIFIER_FREEDOM = 1.0, 10.0
MOOD_VARIANCE, SEEDS_WITHOUT_MOOD = 0.08, 2
COMMENTS_AS_SEEDS = 3
EQUAL_SHARES = 10
NEIGHBOURS, NEIGHBOURS_SHARE = 15, 0.5
ROUNDS = 50
ROUNDS_OF_WORDS, IN_TWO_COMMENTS, WORDS_UNSEEN = 2, 2, 10.0
# The words of a comment do not count in full: they depend on each other.
WORDS_DAMPED = 0.3
# Parts of words say the same of other forms and of misspelt ones; so much of the say is theirs.
LETTERS, LETTERS_SAY, LETTERS_DAMPED = (3, 5), 0.4, 0.3
# Words and vectors say much of the same: taken as independent they are surer than they are right.
SURENESS = 0.85
SAMPLE = 10_000
BLOCK = 4_000
FEWEST_COMMENTS = 50
LEAST_LIKELY = 1e-9


def settle(assigner: Assigner, texts: Sequence[str], *, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The place of the best theme of each comment, and how likely it is.

    Above ``SAMPLE`` comments a sample shows how the file is, and the rest is placed by that. A file that is
    too small to teach anything leaves an answer as sure as it is of one theme among several.
    """
    themes, embed = len(assigner.specs), assigner.embedder.embed
    first, inverse = distinct(texts)
    if len(first) < FEWEST_COMMENTS or themes < 2:
        scores = assigner.scores([texts[row] for row in first])
        places, likely = _best(_odds(scores / TEMPERATURE))
        # The best of a few may be a bad one.
        likely = np.minimum(likely, confidence(scores.max(axis=1)))
        return places[inverse], likely[inverse]
    chosen = np.arange(len(first))
    if len(first) > SAMPLE:
        chosen = np.sort(np.random.default_rng(seed).choice(len(first), SAMPLE, replace=False))
    sample = [texts[row] for row in first[chosen]]
    often = np.bincount(inverse)[chosen].astype(float)
    points = embed(sample)
    graph = _averaging(shared_neighbours(unit_rows(points - points.mean(axis=0)), NEIGHBOURS))
    shares = np.full(themes, 1 / themes)
    if assigner.has_examples:
        shares = _File(assigner.without_examples(), points, often, graph).learn(sample, shares)
    file = _File(assigner, points, often, graph)
    file.learn(sample, shares)
    places, likely = np.empty(len(first), dtype=np.int64), np.empty(len(first), dtype=np.float32)
    rest = np.setdiff1d(np.arange(len(first)), chosen, assume_unique=True)
    for start in range(0, len(rest), BLOCK):
        rows = rest[start : start + BLOCK]
        block = [texts[row] for row in first[rows]]
        places[rows], likely[rows] = _best(_odds(file.logits(block, embed(block))))
    places[chosen], likely[chosen] = _best(_tempered(file.answers))
    return places[inverse], likely[inverse]


class _File:
    """What a file teaches about the themes of an assigner."""

    def __init__(
        self, assigner: Assigner, points: np.ndarray, often: np.ndarray, graph: sparse.csr_matrix
    ) -> None:
        """``points`` are different comments, ``often`` says how many times each was written."""
        self._assigner, self._points, self._often, self._graph = assigner, points, often, graph
        self._middle = points.mean(axis=0)
        self._classifier = self._fitted() if assigner.has_examples else None
        self._shift: np.ndarray | None = None
        self._shares = np.full(len(assigner.specs), 1 / len(assigner.specs))

    def learn(self, texts: Sequence[str], shares: np.ndarray) -> np.ndarray:
        """Learn from these comments, beginning from ``shares``; the shares of the themes among them."""
        logits = self._evidence(texts, self._points) + self._moods(texts)
        self.answers = self._smoothed(_odds(logits))
        likely = self._moved_to_answers(logits, shares)
        self.answers = self._smoothed(likely)
        words, letters = _wordings(texts, *self._assigner.known_texts(), themes=len(shares))
        for _ in range(ROUNDS_OF_WORDS):
            said = np.log(likely + LEAST_LIKELY) + (1 - LETTERS_SAY) * words.evidence(self.answers)
            said += LETTERS_SAY * LETTERS_DAMPED * letters.evidence(self.answers)
            self.answers = self._smoothed(_with_shares(_odds(said), self._often)[1])
            # The last time only for what it keeps: by the middles and shares, the rest of the file is placed.
            likely = self._moved_to_answers(logits, shares)
        return _shares_of(self.answers, self._often)

    def logits(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        return self._evidence(texts, vectors) + self._pull(vectors) + np.log(self._shares)

    def _evidence(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        logits = self._assigner.scores(texts, vectors) / TEMPERATURE
        if self._classifier is not None:
            said = self._classifier(unit_rows(vectors - self._middle))
            logits = logits + CLASSIFIER_WEIGHT * (said - said.mean(axis=1, keepdims=True))
        return logits

    def _moods(self, texts: Sequence[str]) -> np.ndarray:
        """How likely each theme makes the mood of each comment, as logits."""
        owner, known = self._assigner.known_texts()
        themes = len(self._assigner.specs)
        totals = np.bincount(owner, weights=_moods_of(known), minlength=themes)
        expected = totals / (np.bincount(owner, minlength=themes) + SEEDS_WITHOUT_MOOD)
        return -((_moods_of(texts)[:, None] - expected) ** 2) / (2 * MOOD_VARIANCE)

    def _fitted(self):
        from sklearn.linear_model import LogisticRegression

        owner, texts = self._assigner.known_texts()
        model = LogisticRegression(C=CLASSIFIER_FREEDOM, max_iter=300)
        model.fit(unit_rows(self._assigner.embedder.embed(texts) - self._middle), owner)
        themes = len(self._assigner.specs)

        def say(points: np.ndarray) -> np.ndarray:
            if themes == 2:
                second = model.decision_function(points)
                return np.stack([-second, second], axis=1) / 2
            return model.decision_function(points)

        return say

    def _moved_to_answers(self, logits: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """How likely the themes are once their middles moved to the answers so far, and shares are known."""
        self._shift = self._moved(self.answers)
        found, likely = _with_shares(_odds(logits + self._pull(self._points) + np.log(shares)), self._often)
        self._shares = found * shares / (found * shares).sum()
        return likely

    def _moved(self, answers: np.ndarray) -> np.ndarray:
        """How far the middle of each theme moves when comments that fit count as a few more of its seeds."""
        seeds, number = self._assigner.seed_middles()
        centred = self._assigner.centred(self._points)
        heard = unit_rows((answers * self._often[:, None]).T.astype(np.float32) @ centred)
        return unit_rows(seeds * number[:, None] + COMMENTS_AS_SEEDS * heard) - seeds

    def _pull(self, vectors: np.ndarray) -> np.ndarray:
        return self._assigner.centred(vectors) @ self._shift.T / TEMPERATURE

    def _smoothed(self, answers: np.ndarray) -> np.ndarray:
        mixed = answers
        for _ in range(20):
            mixed = NEIGHBOURS_SHARE * (self._graph @ mixed) + (1 - NEIGHBOURS_SHARE) * answers
        return mixed / mixed.sum(axis=1, keepdims=True)


def _wordings(
    texts: Sequence[str], owner: np.ndarray, known: Sequence[str], *, themes: int
) -> tuple["_Wording", "_Wording"]:
    """What words and pairs of words say, and what parts of words do.

    ``known`` are seeds and examples, ``owner`` their themes.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(ngram_range=(1, 2), token_pattern=WORD, binary=True, dtype=np.float32)
    counts = counter.fit_transform([*texts, *known])
    names = counter.get_feature_names_out()
    alone = np.array([" " not in name for name in names])
    cutter = CountVectorizer(ngram_range=LETTERS, analyzer="char_wb", binary=True, dtype=np.float32)
    letters = (counts[:, alone] @ cutter.fit_transform(names[alone])).tocsr()
    letters.data[:] = 1
    of_themes = np.eye(themes, dtype=np.float32)[owner]
    return _Wording(counts, of_themes), _Wording(letters, of_themes)


class _Wording:
    """What the features of comments say for each theme, once it is known which comments are about it."""

    def __init__(self, counts: sparse.csr_matrix, of_themes: np.ndarray) -> None:
        """``counts`` holds comments, then texts whose themes are known: these are rows of ``of_themes``."""
        counts = counts[:, counts.getnnz(axis=0) >= IN_TWO_COMMENTS]
        comments = counts.shape[0] - len(of_themes)
        self._counts, self._known = counts[:comments], np.asarray(counts[comments:].T @ of_themes)
        self._lengths = np.asarray(self._counts.sum(axis=1))
        self._damped = np.maximum(self._lengths, 1) ** -WORDS_DAMPED

    def evidence(self, answers: np.ndarray) -> np.ndarray:
        """Logits for each comment and theme: how much more common its features are there than anywhere.

        What the comment itself adds to that is taken off, to the first order: it must not confirm itself.
        """
        used = self._counts.T @ answers + self._known
        common = used.sum(axis=1, keepdims=True) / used.sum()
        there, total = used + WORDS_UNSEEN * common, used.sum(axis=0) + WORDS_UNSEEN
        heard = self._counts @ np.log(there / total / common)
        own = answers * (self._counts @ (1 / there) - self._lengths**2 / total)
        return np.asarray(heard - own) * self._damped


def _moods_of(texts: Sequence[str]) -> np.ndarray:
    """The mean mood of the clauses of each text; 0 for a text without any."""
    return np.array([np.mean(clause_scores(text) or [0.0]) for text in texts])


def _best(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return answers.argmax(axis=1), answers.max(axis=1)


def _tempered(answers: np.ndarray) -> np.ndarray:
    less = answers**SURENESS
    return less / less.sum(axis=1, keepdims=True)


def _odds(logits: np.ndarray) -> np.ndarray:
    spread = np.exp(logits - logits.max(axis=1, keepdims=True))
    return spread / spread.sum(axis=1, keepdims=True)


def _shares_of(likely: np.ndarray, often: np.ndarray) -> np.ndarray:
    themes = likely.shape[1]
    return (often @ likely + EQUAL_SHARES * themes) / (often.sum() + EQUAL_SHARES * themes**2)


def _with_shares(likely: np.ndarray, often: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shares of the themes that make ``likely`` most plausible, and the answers they give."""
    shares = np.full(likely.shape[1], 1 / likely.shape[1])
    for _ in range(ROUNDS):
        joint = likely * shares
        joint /= joint.sum(axis=1, keepdims=True)
        shares = _shares_of(joint, often)
    joint = likely * shares
    return shares, joint / joint.sum(axis=1, keepdims=True)


def _averaging(graph: sparse.csr_matrix) -> sparse.csr_matrix:
    """The graph with the weights of each row adding up to 1."""
    totals = np.asarray(graph.sum(axis=1)).ravel()
    return sparse.diags(1 / np.maximum(totals, 1e-9)).astype(np.float32) @ graph
