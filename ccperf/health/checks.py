"""What must be well for the centre to do its work. Each check answers within a few seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from ccperf.jobs.models import Job, WorkerHeartbeat

WORKER_SILENCE = timedelta(seconds=45)
LEASE_GRACE = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=10)


class Unwell(Exception):
    """A check failed; the message says what is wrong without naming a person or a secret."""


@dataclass(frozen=True)
class Finding:
    """The outcome of one check."""

    name: str
    ok: bool
    detail: str


def check_database() -> str:
    """One question to the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return connection.vendor


def check_broker() -> str:
    """The broker can be reached, and how much waits in it."""
    if settings.REDIS_URL:
        import redis

        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
        with client:
            return f"{client.llen('celery')} messages wait"
    from ccperf.broker.spool import Spool

    spool = Spool(settings.DATA_DIR / "broker")
    spool.put("health", b"{}")
    spool.purge("health")
    return f"{spool.waiting()} messages wait"


def check_worker() -> str:
    """Some worker gave a sign of life just now."""
    seen_at = WorkerHeartbeat.objects.aggregate(last=Max("seen_at"))["last"]
    if seen_at is None:
        raise Unwell("no worker has ever reported")
    silent = timezone.now() - seen_at
    if silent > WORKER_SILENCE:
        raise Unwell(f"no worker has reported for {silent.total_seconds():.0f} seconds")
    return f"last seen {max(0, silent.total_seconds()):.0f} seconds ago"


def check_jobs() -> str:
    """No job is stuck: none whose worker vanished, none that waits although nothing else runs."""
    now = timezone.now()
    lapsed = Job.objects.filter(status=Job.Status.RUNNING, lease_until__lt=now - LEASE_GRACE).count()
    if lapsed:
        raise Unwell(f"{lapsed} running jobs have lost their worker")
    forgotten = Job.objects.filter(status=Job.Status.QUEUED, created_at__lt=now - LONGEST_WAIT).count()
    if forgotten and not Job.objects.filter(started_at__gte=now - LONGEST_WAIT).exists():
        raise Unwell(f"{forgotten} jobs have waited for more than 10 minutes")
    return "none is stuck"


CHECKS: dict[str, Callable[[], str]] = {
    "database": check_database,
    "broker": check_broker,
    "worker": check_worker,
    "jobs": check_jobs,
}


def findings() -> list[Finding]:
    """Every check's outcome. A check that cannot even be made has failed."""
    found = []
    for name, check in CHECKS.items():
        try:
            found.append(Finding(name, True, check()))
        except Unwell as problem:
            found.append(Finding(name, False, str(problem)))
        except Exception as error:
            found.append(Finding(name, False, f"could not be checked ({type(error).__name__})"))
    return found
