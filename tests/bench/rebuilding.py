"""Writers beside a rebuild: ``python -m tests.bench.rebuilding VERB`` on one installation."""

import json
import os
import sys
import time
from datetime import date, timedelta

BATCH = 77
DAY = date(2026, 6, 1)


def fill(rows: str) -> dict:
    """A large centre of so many observations."""
    from django.core.management import call_command

    from tests.bench import large

    call_command("migrate", verbosity=0, interactive=False)
    return {"agents": large.fill(int(rows))}


def rebuild(seconds: str) -> dict:
    """All sums anew, again and again."""
    from ccperf.metrics import rollups

    until, times = time.monotonic() + float(seconds), 0
    while time.monotonic() < until or not times:
        rollups.rebuild()
        times += 1
    return {"times": times}


def write(number: str, seconds: str) -> dict:
    """One writer that stores a small file's worth of rows after another; what was acknowledged counts.

    Writers take turns at the days, so that no two write the same.
    """
    from ccperf.metrics.services import write_observations
    from tests.bench.bench_ingest import WRITERS
    from tests.bench.ingest import made_up

    until, written, longest = time.monotonic() + float(seconds), 0, 0.0
    while time.monotonic() < until:
        day = DAY + timedelta(days=written * WRITERS + int(number))
        rows = made_up(day, 1, 2)
        started = time.monotonic()
        write_observations(rows, origin="direct", batch_id=BATCH)
        longest = max(longest, time.monotonic() - started)
        written += 1
    return {"rows": written * len(rows), "longest": round(longest, 2)}


def check() -> dict:
    """Bring the sums up to date and compare them with the plain ORM's."""
    from ccperf.metrics import rollups
    from ccperf.metrics.models import Observation, RollupState
    from tests.metrics import oracle

    rollups.refresh()
    return {
        "rows": Observation.objects.filter(batch_id=BATCH).count(),
        "equal": oracle.stored() == oracle.expected(),
        "status": RollupState.objects.get().status,
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccperf.settings")
    import django

    django.setup()
    verbs = {"fill": fill, "rebuild": rebuild, "write": write, "check": check}
    print(json.dumps(verbs[sys.argv[1]](*sys.argv[2:])))
