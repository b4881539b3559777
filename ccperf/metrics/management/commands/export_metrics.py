"""Writes figures as a CSV file: period, scope, metric, numerator, denominator, n, value."""

import csv
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ccperf.core.exports import safe_cell
from ccperf.metrics import rollups
from ccperf.metrics.exporting import HEADER, export_rows
from ccperf.metrics.models import MetricDefinition


class Command(BaseCommand):
    help = "Write figures by period and subject to a CSV file; sums are brought up to date first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, choices=["day", "week", "month", "all"])
        parser.add_argument("--scope", required=True, choices=["organisation", "site", "team", "agent"])
        parser.add_argument(
            "--from", dest="start", help="First day, as 2026-01-31; weeks and months begin there."
        )
        parser.add_argument("--to", dest="end", help="Last day, included; weeks and months end there.")
        parser.add_argument(
            "--metric",
            action="append",
            default=[],
            help="Key of a measure, named again for several; all unless given.",
        )
        parser.add_argument("--out", required=True, help="The file to write.")

    def handle(self, *args, **options) -> None:
        start, end = _day(options["start"], "--from"), _day(options["end"], "--to")
        if start and end and start > end:
            raise CommandError("--from is later than --to.")
        known = {metric.key: metric for metric in MetricDefinition.objects.all()}
        if unknown := next((key for key in options["metric"] if key not in known), None):
            raise CommandError(f"There is no measure {unknown!r}. Known: {', '.join(known)}.")
        metrics = [known[key] for key in options["metric"]]
        path = Path(options["out"])
        if not path.parent.is_dir():
            raise CommandError(f"The folder {path.parent} does not exist.")
        rollups.refresh()
        count = 0
        try:
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(HEADER)
                rows = export_rows(
                    by=options["by"], scope=options["scope"], start=start, end=end, metrics=metrics
                )
                for row in rows:
                    writer.writerow([safe_cell(cell) for cell in row.cells()])
                    count += 1
        except OSError as error:
            raise CommandError(f"The file {path} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{count} rows written to {path}.")


def _day(text: str | None, option: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option} {text!r} is not a day. Write it as 2026-01-31.")
