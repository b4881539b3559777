"""Queue the slow job."""

from django.core.management import BaseCommand
from django.db import connection

from ccperf.jobs.services import enqueue


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--steps", type=int, default=40)

    def handle(self, *args, steps, **options):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS operations_effect (step integer, pid integer)")
        enqueue("operations.steps", {"steps": steps})
