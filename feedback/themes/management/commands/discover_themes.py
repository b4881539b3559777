import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from feedback.themes.engine.discovery import RESOLUTION, discover
from feedback.themes.engine.embedding import load_embedder
from feedback.themes.engine.text import is_comment
from feedback.themes.files import Meter, UnusableFile, column, write_rows


class Command(BaseCommand):
    help = "Find themes in the comments of a CSV or XLSX file. Needs neither the database nor the network."
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--text", required=True, metavar="COLUMN", help="column of the comments")
        parser.add_argument("--grain", choices=sorted(RESOLUTION), default="medium")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--out", type=Path, required=True, help="CSV: row, theme, name, confidence")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, **options) -> None:
        meter = Meter()
        try:
            texts = column(options["file"], options["text"])
        except UnusableFile as error:
            raise CommandError(str(error), returncode=2) from error
        rows = [row for row, text in enumerate(texts) if is_comment(text)]
        comments = [texts[row] for row in rows]
        vectors = load_embedder().embed(comments)
        _, groups = discover(comments, vectors, grain=options["grain"], seed=options["seed"])
        placed = {
            rows[member]: (number, group.name, max(0.0, closeness))
            for number, group in enumerate(groups)
            for member, closeness in zip(group.members, group.closeness, strict=True)
        }
        lines = [(row, *placed.get(row, ("", "", ""))) for row in range(len(texts))]
        write_rows(options["out"], ("row", "theme", "name", "confidence"), lines)
        self._tell(options["json"], groups, comments, meter.figures(len(texts)))

    def _tell(self, as_json: bool, groups, comments: list[str], cost: dict) -> None:
        if as_json:
            themes = [
                {
                    "theme": number,
                    "name": group.name,
                    "phrases": group.phrases,
                    "size": group.size,
                    "examples": [comments[member] for member in group.representatives],
                }
                for number, group in enumerate(groups)
            ]
            self.stdout.write(json.dumps({"themes": themes, **cost}, ensure_ascii=False, indent=2))
            return
        for group in groups:
            self.stdout.write(f"{group.size:>7}  {group.name}")
        self.stdout.write(
            f"{len(groups)} themes in {cost['comments']} rows, {cost['cpu_seconds']} CPU seconds."
        )
