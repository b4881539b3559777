"""Queue the import of a file of contacts, as pressing *Import* on the page does."""

from pathlib import Path

from django.core.management import BaseCommand

from ccperf.imports import services


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *args, file, **options):
        kind = services.kind_named("contacts")
        choices = services.Choices(create_people=True)
        with file.open("rb") as source:
            planned = services.receive(by=None, kind=kind, source=source, filename=file.name, choices=choices)
        loaded = services.check(planned.batch, planned.table, planned.plan, planned.likely)
        planned.batch.plan = planned.plan.as_json() | {"decisions": loaded.rows.decisions}
        planned.batch.save(update_fields=["plan"])
        services.start(by=None, batch=planned.batch)
