"""Words that tell themes apart: TF-IDF over what each theme says of itself, not over the comments.

So the same words weigh the same whether one comment is read on its own or a million in a run. A block of
comments becomes numbers word by word once, and all that follows is done with whole arrays.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from threading import Lock

import numpy as np
from scipy import sparse

from feedback.themes.engine.sentiment import judgement_of
from feedback.themes.engine.text import NEGATION_REACH, WORD, bare, features, stem, without_addresses
from feedback.themes.engine.vocabulary import NEGATORS, STOP_WORDS, TAKES_BACK

WORDS_REMEMBERED = 300_000
# Words that say so much of what the most telling one says are shown with it.
TELLING = 0.35
_TOKEN = re.compile(rf"{WORD}|[.,;!?]")
_CUT = re.compile(f"({_TOKEN.pattern})")
_STOP = -1
_CONTENT, _NEGATES, _NEGATOR_STEM, _PRAISES, _BLAMES, _TAKES_BACK, _FLAGS = 1, 2, 4, 8, 16, 32, 6


@dataclass(frozen=True)
class WordScores:
    """The cosine of each text with each theme, how many content words each text has, and which it turns.

    ``turned`` holds row, word and what it means there (1 praise, -1 blame) for negated words that judge.
    """

    scores: np.ndarray
    content: np.ndarray
    turned: list[tuple[int, str, int]]


@dataclass(frozen=True)
class _Content:
    """Content words one after the other: code, text, how far before it a negation is (0: none), and place.

    The place counts the words and stops of its text.
    """

    codes: np.ndarray
    rows: np.ndarray
    negated: np.ndarray
    places: np.ndarray

    @property
    def turned(self) -> np.ndarray:
        """Which words judge and are negated."""
        judges = self.codes & (_PRAISES | _BLAMES) > 0
        return judges & (self.negated > 0) & (self.codes & _NEGATOR_STEM == 0)


class ThemeWords:
    """The weight of each feature for each theme."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        """``documents`` holds for each theme its name, definition, phrases and confirmed comments."""
        counts = [Counter(name for text in texts for name in features(text)) for texts in documents]
        self.vocabulary = {name: column for column, name in enumerate(sorted(set().union(*counts)))}
        spread = Counter(name for count in counts for name in count)
        themes = len(counts)
        self.rarity = np.array(
            [np.log((1 + themes) / (1 + spread[name])) + 1 for name in self.vocabulary], dtype=np.float32
        )
        self._unknown = float(np.log(1 + themes) + 1)
        self._codes = _Codes(self.vocabulary)
        self._learning = Lock()
        self._columns_of_features()
        self.weights = sparse.csr_matrix((themes, len(self.vocabulary)), dtype=np.float32)
        if self.vocabulary:
            rows = np.repeat(np.arange(themes), [len(count) for count in counts])
            columns = np.array([self.vocabulary[name] for count in counts for name in count], dtype=np.int64)
            numbers = np.array([number for count in counts for number in count.values()], dtype=np.float32)
            self.weights = self._weighed(rows, columns, numbers, themes)
        self._dense = self.weights.toarray()

    def scores(self, texts: Sequence[str]) -> WordScores:
        """Words that no theme knows make a text less like any."""
        found = [_TOKEN.findall(without_addresses(text)) for text in texts]
        content = self._content(found)
        columns, first, _ = self._known(content)
        pairs, counts = np.unique(
            content.rows[first] * max(1, len(self.vocabulary)) + columns, return_counts=True
        )
        strange = self._strange(content, len(texts))
        weighed = self._weighed(*divmod(pairs, max(1, len(self.vocabulary))), counts, len(texts), strange)
        turned = content.turned
        return WordScores(
            np.asarray(weighed @ self._dense.T, dtype=np.float32),
            np.bincount(content.rows, minlength=len(texts)),
            [
                (row, found[row][place].lower(), -1 if praises else 1)
                for row, place, praises in zip(
                    content.rows[turned].tolist(),
                    content.places[turned].tolist(),
                    (content.codes[turned] & _PRAISES > 0).tolist(),
                    strict=True,
                )
            ],
        )

    def telling(self, texts: Sequence[str], themes: Sequence[int]) -> list[list[tuple[int, int]]]:
        """For each text the places of the words that speak most for its theme; none where none does."""
        # What stands between words is kept, so that the lengths of all pieces tell where each word is.
        cut = [_CUT.split(without_addresses(text)) for text in texts]
        content = self._content([pieces[1::2] for pieces in cut])
        columns, first, last = self._known(content)
        rows = content.rows[first]
        shares = self.rarity[columns] * self._dense[np.asarray(themes, dtype=np.int64)[rows], columns]
        shares[(first == last) & (content.codes[first] & _NEGATOR_STEM > 0)] = 0
        most = np.zeros(len(texts), dtype=np.float32)
        np.maximum.at(most, rows, shares)
        kept = (shares > 0) & (shares >= TELLING * most[rows])
        rows, first, last = rows[kept], first[kept], last[kept]
        # A word whose negated form speaks is shown with what negates it.
        back = np.where(content.turned[first], content.negated[first], 0)
        sizes = np.fromiter(map(len, cut), dtype=np.int64, count=len(cut))
        before = np.concatenate(([0], np.cumsum(sizes)))
        ends = np.fromiter(map(len, chain.from_iterable(cut)), dtype=np.int64, count=before[-1]).cumsum()
        begun = np.concatenate(([0], ends))[before[rows]]
        starts = ends[before[rows] + 2 * (content.places[first] - back)] - begun
        stops = ends[before[rows] + 2 * content.places[last] + 1] - begun
        spans: list[list[tuple[int, int]]] = [[] for _ in texts]
        for row, start, stop in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True):
            spans[row].append((start, stop))
        return spans

    # ---- inside

    def _content(self, found: Sequence[Sequence[str]]) -> _Content:
        """The content words of texts that were cut into words and stops."""
        lengths = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
        codes = self._codes_of(chain.from_iterable(found), int(lengths.sum()))
        rows = np.repeat(np.arange(len(found)), lengths)
        places = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        parts = np.cumsum(codes == _STOP) + rows
        word = codes != _STOP
        negated = np.zeros(len(codes), dtype=np.int64)
        negated[word] = _negated(codes[word], parts[word])
        content = word & (codes & _CONTENT > 0)
        return _Content(codes[content], rows[content], negated[content], places[content])

    def _codes_of(self, words: Iterable[str], count: int) -> np.ndarray:
        """The code of each word; one thread at a time, because new words get the next free number."""
        with self._learning:
            if len(self._codes) > WORDS_REMEMBERED:
                self._codes = _Codes(self.vocabulary)
            return np.fromiter(map(self._codes.__getitem__, words), dtype=np.int64, count=count)

    def _columns_of_features(self) -> None:
        """Where words, negated words and pairs of words stand in the vocabulary, by the numbers of stems."""
        stems = self._codes.stems
        self._plain = np.full(len(stems), -1, dtype=np.int64)
        self._negated = np.full(len(stems), -1, dtype=np.int64)
        pairs = {}
        for name, column in self.vocabulary.items():
            if name[0] == "!":
                self._negated[stems[name[1:]]] = column
            elif " " in name:
                first, second = name.split(" ")
                pairs[stems[first] * len(stems) + stems[second]] = column
            else:
                self._plain[stems[name]] = column
        self._pairs = np.array(sorted(pairs), dtype=np.int64)
        self._pair_columns = np.array([pairs[key] for key in self._pairs.tolist()], dtype=np.int64)

    def _known(self, content: _Content) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The columns of all features that some theme has, and the first and last word of each."""
        codes, rows, turned = content.codes, content.rows, content.turned
        known = len(self._plain)
        stems = codes >> _FLAGS
        within = stems < known
        safe = np.where(within, stems, 0)
        none = np.full(len(stems), -1, dtype=np.int64)
        plain = np.where(within & ~turned, self._plain[safe], -1) if known else none
        denied = (content.negated > 0) & within & (codes & _NEGATOR_STEM == 0)
        against = np.where(denied, self._negated[safe], -1) if known else none
        paired = within & ~turned
        following = (rows[1:] == rows[:-1]) & paired[1:] & paired[:-1]
        keys = np.where(following, stems[:-1] * known + stems[1:], -1)
        pairs = np.full(len(keys), -1, dtype=np.int64)
        if len(self._pairs):
            at = np.minimum(np.searchsorted(self._pairs, keys), len(self._pairs) - 1)
            pairs = np.where(self._pairs[at] == keys, self._pair_columns[at], -1)
        columns = np.concatenate((plain, against, pairs))
        own = np.arange(len(codes))
        first, last = np.concatenate((own, own, own[:-1])), np.concatenate((own, own, own[1:]))
        some = columns >= 0
        return columns[some], first[some], last[some]

    def _strange(self, content: _Content, count: int) -> np.ndarray:
        """How many different words of each text no theme has."""
        stems, rows, known = content.codes >> _FLAGS, content.rows, len(self._plain)
        unknown = np.ones(len(stems), dtype=bool)
        if known:
            safe = np.minimum(stems, known - 1)
            column = np.where(content.turned, self._negated[safe], self._plain[safe])
            unknown = (stems >= known) | (column < 0)
        most = int(stems.max(initial=0)) + 1
        different = np.unique(rows[unknown] * most + stems[unknown])
        return np.bincount(different // most, minlength=count)

    def _weighed(
        self,
        rows: np.ndarray,
        columns: np.ndarray,
        counts: np.ndarray,
        height: int,
        strange: np.ndarray | None = None,
    ) -> sparse.csr_matrix:
        values = ((1 + np.log(counts)) * self.rarity[columns]).astype(np.float32)
        squares = np.bincount(rows, weights=values.astype(float) ** 2, minlength=height)
        if strange is not None:
            squares = squares + strange * self._unknown**2
        lengths = np.sqrt(np.where(squares > 0, squares, 1)).astype(np.float32)
        shape = (height, len(self.vocabulary))
        return sparse.csr_matrix((values / lengths[rows], (rows, columns)), shape=shape)


class _Codes(dict[str, int]):
    """A number for each word as written: its stem's number, and flags. New words are learnt when met.

    The stems of the features ``names`` come first.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(dict.fromkeys(".,;!?", _STOP))
        self.stems: dict[str, int] = {}
        for name in names:
            if " " not in name:
                self.stems.setdefault(name.removeprefix("!"), len(self.stems))

    def __missing__(self, word: str) -> int:
        if word.isdigit():
            # No number judges, negates or has another form, and large files hold very many different ones.
            code = self.stems.setdefault(word, len(self.stems)) << _FLAGS | _CONTENT * (len(word) >= 2)
            self[word] = code
            return code
        plain = bare(word.lower())
        root = stem(plain)
        number = self.stems.setdefault(root, len(self.stems))
        code = number << _FLAGS
        code |= _CONTENT * (root not in STOP_WORDS and len(root) >= 2)
        code |= _NEGATES * (plain in NEGATORS) | _NEGATOR_STEM * (root in NEGATORS)
        judges = 0 if plain in NEGATORS else judgement_of(word.lower())
        code |= _PRAISES * (judges > 0) | _BLAMES * (judges < 0) | _TAKES_BACK * (plain in TAKES_BACK)
        self[word] = code
        return code


def _negated(codes: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """How far before each word the nearest negation in its part of a text is; 0 where none reaches it."""
    negates = codes & _NEGATES > 0
    negates[:-1] &= (codes[1:] & _TAKES_BACK == 0) | (parts[1:] != parts[:-1])
    negated = np.zeros(len(codes), dtype=np.int64)
    for reach in range(NEGATION_REACH, 0, -1):
        negated[reach:][negates[:-reach] & (parts[reach:] == parts[:-reach])] = reach
    return negated
