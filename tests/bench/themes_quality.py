"""How well the theme engine finds and assigns themes on two public labelled collections.

``CCPERF_SAMPLE_DATA=FOLDER python -m tests.bench.themes_quality`` prints every figure of docs/themes.md.
"""

import csv
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, adjusted_rand_score, f1_score, normalized_mutual_info_score

from feedback.themes.engine.assignment import Assigner, Example, ThemeSpec
from feedback.themes.engine.discovery import discover
from feedback.themes.engine.embedding import SENTENCE, STATIC, Embedder, load_embedder
from feedback.themes.engine.ratings import learn
from feedback.themes.engine.reading import clause_scores
from feedback.themes.engine.settling import settle
from feedback.themes.engine.text import clauses, has_words, is_comment, phrases_of

NHS_THEMES = Path(__file__).with_name("nhs_themes.csv")
NOT_THEMES = {"Labelling not possible", "Safeguarding concerns?"}
FEWEST_OF_A_THEME = 60
DRAWS = 3
SEEDS = 5
Labelled = tuple[list[str], list[str]]


class Remembering:
    """An embedder that embeds each text once, so that the same collection can be measured many times."""

    def __init__(self, inner: Embedder) -> None:
        self.inner, self.model_id, self.dimensions = inner, inner.model_id, inner.dimensions
        self._known: dict[str, np.ndarray] = {}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        unseen = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(unseen, self.inner.embed(unseen), strict=True))
        rows = [self._known[text] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)


def banking(data: Path) -> Labelled:
    with (data / "banking77" / "test.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["category"] for row in rows]


@cache
def nhs_rows(data: Path) -> list[dict[str, str]]:
    path = data / "nhs_comments_v6" / "v6framework_230831.csv"
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def nhs(data: Path) -> Labelled:
    """Comments with exactly one theme, of the themes that have at least sixty."""
    rows = nhs_rows(data)
    head = list(rows[0])
    themes = [name for name in head[head.index("Organisation & efficiency") :] if name not in NOT_THEMES]
    said = [(row["FFT answer"], [name for name in themes if row[name] == "1"]) for row in rows]
    single = [
        (text, found[0]) for text, found in said if len(found) == 1 and has_words(text) and not _blank(text)
    ]
    sizes = Counter(theme for _, theme in single)
    kept = [(text, theme) for text, theme in single if sizes[theme] >= FEWEST_OF_A_THEME]
    return [text for text, _ in kept], [theme for _, theme in kept]


def _blank(text: str) -> bool:
    return text.strip() == "Did not answer"


def discovery(name: str, labelled: Labelled, embedder: Embedder) -> Iterator[str]:
    texts, truth = labelled
    for grain in ("coarse", "medium", "fine"):
        one, groups = discover(texts, embedder, grain=grain, seed=1)
        labels = [
            one,
            *(discover(texts, embedder, grain=grain, seed=seed)[0] for seed in range(2, SEEDS + 1)),
        ]
        between = [adjusted_rand_score(*pair) for pair in combinations(labels, 2)]
        least, mean = f"{min(between):.1%}", f"{np.mean(between):.1%}"
        yield (
            f"{name}, {grain}: {len(groups)} groups, {_found(truth, one)}, "
            f"ARI between {SEEDS} seeds {least} or more, mean {mean}"
        )
    count = len(set(truth))
    vectors = embedder.embed(texts)
    means = KMeans(count, n_init=3, random_state=1).fit_predict(vectors)
    yield f"{name}, k-means of {count}, same vectors: {_found(truth, means)}"
    factors = NMF(count, init="nndsvda", random_state=1, max_iter=300).fit_transform(np.maximum(vectors, 0))
    yield f"{name}, NMF of {count}, same vectors: {_found(truth, factors.argmax(axis=1))}"


def _found(truth: Sequence[str], found: np.ndarray) -> str:
    pairs = Counter(zip(found.tolist(), truth, strict=True))
    largest: dict[int, int] = {}
    for (group, _), number in pairs.items():
        largest[group] = max(number, largest.get(group, 0))
    nmi, ari = normalized_mutual_info_score(truth, found), adjusted_rand_score(truth, found)
    return f"NMI {nmi:.1%}, ARI {ari:.1%}, purity {sum(largest.values()) / len(truth):.1%}"


def banking_specs(labels: Sequence[str], examples: dict[str, list[str]]) -> list[ThemeSpec]:
    return [
        ThemeSpec(name, name.replace("_", " "), right=[Example(text) for text in examples.get(name, [])])
        for name in sorted(set(labels))
    ]


def nhs_specs(labels: Sequence[str], examples: dict[str, list[str]]) -> list[ThemeSpec]:
    with NHS_THEMES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        ThemeSpec(
            row["theme"],
            row["theme"],
            row["definition"],
            phrases_of(row["phrases"]),
            right=[Example(text) for text in examples.get(row["theme"], [])],
        )
        for row in rows
        if row["theme"] in set(labels)
    ]


