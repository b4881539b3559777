import json
import re
from collections import Counter
from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from ccperf.privacy.giveaways import names_given_away, without_hidden
from ccperf.privacy.masking import TITLED, mask_for_quote
from feedback.themes.engine.assignment import Assigner, Example, ThemeSpec
from feedback.themes.engine.embedding import (
    KINDS,
    STATIC,
    EngineUnavailable,
    embedder_for,
    load_embedder,
)
from feedback.themes.engine.reading import read_comments
from feedback.themes.engine.settling import settle
from feedback.themes.engine.text import Clause, has_words, phrases_of
from feedback.themes.files import (
    Meter,
    UnusableFile,
    columns,
    ensure_writable,
    marked,
    other_languages,
    shortened,
    write_rows,
)

BATCH = 5_000
LONGEST_EXAMPLE = 80
NO_WORD = "no word speaks for it"
# A word is hidden where it is a number or an address, part of a name that has a capital inside a sentence, or
# where a title stands before a name written small.
NUMBER = re.compile(r"[\d@]")
CAPITAL_INSIDE = re.compile(r"(?<=\w)\s+([A-Z\u00c0-\u00de][\w'\u2019\-]*)")
TITLES = ("mr", "ms", "miss", "mx", "dr", "prof", "sir", "dame")
Likeness = Sequence[tuple[Hashable, float]]


class Command(BaseCommand):
    help = "Sort the comments of a CSV or XLSX file into given themes, without database or network."
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--text", required=True, metavar="COLUMN", help="column of the comments")
        parser.add_argument(
            "--themes", type=Path, required=True, help="columns theme, definition, phrases (;)"
        )
        parser.add_argument("--examples", type=Path, help="columns: text, theme")
        parser.add_argument(
            "--single", action="store_true", help="give every row that has a word its one best theme"
        )
        parser.add_argument(
            "--vectors", choices=KINDS, help="sentence: slow and better; auto takes it for small files"
        )
        parser.add_argument("--out", type=Path, required=True, help="CSV: row, theme, confidence, why")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, **options) -> None:
        meter = Meter()
        single = options["single"]
        try:
            ensure_writable(options["out"], [options["file"], options["themes"], options["examples"]])
            (texts,) = columns(options["file"], [options["text"]])
            specs = themes_from(options["themes"], options["examples"])
            # Several themes a comment go by thresholds, and those belong to the static vectors.
            kind = options["vectors"] or ("auto" if single else STATIC)
            assigner = Assigner(specs, embedder_for(len(texts), kind))
        except (UnusableFile, EngineUnavailable) as error:
            raise CommandError(str(error), returncode=2) from error
        placed, sizes = 0, Counter()
        languages = other_languages(texts)
        read = _singles if single else _several

        def lines() -> Iterator[tuple]:
            nonlocal placed
            for row, found in enumerate(read(texts, languages, assigner)):
                placed += bool(found)
                sizes.update(key for key, *_ in found)
                yield from ((row, *theme) for theme in found or [("", "", marked(languages.get(row)))])

        write_rows(options["out"], ("row", "theme", "confidence", "why"), lines())
        cost = meter.figures(len(texts)) | {
            "placed": placed,
            "vectors": assigner.embedder.model_id,
            "other_languages": dict(Counter(languages.values())),
            "themes": [{"theme": spec.key, "size": sizes[spec.key]} for spec in specs],
        }
        if options["json"]:
            self.stdout.write(json.dumps(cost, indent=2))
        else:
            self.stdout.write(
                f"{placed} of {len(texts)} rows carry a theme, {cost['cpu_seconds']} CPU seconds."
            )


def _several(texts: Sequence[str], languages: Container[int], assigner: Assigner) -> Iterator[list[tuple]]:
    """For each text its themes by thresholds, surest first: key, confidence, why."""
    for start in range(0, len(texts), BATCH):
        chunk = texts[start : start + BATCH]
        results = read_comments(chunk, assigner.embedder, assigner, with_moods=False)
        for text, result in zip(chunk, results, strict=True):
            yield [
                (match.key, match.confidence, _why(text, match.words, match.like)) for match in result.matches
            ]


