"""``manage.py undo_import ID``: take a whole import back."""

import json
import sys

from django.core.management.base import BaseCommand, CommandParser

from ccperf.imports import services
from ccperf.imports.models import ImportBatch
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from ccperf.people.models import User


class Command(BaseCommand):
    requires_system_checks: list = []
    help = "Undo an import: what it created goes, what it overwrote is restored unless changed since."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=int)
        parser.add_argument("--as", dest="username", default="", metavar="USERNAME")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, **options) -> None:
        batch = ImportBatch.objects.filter(pk=options["id"]).first()
        if batch is None:
            self._refuse(f"There is no import {options['id']}.", options["json"])
        if batch.status == ImportBatch.Status.UNDONE:
            self._refuse(f"Import {batch.pk} was undone already.", options["json"])
        user = User.objects.filter(username=options["username"]).first() if options["username"] else None
        batch = services.start_undo(by=user, batch=batch)
        if batch.status != ImportBatch.Status.UNDOING:
            self._refuse(
                f"Import {batch.pk} is {batch.get_status_display().lower()}; only a finished import "
                f"can be undone.",
                options["json"],
            )
        job = run_job_now(batch.job_id)
        batch.refresh_from_db()
        if job.status == Job.Status.FAILED:
            self._refuse(batch.error or job.error.splitlines()[0], options["json"])
        if options["json"]:
            self.stdout.write(
                json.dumps({"import_id": batch.pk, "status": batch.status, "notes": batch.undo_notes})
            )
            return
        self.stdout.write(f"Import {batch.pk} of {batch.filename} is undone.")
        for note in batch.undo_notes:
            self.stdout.write(f"- {note}")

    def _refuse(self, sentence: str, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"error": sentence}))
        self.stderr.write(sentence)
        sys.exit(2)
