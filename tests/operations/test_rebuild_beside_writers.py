"""A rebuild of all sums that is killed, and one beside which others write: nothing is lost, nothing fails."""

import json
import subprocess
import sys

import pytest

from tests.operations.installation import ROOT, kill_nine, wait_for

pytestmark = pytest.mark.slow
PROGRAM = [sys.executable, "-m", "tests.bench.rebuilding"]
ROWS = 60_000
WRITERS, SECONDS = 3, 4


def run(centre, *arguments):
    done = subprocess.run(
        [*PROGRAM, *arguments], cwd=ROOT, env=centre.environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_killed_rebuild_and_writers_beside_one_leave_the_sums_right(install):
    centre = install()
    assert run(centre, "fill", str(ROWS))["agents"] == ROWS // 2000
    run(centre, "rebuild", "0")

    killed = centre.start(*PROGRAM, "rebuild", "60", log="rebuild")
    state = "SELECT generation, status FROM metrics_rollupstate"
    wait_for(lambda: centre.ask(state)[0][0] > 1, seconds=60, what="a second rebuild\n" + centre.logs())
    kill_nine(killed)

    centre.start(*PROGRAM, "rebuild", str(SECONDS + 3), log="rebuild")
    writers = [
        subprocess.Popen(
            [*PROGRAM, "write", str(number), str(SECONDS)],
            cwd=ROOT,
            env=centre.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    ended = [writer.communicate(timeout=120) for writer in writers]
    assert not any(writer.returncode for writer in writers), ended
    acknowledged = sum(json.loads(out)["rows"] for out, _ in ended)
    assert centre.processes[-1].wait(timeout=120) == 0, centre.logs()
    assert acknowledged > 0
    assert run(centre, "check") == {"rows": acknowledged, "equal": True, "status": "done"}