def _singles(texts: Sequence[str], languages: Container[int], assigner: Assigner) -> Iterator[list[tuple]]:
    """For each text that has a word its one best theme, by the help of the whole file."""
    spoken = [row not in languages and has_words(text) for row, text in enumerate(texts)]
    places, likely = settle(assigner, list(compress(texts, spoken)))
    answers = zip(places.tolist(), np.round(likely.astype(float), 3).tolist(), strict=True)
    told = _Telling(assigner)
    for start in range(0, len(texts), BATCH):
        rows = range(start, min(start + BATCH, len(texts)))
        chunk = [(texts[row], *next(answers)) if spoken[row] else None for row in rows]
        why = told.why(list(dict.fromkeys(answer[:2] for answer in chunk if answer)))
        for answer in chunk:
            if answer is None:
                yield []
            else:
                text, theme, sure = answer
                yield [(assigner.specs[theme].key, sure, why[text, theme])]


class _Telling:
    """Says why texts got their themes."""

    def __init__(self, assigner: Assigner) -> None:
        self._assigner = assigner
        static = load_embedder(STATIC)
        is_quick = not assigner.has_examples or assigner.embedder.model_id == static.model_id
        # Which examples are near is seen well enough without embedding all texts slowly once more.
        self._nearby = assigner if is_quick else Assigner(assigner.specs, static)

    def why(self, pairs: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
        """For each text and place of its theme the words and examples that speak for it."""
        texts, themes = [text for text, _ in pairs], [theme for _, theme in pairs]
        spans = self._assigner.words([Clause(0, len(text), text) for text in texts], themes)
        like: list[Likeness] = [()] * len(pairs)
        if self._nearby.has_examples:
            vectors = self._nearby.embedder.embed(texts)
            like = [self._nearby.like(vector, theme) for vector, theme in zip(vectors, themes, strict=True)]
        return {
            pair: _why(pair[0], found, near) for pair, found, near in zip(pairs, spans, like, strict=True)
        }


def _why(text: str, spans: Iterable[tuple[int, int]], like: Likeness) -> str:
    """The words that speak for a theme, each once, then the examples that are nearest."""
    found = {text[start:end].lower(): text[start:end] for start, end in reversed(list(spans))}
    words = [*reversed(found.values())]
    if _may_be_hidden(text, found):
        (shown,) = without_hidden([text])
        words = list(filter(None, (_words_in(shown, word) for word in words)))
    examples = dict.fromkeys(f"like \u201c{example}\u201d" for example, _ in like)
    return "; ".join([*words, *examples]) or NO_WORD


def _may_be_hidden(text: str, found: Iterable[str]) -> bool:
    """Whether a quote might hide one of the words ``found``, which are small; most are told in no time."""
    small, told = text.lower(), {part for words in found for part in words.split()}
    return bool(told) and (
        any(map(NUMBER.search, told))
        or " dot " in small
        or any(name.lower() in told for name in CAPITAL_INSIDE.findall(text))
        or (any(title in small for title in TITLES) and TITLED.search(text) is not None)
    )


def _words_in(shown: str, words: str) -> str:
    """Those of the words that a quote would show."""
    return words if words in shown else " ".join(word for word in words.split() if word in shown)


def themes_from(themes: Path, examples: Path | None) -> list[ThemeSpec]:
    """The taxonomy of a file, with its examples.

    Raises UnusableFile when a column or a theme is missing, or a theme is there twice.
    """
    names, definitions, phrases = columns(themes, ["theme"], ["definition", "phrases"])
    specs: dict[str, ThemeSpec] = {}
    right: dict[str, list[Example]] = {}
    for row, (given, definition, phrase) in enumerate(zip(names, definitions, phrases, strict=True), 2):
        name = given.strip()
        if name in specs:
            raise UnusableFile(f"{themes.name}, row {row}: {name!r} is already the theme of a row above.")
        if name:
            specs[name] = ThemeSpec(name, name.replace("_", " "), definition, tuple(phrases_of(phrase)))
            right[name] = []
    if not specs:
        raise UnusableFile(f"{themes.name} names no theme.")
    pairs = list(zip(*columns(examples, ["text", "theme"]), strict=True)) if examples else []
    people = names_given_away(text for text, _ in pairs)
    for row, (text, given) in enumerate(pairs, 2):
        theme = given.strip()
        if theme in specs:
            start = text[: 4 * LONGEST_EXAMPLE]
            right[theme].append(Example(text, shortened(mask_for_quote(start, people), LONGEST_EXAMPLE)))
        elif text or theme:
            raise UnusableFile(f"{examples.name}, row {row}: {theme!r} is not one of the themes.")
    return [replace(spec, right=tuple(right[name])) for name, spec in specs.items()]
