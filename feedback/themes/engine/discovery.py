"""Groups of comments that say the same, found without being told what to look for.

Each comment is linked to its nearest neighbours. Links weigh by the neighbours both ends share and by how
alike the ends are; Leiden cuts the graph into communities. Every comment is in one: there are no outliers.
"""

import ctypes
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, pairwise

import numpy as np
from scipy import sparse

from ccperf.privacy.giveaways import without_hidden
from feedback.themes.engine.embedding import Embedder
from feedback.themes.engine.text import WORD, bare, distinct, features, stem, without_addresses
from feedback.themes.engine.token_vectors import unit_rows
from feedback.themes.engine.vocabulary import NEGATORS, STOP_WORDS

NEIGHBOURS = 12
SAMPLE = 10_000
BLOCK = 1000
PART = 16
# A link between comments that are hardly alike still holds a little.
LEAST_ALIKE = 0.05
# So many runs before links are weighed anew, and again; a link that holds in fewer than half is dropped.
# A small file has time for more of the first ones: the more there are, the less another seed changes.
FEWEST_RUNS, MOST_RUNS, RUNS_TIMES_COMMENTS, RUNS_AGAIN, LEAST_TOGETHER = 8, 24, 80_000, 2, 0.5
RESOLUTION = {"coarse": 0.5, "medium": 2.0, "fine": 6.0}
# Smaller collections are cut less finely, or seven comments about one bill would make three themes.
FULL_RESOLUTION = 300
SMALLEST = 3
PHRASES = 6
NAMED_BY = 50
REPRESENTATIVES = 5
SAME_GROUP = 0.8
SHORTEST_SHOWN, LONGEST_NUMBER = 3, 4
_WORDS = re.compile(f"({WORD})")


@dataclass(frozen=True)
class Group:
    """One found theme: its members in order of nearness to its middle, its name and how alike they are."""

    name: str
    phrases: tuple[str, ...]
    members: tuple[int, ...]
    closeness: tuple[float, ...]
    centroid: np.ndarray
    cohesion: float

    @property
    def size(self) -> int:
        return len(self.members)

    @property
    def representatives(self) -> tuple[int, ...]:
        return self.members[:REPRESENTATIVES]


def discover(
    texts: Sequence[str], embedder: Embedder, *, grain: str = "medium", seed: int = 1
) -> tuple[np.ndarray, list[Group]]:
    """The group number of each text and the groups, largest first; same input and seed, same answer.

    Equal texts are one point, so a million repeats cost no more than one. Of many different texts a sample
    is grouped and named, and the rest goes to the nearest group a block at a time, to keep memory flat.
    Names of groups hold nothing that a quote would hide.
    """
    if grain not in RESOLUTION:
        raise ValueError(f"Grain {grain!r} is not known. Choose coarse, medium or fine.")
    if not len(texts):
        return np.zeros(0, dtype=int), []
    first, inverse = distinct(texts)
    chosen = np.arange(len(first))
    if len(first) > SAMPLE:
        chosen = np.sort(np.random.default_rng(seed).choice(len(first), SAMPLE, replace=False))
    vectors = embedder.embed([texts[row] for row in first[chosen]])
    common = vectors.mean(axis=0)
    points = unit_rows(vectors - common)
    labels = _labels(points, RESOLUTION[grain], seed)
    middles = _middles(points, labels)
    placed = np.empty(len(first), dtype=np.int64)
    rest = np.setdiff1d(np.arange(len(first)), chosen, assume_unique=True)
    placed[chosen] = labels
    closeness = np.empty(len(first), dtype=np.float32)
    centroids = _middles(vectors, labels)
    closeness[chosen] = np.einsum("ij,ij->i", vectors, centroids[labels])
    for start in range(0, len(rest), SAMPLE):
        rows = rest[start : start + SAMPLE]
        block = embedder.embed([texts[row] for row in first[rows]])
        placed[rows] = (unit_rows(block - common) @ middles.T).argmax(axis=1)
        closeness[rows] = np.einsum("ij,ij->i", block, centroids[placed[rows]])
    order = np.lexsort((np.arange(len(middles)), -np.bincount(placed[inverse], minlength=len(middles))))
    rank = np.argsort(order)
    central = _nearest_of_each(labels, closeness[chosen])
    said = [texts[row] for row in first[chosen[central]]]
    named = names_of(without_hidden(said), rank[labels[central]], len(order))
    return rank[placed][inverse], _groups(rank[placed][inverse], closeness[inverse], centroids[order], named)


def _nearest_of_each(labels: np.ndarray, closeness: np.ndarray) -> np.ndarray:
    """The rows nearest to the middle of their group, so many of each as name it."""
    order = np.lexsort((-closeness, labels))
    ordered = labels[order]
    return order[np.arange(len(order)) - np.searchsorted(ordered, ordered) < NAMED_BY]


