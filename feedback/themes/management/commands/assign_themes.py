import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from feedback.themes.engine.assignment import Assigner, Example, ThemeSpec
from feedback.themes.engine.embedding import load_embedder
from feedback.themes.engine.reading import read_comments
from feedback.themes.engine.text import phrases_of
from feedback.themes.files import Meter, UnusableFile, column, rows_of, write_rows

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
        parser.add_argument("--single", action="store_true", help="give every comment its one best theme")
        parser.add_argument("--out", type=Path, required=True, help="CSV: row, theme, confidence, why")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, **options) -> None:
        meter = Meter()
        try:
            texts = column(options["file"], options["text"])
            specs = themes_from(options["themes"], options["examples"])
        except UnusableFile as error:
            raise CommandError(str(error), returncode=2) from error
        embedder = load_embedder()
        assigner = Assigner(specs, embedder)
        lines: list[tuple] = []
        placed = 0
        for start in range(0, len(texts), BATCH):
            chunk = texts[start : start + BATCH]
            results = read_comments(chunk, embedder, assigner, single=options["single"])
            for row, (text, result) in enumerate(zip(chunk, results, strict=True), start=start):
                placed += bool(result.matches)
                lines += [
                    (row, match.key, match.confidence, "; ".join(text[a:b] for a, b in match.words))
                    for match in result.matches
                ] or [(row, "", "", "")]
        write_rows(options["out"], ("row", "theme", "confidence", "why"), lines)
        cost = meter.figures(len(texts)) | {"placed": placed}
        if options["json"]:
            self.stdout.write(json.dumps(cost, indent=2))
        else:
            self.stdout.write(
                f"{placed} of {len(texts)} rows carry a theme, {cost['cpu_seconds']} CPU seconds."
            )


def themes_from(themes: Path, examples: Path | None) -> list[ThemeSpec]:
    """The taxonomy of a file, with its examples. Raises UnusableFile when a column or a theme is missing."""
    names = column(themes, "theme")
    head, _ = rows_of(themes)
    blank = [""] * len(names)
    definitions = column(themes, "definition") if "definition" in head else blank
    phrases = column(themes, "phrases") if "phrases" in head else blank
    right: dict[str, list[Example]] = {name: [] for name in names if name}
    if not right:
        raise UnusableFile(f"{themes.name} names no theme.")
    if examples:
        for number, (text, theme) in enumerate(
            zip(column(examples, "text"), column(examples, "theme"), strict=True)
        ):
            if theme not in right:
                raise UnusableFile(f"{examples.name}, row {number + 2}: {theme!r} is not one of the themes.")
            right[theme].append(Example(text, number))
    return [
        ThemeSpec(name, name.replace("_", " "), definition, tuple(phrases_of(phrase)), tuple(right[name]))
        for name, definition, phrase in zip(names, definitions, phrases, strict=True)
        if name
    ]
