"""A slow job. A step is done when its row is there; nothing but the lease keeps two workers apart."""

import os
import time

from django.db import connection, transaction

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun

PAUSE = 0.15


@job_kind("operations.steps", title="Steps that can be counted")
def take_steps(run: JobRun) -> dict:
    steps = run.params["steps"]
    for step in range(steps):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM operations_effect WHERE step = %s", [step])
            if cursor.fetchone()[0]:
                continue
            cursor.execute("INSERT INTO operations_effect (step, pid) VALUES (%s, %s)", [step, os.getpid()])
        run.progress(step + 1, steps, "Counting")
        time.sleep(PAUSE)
    return {"steps": steps}