def _groups(
    labels: np.ndarray, closeness: np.ndarray, centroids: np.ndarray, phrases: list[list[str]]
) -> list[Group]:
    """Each group with its members ordered by nearness to its middle."""
    order = np.lexsort((np.arange(len(labels)), -closeness, labels))
    bounds = np.searchsorted(labels[order], np.arange(len(centroids) + 1))
    groups = []
    for label, centroid in enumerate(centroids):
        rows = order[bounds[label] : bounds[label + 1]]
        groups.append(
            Group(
                name=name_from(phrases[label]),
                phrases=tuple(phrases[label]),
                members=tuple(rows.tolist()),
                closeness=tuple(np.round(closeness[rows].astype(float), 4).tolist()),
                centroid=centroid,
                cohesion=round(float(closeness[rows].mean()), 4),
            )
        )
    return groups


def names_of(texts: Sequence[str], labels: np.ndarray, count: int) -> list[list[str]]:
    """For each group what is frequent in it and rare elsewhere (c-TF-IDF), as people wrote it."""
    inside: list[Counter[str]] = [Counter() for _ in range(count)]
    for text, label in zip(texts, labels, strict=True):
        inside[label].update(set(written_phrases(text)))
    everywhere: Counter[str] = Counter()
    for counter in inside:
        everywhere.update(counter)
    average = sum(everywhere.values()) / max(1, count)
    named = []
    for counter in inside:
        size = sum(counter.values()) or 1
        least = 2 if max(counter.values(), default=0) > 1 else 1
        scored = {
            phrase: number / size * np.log(1 + average / everywhere[phrase]) * (1.4 if " " in phrase else 1.0)
            for phrase, number in counter.items()
            if number >= least
        }
        named.append(_without_repeats(sorted(scored, key=lambda phrase: (-scored[phrase], phrase))))
    return named


def name_from(phrases: Sequence[str]) -> str:
    """Two phrases as a name; a phrase that a longer one contains gives way to it."""
    first = [phrase for phrase in phrases[:3] if not any(phrase != o and phrase in o for o in phrases[:3])]
    return ", ".join(first[:2]) or "no words in common"


def written_phrases(text: str) -> list[str]:
    """The content words of a text and its neighbouring pairs, unstemmed, for showing to people.

    Addresses and long numbers are nobody's theme; *not* says something only with what it negates.
    """
    pieces = _WORDS.split(without_addresses(text))
    words = [*map(_as_shown, pieces[1::2]), ("", 0, False)]
    found: list[str] = []
    for ((form, length, negates), (following, goes_on, _)), gap in zip(
        pairwise(words), pieces[2::2], strict=True
    ):
        if length >= SHORTEST_SHOWN:
            if not negates:
                found.append(form)
            if gap == " " and goes_on:
                found.append(f"{form} {following}")
    return found


@lru_cache(maxsize=100_000)
def _as_shown(word: str) -> tuple[str, int, bool]:
    """A word in small letters, how long its stem is (0: a small word or a long number), and if it negates."""
    form = word.lower().replace("\u2019", "'")
    plain = bare(form)
    root = stem(plain)
    is_long_number = form.isdigit() and len(form) > LONGEST_NUMBER
    return form, 0 if root in STOP_WORDS or is_long_number else len(root), plain in NEGATORS


def match_groups(old: np.ndarray, new: np.ndarray) -> dict[int, int]:
    """Which earlier group each new one continues, by nearness of their middles; each is used once."""
    if not len(old) or not len(new):
        return {}
    likeness = unit_rows(new) @ unit_rows(old).T
    pairs = sorted(
        ((float(likeness[i, j]), -i, -j) for i, j in zip(*np.nonzero(likeness >= SAME_GROUP), strict=True)),
        reverse=True,
    )
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in pairs:
        if -i not in matched and -j not in taken:
            matched[-i] = -j
            taken.add(-j)
    return matched


# ---- inside


