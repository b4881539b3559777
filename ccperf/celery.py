"""The Celery application and the one table of what runs when."""

import os
import socket
import threading
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_embedded_init, worker_ready, worker_shutting_down

from ccperf.broker import transport
from ccperf.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccperf.settings")
transport.register()

app = Celery("ccperf")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# One line per periodic task. `expires` keeps a worker that was away from doing the same thing ten times.
app.conf.beat_schedule = {
    "every 10 seconds: find work whose message was lost or whose worker died": {
        "task": "jobs.sweep",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "every 10 minutes: fold the notes of days whose feedback changed very often": {
        "task": "feedback.fold_notes",
        "schedule": 600,
        "options": {"expires": 600},
    },
    "at 3:40: delete what nobody asks for any more": {
        "task": "jobs.tidy",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expires": 3600},
    },
    "at 3:50: delete drafts of imports that nobody went on with": {
        "task": "imports.tidy",
        "schedule": crontab(hour=3, minute=50),
        "options": {"expires": 3600},
    },
    "at 0:05: let definitions of measures that begin today hold": {
        "task": "metrics.begin_versions",
        "schedule": crontab(hour=0, minute=5),
        "options": {"expires": 3600},
    },
    "at 0:20: shut the accounts of people whose last day has passed": {
        "task": "people.close_lapsed_accounts",
        "schedule": crontab(hour=0, minute=20),
        "options": {"expires": 3600},
    },
    "at 0:30: hand open actions over to those who lead from today": {
        "task": "improvement.handover",
        "schedule": crontab(hour=0, minute=30),
        "options": {"expires": 3600},
    },
    "at 2:30: look for new themes in what came in since the last analysis": {
        "task": "themes.nightly",
        "schedule": crontab(hour=2, minute=30),
        "options": {"expires": 3600},
    },
    "at 4:20: bring attrition as a measure up to the register": {
        "task": "retention.figures",
        "schedule": crontab(hour=4, minute=20),
        "options": {"expires": 3600},
    },
    "at 5:00: look for signals in the week that may have become complete": {
        "task": "alerts.daily",
        "schedule": crontab(hour=5, minute=0),
        "options": {"expires": 3600},
    },
    "on Mondays at 4:40: check whether the measures deserve their place": {
        "task": "metric_health.weekly",
        "schedule": crontab(hour=4, minute=40, day_of_week="monday"),
        "options": {"expires": 3600},
    },
    "at 5:10: judge the actions that are being done by the data of yesterday": {
        "task": "improvement.judge",
        "schedule": crontab(hour=5, minute=10),
        "options": {"expires": 3600},
    },
}

HEARTBEAT_SECONDS = 10
_stopped = threading.Event()


@worker_ready.connect
def start_heartbeat(**kwargs: Any) -> None:
    """Say every ten seconds that this worker lives, however busy its pool is."""
    threading.Thread(target=_beat, name="heartbeat", daemon=True).start()


def _beat() -> None:
    import logging

    from django.db import connection

    from ccperf.jobs.services import beat_heart

    name = f"{socket.gethostname()}:{os.getpid()}"
    while True:
        try:
            beat_heart(name)
        except Exception:
            logging.getLogger(__name__).warning("The heartbeat could not be stored.", exc_info=True)
            connection.close()
        if _stopped.wait(HEARTBEAT_SECONDS):
            connection.close()
            return


@worker_shutting_down.connect
def stop_heartbeat(**kwargs: Any) -> None:
    """Let the heartbeat end with its worker."""
    _stopped.set()


@beat_embedded_init.connect
def end_with_worker(**kwargs: Any) -> None:
    """An embedded beat is a process of its own; without this it would outlive a killed worker."""
    die_with_parent()
