"""Works out every sum anew from the observations."""

from django.core.management.base import BaseCommand

from ccperf.metrics import rollups


class Command(BaseCommand):
    help = "Sum all observations anew by agent, team, site and organisation, by day, week and month."

    def handle(self, *args, **options) -> None:
        count = rollups.rebuild(lambda done, total, message: self.stdout.write(f"{done}/{total} {message}"))
        self.stdout.write(f"{count} sums.")