def _middles(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    count = int(labels.max()) + 1
    members = sparse.csr_matrix(
        (np.ones(len(labels), dtype=np.float32), labels, np.arange(len(labels) + 1)), (len(labels), count)
    )
    return unit_rows(members.T @ points)


def _labels(points: np.ndarray, resolution: float, seed: int) -> np.ndarray:
    if len(points) <= 2 * SMALLEST:
        return np.zeros(len(points), dtype=int)
    labels = _communities(points, resolution, seed)
    labels = _small_ones_joined(points, labels, _middles(points, labels))
    return np.unique(labels, return_inverse=True)[1]


def _communities(points: np.ndarray, resolution: float, seed: int) -> np.ndarray:
    """Communities by consensus: links weigh by how often Leiden, begun anew, leaves their ends together.

    One run depends on its seed; many that agree hardly do (Lancichinetti and Fortunato 2012).
    """
    # A small collection has small groups: twelve neighbours would tie them all together.
    graph = shared_neighbours(points, min(NEIGHBOURS, max(5, int(len(points) ** 0.5)), len(points) - 1))
    finely = resolution * min(1.0, len(points) / FULL_RESOLUTION)
    ends = graph.tocoo()
    agreed = graph
    begun = count(seed * 100)
    first_runs = min(MOST_RUNS, max(FEWEST_RUNS, RUNS_TIMES_COMMENTS // len(points)))
    for runs in (first_runs, RUNS_AGAIN):
        once = [_leiden(agreed, finely, next(begun)) for _ in range(runs)]
        together = np.mean([labels[ends.row] == labels[ends.col] for labels in once], axis=0)
        kept = together >= LEAST_TOGETHER
        weights, places = (ends.data * together)[kept], (ends.row[kept], ends.col[kept])
        agreed = sparse.csr_matrix((weights, places), shape=graph.shape)
    return _leiden(agreed, finely, seed)


def _leiden(graph: sparse.csr_matrix, resolution: float, seed: int) -> np.ndarray:
    from sknetwork.clustering import Leiden

    # Its draws are those of C's rand(), which random_state does not start anew.
    ctypes.CDLL(None).srand(seed)
    leiden = Leiden(resolution=resolution, sort_clusters=False, return_probs=False, return_aggregate=False)
    return np.unique(leiden.fit_predict(graph), return_inverse=True)[1]


def shared_neighbours(points: np.ndarray, k: int) -> sparse.csr_matrix:
    """The graph of nearest neighbours; links weigh by the neighbours both ends share and their likeness."""
    count = len(points)
    nearest = np.empty((count, k), dtype=np.int64)
    alike = np.empty((count, k), dtype=np.float32)
    for start in range(0, count, BLOCK):
        likeness = points[start : start + BLOCK] @ points.T
        rows = np.arange(len(likeness))
        likeness[rows, start + rows] = -2
        chosen = _largest(likeness, k)
        nearest[start : start + len(likeness)] = chosen
        alike[start : start + len(likeness)] = np.take_along_axis(likeness, chosen, axis=1)
    bounds = np.arange(0, count * k + 1, k)
    links = sparse.csr_matrix(
        (np.maximum(alike, LEAST_ALIKE).ravel(), nearest.ravel(), bounds), (count, count)
    )
    either = links.maximum(links.T)
    links.data[:] = 1
    around = links + sparse.identity(count, dtype=np.float32, format="csr")
    shared = (around @ around.T).multiply(either > 0).tocsr()
    shared.data = shared.data / (2 * (k + 1) - shared.data)
    return shared.multiply(either).tocsr()


def _largest(values: np.ndarray, k: int) -> np.ndarray:
    """Where the ``k`` largest values of each row are. They lie in the ``k`` parts with the largest peaks.

    A part is every so-manieth value, because peaks of neighbouring columns are found many at once.
    """
    width = values.shape[1]
    parts = width // PART
    if parts <= 2 * k:
        return np.argpartition(-values, k - 1, axis=1)[:, :k]
    peaks = values[:, : parts * PART].reshape(len(values), PART, parts).max(axis=1)
    best = np.argpartition(-peaks, k - 1, axis=1)[:, :k]
    within = (best[:, :, None] + parts * np.arange(PART)).reshape(len(values), -1)
    rest = np.broadcast_to(np.arange(parts * PART, width), (len(values), width - parts * PART))
    candidates = np.hstack((within, rest))
    chosen = np.argpartition(-np.take_along_axis(values, candidates, axis=1), k - 1, axis=1)[:, :k]
    return np.take_along_axis(candidates, chosen, axis=1)


def _small_ones_joined(points: np.ndarray, labels: np.ndarray, middles: np.ndarray) -> np.ndarray:
    """Members of groups too small to be a theme go to the nearest group that is large enough."""
    sizes = np.bincount(labels)
    large = np.flatnonzero(sizes >= SMALLEST)
    if not len(large):
        return np.zeros_like(labels)
    lost = np.flatnonzero(sizes[labels] < SMALLEST)
    joined = labels.copy()
    if len(lost):
        joined[lost] = large[(points[lost] @ middles[large].T).argmax(axis=1)]
    return joined


def _without_repeats(phrases: Sequence[str]) -> list[str]:
    """The best phrases, leaving out those whose words an earlier one already has."""
    kept: list[str] = []
    used: set[str] = set()
    for phrase in phrases:
        stems = set(features(phrase)) or {phrase}
        single = {name for name in stems if " " not in name}
        if single and not single <= used:
            kept.append(phrase)
            used |= single
        if len(kept) == PHRASES:
            break
    return kept
