"""The words that come nearest to a theme in meaning, for comments that share no word with it."""

import re
from collections.abc import Callable, Sequence
from itertools import chain, count
from threading import Lock

import numpy as np

from feedback.themes.engine.text import WORD, bare, stem, tokens, without_addresses
from feedback.themes.engine.vocabulary import NEGATORS, STOP_WORDS

SHORTEST = 3
# Words that come so near as the nearest are shown with it, unless none comes near at all.
AS_NEAR, NEAR_AT_ALL = 0.7, 0.1
WORDS_REMEMBERED = 300_000
_SMALL = -1
_WORD = re.compile(WORD)
_NEGATING = re.compile(rf"\b(?:{'|'.join(sorted(NEGATORS))})\b|n['\u2019]t\b", re.IGNORECASE)


class NearestWords:
    """How near each word is to each theme, worked out once for each different word."""

    def __init__(self, likeness: Callable[[Sequence[str]], np.ndarray], judges: np.ndarray) -> None:
        """``likeness`` gives one row for each word and one column for each theme.

        ``judges`` says which themes praise (1) or blame (-1).
        """
        self._likeness, self._judges = likeness, judges
        self._learning = Lock()
        self._forget()

    def telling(self, texts: Sequence[str], themes: Sequence[int]) -> list[list[tuple[int, int]]]:
        """For each text the places of the words nearest to its theme; none where none comes near."""
        spans: list[list[tuple[int, int]]] = [[] for _ in texts]
        found = [
            list(_WORD.finditer(self._unturned(text, theme)))
            for text, theme in zip(texts, themes, strict=True)
        ]
        lengths = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
        words = list(chain.from_iterable(found))
        if not words:
            return spans
        numbers, table = self._numbers_of([word.group().lower() for word in words])
        rows = np.repeat(np.arange(len(texts)), lengths)
        near = np.where(
            numbers == _SMALL,
            0,
            table[numbers, np.asarray(themes, dtype=np.int64)[rows]] if len(table) else 0,
        )
        nearest = np.zeros(len(texts), dtype=near.dtype)
        np.maximum.at(nearest, rows, near)
        for place in np.flatnonzero((near >= AS_NEAR * nearest[rows]) & (near > NEAR_AT_ALL)).tolist():
            spans[rows[place]].append(words[place].span())
        return spans

    def _unturned(self, text: str, theme: int) -> str:
        """The text with blanks for addresses, and for negated words that deny what the theme says."""
        judges, text = self._judges[theme], without_addresses(text)
        if not judges or _NEGATING.search(text) is None:
            return text
        for token in tokens(text):
            if token.negated and token.judges == -judges:
                text = text[: token.start] + " " * (token.end - token.start) + text[token.end :]
        return text

    def _numbers_of(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The number of each word, and the table they point into; one thread at a time learns new words."""
        with self._learning:
            if len(self._numbers) > WORDS_REMEMBERED:
                self._forget()
            unseen = [word for word in dict.fromkeys(words) if word not in self._numbers]
            content = [word for word in unseen if _is_content(word)]
            table = np.vstack((self._table, self._likeness(content))) if content else self._table
            self._numbers.update(dict.fromkeys(unseen, _SMALL))
            self._numbers.update(zip(content, count(len(self._table)), strict=False))
            self._table = table
            return np.fromiter(map(self._numbers.__getitem__, words), np.int64, len(words)), self._table

    def _forget(self) -> None:
        self._numbers: dict[str, int] = {}
        self._table = np.zeros((0, len(self._judges)), dtype=np.float32)


def _is_content(word: str) -> bool:
    root = stem(bare(word))
    return root not in STOP_WORDS and len(root) >= SHORTEST
