"""Brings the sums up to date with what changed."""

from django.core.management.base import BaseCommand

from ccperf.metrics import rollups


class Command(BaseCommand):
    help = "Sum again what became stale since the last refresh."

    def handle(self, *args, **options) -> None:
        count = rollups.refresh(lambda done, total, message: self.stdout.write(message))
        self.stdout.write(f"{count} stale partitions summed.")
