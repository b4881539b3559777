import json
from collections.abc import Iterator, Sequence
from itertools import compress
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from feedback.themes.engine.assignment import Assigner, Example, ThemeSpec
from feedback.themes.engine.embedding import KINDS, STATIC, EngineUnavailable, embedder_for
from feedback.themes.engine.reading import read_comments
from feedback.themes.engine.settling import settle
from feedback.themes.engine.text import Clause, has_words, phrases_of
from feedback.themes.files import Meter, UnusableFile, columns, write_rows

BATCH = 5_000


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
            (texts,) = columns(options["file"], [options["text"]])
            specs = themes_from(options["themes"], options["examples"])
            # Several themes a comment go by thresholds, and those belong to the static vectors.
            kind = options["vectors"] or ("auto" if single else STATIC)
            assigner = Assigner(specs, embedder_for(len(texts), kind))
        except (UnusableFile, EngineUnavailable) as error:
            raise CommandError(str(error), returncode=2) from error
        placed = 0

        def lines() -> Iterator[tuple]:
            nonlocal placed
            for row, found in enumerate(_singles(texts, assigner) if single else _several(texts, assigner)):
                placed += bool(found)
                yield from ((row, *theme) for theme in found or [("", "", "")])

        write_rows(options["out"], ("row", "theme", "confidence", "why"), lines())
        cost = meter.figures(len(texts)) | {"placed": placed, "vectors": assigner.embedder.model_id}
        if options["json"]:
            self.stdout.write(json.dumps(cost, indent=2))
        else:
            self.stdout.write(
                f"{placed} of {len(texts)} rows carry a theme, {cost['cpu_seconds']} CPU seconds."
            )


def _several(texts: Sequence[str], assigner: Assigner) -> Iterator[list[tuple]]:
    """For each text its themes by thresholds, surest first: key, confidence, why."""
    for start in range(0, len(texts), BATCH):
        chunk = texts[start : start + BATCH]
        results = read_comments(chunk, assigner.embedder, assigner, with_moods=False)
        for text, result in zip(chunk, results, strict=True):
            yield [
                (match.key, match.confidence, "; ".join(text[a:b] for a, b in match.words))
                for match in result.matches
            ]


def _singles(texts: Sequence[str], assigner: Assigner) -> Iterator[list[tuple]]:
    """For each text that has a word its one best theme, by the help of the whole file."""
    spoken = [has_words(text) for text in texts]
    places, likely = settle(assigner, list(compress(texts, spoken)))
    answers = zip(places.tolist(), np.round(likely.astype(float), 3).tolist(), strict=True)
    for start in range(0, len(texts), BATCH):
        rows = range(start, min(start + BATCH, len(texts)))
        chunk = [(texts[row], *next(answers)) if spoken[row] else None for row in rows]
        pairs = list(dict.fromkeys(answer[:2] for answer in chunk if answer))
        spans = assigner.words(
            [Clause(0, len(text), text) for text, _ in pairs], [theme for _, theme in pairs]
        )
        why = {
            pair: "; ".join(pair[0][a:b] for a, b in found) for pair, found in zip(pairs, spans, strict=True)
        }
        for answer in chunk:
            if answer is None:
                yield []
            else:
                text, theme, sure = answer
                yield [(assigner.specs[theme].key, sure, why[text, theme])]


def themes_from(themes: Path, examples: Path | None) -> list[ThemeSpec]:
    """The taxonomy of a file, with its examples. Raises UnusableFile when a column or a theme is missing."""
    names, definitions, phrases = columns(themes, ["theme"], ["definition", "phrases"])
    right: dict[str, list[Example]] = {name: [] for name in names if name}
    if not right:
        raise UnusableFile(f"{themes.name} names no theme.")
    if examples:
        pairs = zip(*columns(examples, ["text", "theme"]), strict=True)
        for number, (text, theme) in enumerate(pairs):
            if theme not in right:
                raise UnusableFile(f"{examples.name}, row {number + 2}: {theme!r} is not one of the themes.")
            right[theme].append(Example(text, number))
    return [
        ThemeSpec(name, name.replace("_", " "), definition, tuple(phrases_of(phrase)), tuple(right[name]))
        for name, definition, phrase in zip(names, definitions, phrases, strict=True)
        if name
    ]
