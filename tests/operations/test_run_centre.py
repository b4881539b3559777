"""The one command: starts everything, keeps it running, and leaves nothing behind however it ends."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from ccperf.health.management.commands.run_centre import login_lines
from tests.operations.installation import ROOT, Installation, free_port, kill_nine, wait_for

pytestmark = pytest.mark.slow


def status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def family(pid: int) -> dict[int, str]:
    """All living descendants of a process with their command lines."""
    found = {}
    with contextlib.suppress(OSError):  # ended while we looked
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            command = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            found |= {int(child): command, **family(int(child))}
    return found


def worker_of(centre: subprocess.Popen) -> int | None:
    """The worker that the supervisor started, not what the worker itself started; None between two."""
    own = Path(f"/proc/{centre.pid}/task/{centre.pid}/children").read_text().split()
    return next(
        (pid for pid, command in family(centre.pid).items() if str(pid) in own and "celery" in command), None
    )


def alive(pids) -> list[int]:
    """Those that still run; a zombie waiting for its parent does not."""
    running = []
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            running.append(pid)
    return running


def start(centre: Installation, port: int) -> subprocess.Popen:
    command = [sys.executable, "manage.py", "run_centre", "--no-demo", "--port", str(port)]
    process = centre.start(*command, log="centre")
    wait_for(lambda: status(port, "/healthz") == 200, seconds=60, what=f"the web server\n{centre.logs()}")
    wait_for(lambda: status(port, "/readyz") == 200, seconds=60, what=f"the worker\n{centre.logs()}")
    return process


@pytest.fixture
def centre(install):
    return install()


def refusal(centre: Installation, port: int, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "run_centre", "--no-demo", "--port", str(port)],
        cwd=ROOT,
        env=centre.environment | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_day_in_the_life_of_the_centre(centre):
    port = free_port()
    process = start(centre, port)

    # Neither a second start on the same data nor one on the same port does any harm.
    assert "already running on the data in" in refusal(centre, free_port())
    other = str(centre.folder / "other-data")
    assert f"make run PORT={port + 1}" in refusal(centre, port, DATA_DIR=other)

    # A killed worker is replaced, together with the timer inside it.
    wait_for(lambda: worker_of(process), seconds=20, what="the worker")
    first = worker_of(process)
    wait_for(lambda: family(first), seconds=20, what="the timer inside the worker")
    descendants = {first, *family(first)}
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: not alive(descendants), seconds=10, what="the end of the killed worker's children")
    wait_for(lambda: worker_of(process) not in (None, first), seconds=20, what="a new worker")

    # SIGTERM ends all of it.
    everybody = family(process.pid)
    assert sum("gunicorn" in command for command in everybody.values()) >= 2
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert alive(everybody) == []
    assert status(port, "/healthz") == 0
    output = (centre.folder / "centre.log").read_text()
    assert f"http://localhost:{port}/" in output
    assert "The worker was killed by signal 9 and is started again." in output

    # The next start is quick, and when it is killed itself the kernel ends the rest.
    started = time.monotonic()
    process = start(centre, port)
    assert time.monotonic() - started < 30
    # The sign of life that the worker before left is still fresh: its successor may only just be starting.
    wait_for(lambda: len(family(process.pid)) >= 5, seconds=30, what="all processes")
    everybody = family(process.pid)
    kill_nine(process)
    wait_for(lambda: not alive(everybody), seconds=15, what=f"no orphan of {everybody}")


def test_logins_are_read_from_what_the_demonstration_left(tmp_path):
    path = tmp_path / "demo.json"
    assert login_lines(path) == []
    path.write_text("{broken")
    assert login_lines(path) == []
    path.write_text(
        json.dumps({"logins": [{"role": "Supervisor", "username": "ann", "password": "pass-word"}]})
    )
    lines = "\n".join(login_lines(path))
    assert "Supervisor" in lines
    assert "ann" in lines
    assert "pass-word" in lines
