"""Words that tell themes apart: TF-IDF over what each theme says of itself, not over the comments.

So the same words weigh the same whether one comment is read on its own or a million in a run.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from feedback.themes.engine.text import features


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
        rows = [self._row(count) for count in counts]
        self.weights = self._matrix([(row, float(np.sqrt(sum(v * v for v in row.values())))) for row in rows])

        self._dense = self.weights.toarray()

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """The cosine of each text with each theme; words no theme knows make a text less like any."""
        rows = []
        for text in texts:
            count = Counter(features(text))
            row = self._row(count)
            strange = sum(
                1 for name in count if name[0] != "!" and " " not in name and name not in self.vocabulary
            )
            rows.append((row, float(np.sqrt(sum(v * v for v in row.values()) + strange * self._unknown**2))))
        return np.asarray((self._matrix(rows) @ self.weights.T).todense(), dtype=np.float32)

    def contribution(self, name: str, theme: int) -> float:
        """How much a feature speaks for a theme; 0 for one it does not know."""
        column = self.vocabulary.get(name)
        return 0.0 if column is None else float(self.rarity[column] * self._dense[theme, column])

    def _row(self, count: Counter[str]) -> dict[int, float]:
        known = ((self.vocabulary.get(name), number) for name, number in count.items())
        return {
            column: (1 + float(np.log(number))) * float(self.rarity[column])
            for column, number in known
            if column is not None
        }

    def _matrix(self, rows: Sequence[tuple[dict[int, float], float]]) -> sparse.csr_matrix:
        bounds = np.cumsum([0, *(len(row) for row, _ in rows)])
        columns = np.fromiter((column for row, _ in rows for column in row), dtype=np.int64, count=bounds[-1])
        values = np.fromiter(
            (value / (length or 1) for row, length in rows for value in row.values()),
            dtype=np.float32,
            count=bounds[-1],
        )
        return sparse.csr_matrix((values, columns, bounds), shape=(len(rows), len(self.vocabulary)))