def assignment(name: str, labelled: Labelled, make, examples: int, embedder: Embedder) -> Iterator[str]:
    """Accuracy and macro-F1 of the one best theme over draws of examples, then the reliability curve."""
    scores, sure, right = [], [], []
    for seed in range(DRAWS if examples else 1):
        given, texts, truth = drawn(*labelled, examples, seed)
        specs = make(truth, given)
        places, likely = settle(Assigner(specs, embedder), texts)
        guesses = [specs[place].key for place in places]
        scores.append((accuracy_score(truth, guesses), f1_score(truth, guesses, average="macro")))
        sure.append(likely)
        right.append(np.array(guesses) == np.array(truth))
    accuracy, macro = np.mean(scores, axis=0)
    yield f"{name}: accuracy {accuracy:.1%}, macro-F1 {macro:.1%}"
    yield f"    {reliability(np.concatenate(sure), np.concatenate(right))}"


def by_threshold(name: str, told: Sequence[tuple[str, set[str]]], assigner: Assigner) -> str:
    """How many comments get a theme where none is an answer, and how often the themes they get are right."""
    found = assigner.assign([clauses(text) for text, _ in told])
    given = [match.key in labels for (_, labels), row in zip(told, found, strict=True) for match in row]
    known = {spec.key for spec in assigner.specs}
    recall = sum(given) / sum(len(labels & known) for _, labels in told)
    return (
        f"{name}, threshold {assigner.threshold}: {np.mean([bool(row) for row in found]):.1%} of {len(told)} "
        f"placed, precision {np.mean(given):.1%}, recall {recall:.1%}"
    )


def nhs_told(data: Path) -> list[tuple[str, set[str]]]:
    """2,500 of all labelled comments, with one theme or several."""
    rows = nhs_rows(data)
    head = list(rows[0])
    themes = [name for name in head[head.index("Organisation & efficiency") :] if name not in NOT_THEMES]
    told = [(row["FFT answer"], {name for name in themes if row[name] == "1"}) for row in rows]
    told = [(text, labels) for text, labels in told if labels and is_comment(text) and not _blank(text)]
    return [told[row] for row in np.random.default_rng(0).permutation(len(told))[:2_500]]


def drawn(texts: list[str], labels: list[str], number: int, seed: int):
    """``number`` examples of each label, and the rest of the collection with its labels."""
    pick, places = np.random.default_rng(seed), np.array(labels)
    chosen = {
        label: pick.choice(np.flatnonzero(places == label), number, replace=False)
        for label in sorted(set(labels))
    }
    taken = {int(row) for rows in chosen.values() for row in rows}
    rest = [row for row in range(len(texts)) if row not in taken]
    examples = {label: [texts[row] for row in rows] for label, rows in chosen.items()}
    return examples, [texts[row] for row in rest], [labels[row] for row in rest]


def reliability(sure: np.ndarray, right: np.ndarray) -> str:
    """How often an answer that is shown as so sure was right, and the expected calibration error."""
    bins = np.clip((sure * 10).astype(int), 0, 9)
    parts, error = [], 0.0
    for place in np.unique(bins):
        held = bins == place
        error += abs(sure[held].mean() - right[held].mean()) * held.mean()
        parts.append(f"{sure[held].mean():.0%}: {right[held].mean():.0%} of {held.sum()}")
    return f"shown: right  {'; '.join(parts)}; calibration error {error:.1%}"


