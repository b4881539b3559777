"""For a worker's health check: exit 0 when this host's worker gave a sign of life just now."""

import socket
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from ccperf.health.checks import WORKER_SILENCE
from ccperf.jobs.models import WorkerHeartbeat


class Command(BaseCommand):
    help = "Exit 0 when a worker of this host (or container) has reported within the last minute."

    def handle(self, *args: Any, **options: Any) -> None:
        since = timezone.now() - WORKER_SILENCE
        host = socket.gethostname()
        if not WorkerHeartbeat.objects.filter(worker__startswith=f"{host}:", seen_at__gte=since).exists():
            raise CommandError(f"No worker of {host} has reported lately.")
