import json
from collections import Counter
from itertools import chain
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from ccperf.privacy.giveaways import names_given_away
from ccperf.privacy.masking import mask_for_quote
from feedback.themes.engine.discovery import REPRESENTATIVES, RESOLUTION, Group, discover
from feedback.themes.engine.embedding import AUTO, KINDS, EngineUnavailable, embedder_for
from feedback.themes.engine.text import is_comment, plain
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

LONGEST_EXAMPLE = 300


class Command(BaseCommand):
    help = (
        "Find themes in the comments of a CSV or XLSX file. Needs neither the database nor the network. "
        "Examples are masked: numbers, addresses, and names the sentence gives away."
    )
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--text", required=True, metavar="COLUMN", help="column of the comments")
        parser.add_argument("--grain", choices=sorted(RESOLUTION), default="medium")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--vectors", choices=KINDS, default=AUTO, help="sentence: slow and better; auto: for small files"
        )
        parser.add_argument("--out", type=Path, required=True, help="CSV: row, theme, name, confidence")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, **options) -> None:
        meter = Meter()
        try:
            ensure_writable(options["out"], [options["file"]])
            (texts,) = columns(options["file"], [options["text"]])
            languages = other_languages(texts)
            rows = [row for row, text in enumerate(texts) if row not in languages and is_comment(text)]
            comments = [texts[row] for row in rows]
            embedder = embedder_for(len(comments), options["vectors"])
        except (UnusableFile, EngineUnavailable) as error:
            raise CommandError(str(error), returncode=2) from error
        _, groups = discover(comments, embedder, grain=options["grain"], seed=options["seed"])
        number, closeness = np.full(len(texts), -1), np.zeros(len(texts))
        places = np.array(rows, dtype=int)
        for group_number, group in enumerate(groups):
            members = places[list(group.members)]
            number[members] = group_number
            closeness[members] = group.closeness
        lines = (
            (row, theme, groups[theme].name, max(0.0, close))
            if theme >= 0
            else (row, "", marked(languages.get(row)), "")
            for row, (theme, close) in enumerate(zip(number.tolist(), closeness.tolist(), strict=True))
        )
        write_rows(options["out"], ("row", "theme", "name", "confidence"), lines)
        cost = meter.figures(len(texts)) | {
            "vectors": embedder.model_id,
            "other_languages": dict(Counter(languages.values())),
        }
        self._tell(options["json"], groups, comments, cost)

    def _tell(self, as_json: bool, groups, comments: list[str], cost: dict) -> None:
        if as_json:
            chosen = [_examples(group, comments) for group in groups]
            people = names_given_away(chain.from_iterable(chosen))
            themes = [
                {
                    "theme": number,
                    "name": group.name,
                    "phrases": group.phrases,
                    "size": group.size,
                    "examples": [shortened(mask_for_quote(text, people), LONGEST_EXAMPLE) for text in texts],
                }
                for number, (group, texts) in enumerate(zip(groups, chosen, strict=True))
            ]
            self.stdout.write(json.dumps({"themes": themes, **cost}, ensure_ascii=False, indent=2))
            return
        for group in groups:
            self.stdout.write(f"{group.size:>7}  {group.name}")
        self.stdout.write(
            f"{len(groups)} themes in {cost['comments']} rows, {cost['cpu_seconds']} CPU seconds."
        )


def _examples(group: Group, comments: list[str]) -> list[str]:
    """Different comments of a group, the nearest to its middle first."""
    found: dict[str, str] = {}
    for member in group.members:
        found.setdefault(plain(comments[member]), comments[member])
        if len(found) == REPRESENTATIVES:
            break
    return list(found.values())