def classifiers(labelled: Labelled, embedder: Embedder, number: int = 2_000) -> Iterator[str]:
    """The largest theme, then logistic classifiers that have seen so many labels: the usual one over words
    (scikit-learn's defaults), and one over words, pairs of words and our vectors.
    """
    texts, labels = labelled[0], np.array(labelled[1])
    most = Counter(labels.tolist()).most_common(1)[0][1] / len(labels)
    yield f"majority {most:.1%}"
    reached = []
    for seed in range(DRAWS):
        order = np.random.default_rng(seed).permutation(len(texts))
        known, rest = order[:number], order[number:]
        usual = TfidfVectorizer().fit([texts[row] for row in known]).transform(texts)
        pairs = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit([texts[row] for row in known])
        both = np.hstack((pairs.transform(texts).toarray(), embedder.embed(texts)))
        ways = ((LogisticRegression(max_iter=400), usual), (LogisticRegression(C=5, max_iter=400), both))
        guesses = [way.fit(rows[known], labels[known]).predict(rows[rest]) for way, rows in ways]
        reached.append(
            [(accuracy_score(labels[rest], guess), _macro(labels[rest], guess)) for guess in guesses]
        )
    for name, (accuracy, macro) in zip(("words", "words and vectors"), np.mean(reached, axis=0), strict=True):
        yield f"logistic over {name}, {number} labels: accuracy {accuracy:.1%}, macro-F1 {macro:.1%}"


def _macro(truth: Sequence[str], guesses: Sequence[str]) -> float:
    return f1_score(truth, guesses, average="macro")


def ratings(data: Path, embedder: Embedder) -> str:
    """Good (1, 2) against poor (4, 5) ratings of the NHS comments, with 300 ratings to learn from."""
    told = [
        (row["FFT answer"], row["FFT categorical answer"] in "12")
        for row in nhs_rows(data)
        if row["FFT categorical answer"] in {"1", "2", "4", "5"} and is_comment(row["FFT answer"])
    ]
    texts, good = [text for text, _ in told], np.array([good for _, good in told])
    scores, vectors = [clause_scores(text) for text in texts], embedder.embed(texts)
    reached = []
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(texts))
        known, rest = order[:300], order[300:]
        head = learn(vectors[known], [scores[row] for row in known], good[known])
        if head is None:
            continue
        moods = head.moods(vectors[rest], [scores[row] for row in rest])
        reached.append(f1_score(good[rest], [mood.score > 0 for mood in moods], average="macro"))
    plain = f1_score(good, [sum(own) > 0 for own in scores], average="macro")
    return (
        f"{len(texts)} rated comments: macro-F1 {np.mean(reached):.1%} with 300 ratings, lexicon {plain:.1%}"
    )


def main() -> None:
    data = Path(os.environ["CCPERF_SAMPLE_DATA"])
    sets = {"Banking77": banking(data), "NHS": nhs(data)}
    started = time.process_time()
    for kind in (STATIC, SENTENCE):
        embedder = Remembering(load_embedder(kind))
        print(f"\n== {kind} vectors ({embedder.model_id})")
        for name, labelled in sets.items():
            print(f"-- {name}: {len(labelled[0])} comments, {len(set(labelled[1]))} themes")
            for line in discovery("discovery", labelled, embedder):
                print(line, flush=True)
        for name, make, examples, title in (
            ("Banking77", banking_specs, 0, "names only"),
            ("Banking77", banking_specs, 5, "names and 5 examples a theme"),
            ("NHS", nhs_specs, 0, "definition and phrases"),
            ("NHS", nhs_specs, 10, "definition, phrases and 10 corrections a theme"),
        ):
            for line in assignment(f"{name}, {title}", sets[name], make, examples, embedder):
                print(line, flush=True)
        specs = nhs_specs(sets["NHS"][1], {})
        print(by_threshold("NHS", nhs_told(data), Assigner(specs, embedder)), flush=True)
        for line in classifiers(sets["NHS"], embedder):
            print(f"NHS, {line}", flush=True)
        print(f"NHS, {ratings(data, embedder)}", flush=True)
    print(f"\n{time.process_time() - started:.0f} CPU seconds")


if __name__ == "__main__":
    main()
