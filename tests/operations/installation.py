"""A whole installation in a folder: its own database, broker and processes, and nothing left behind."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
CELERY = [sys.executable, "-m", "celery", "--app", "ccperf"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition: Callable[[], object], *, seconds: float, what: str) -> float:
    """Seconds until the condition held."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if condition():
            return time.monotonic() - started
        time.sleep(0.2)
    raise AssertionError(f"Waited {seconds} seconds for: {what}")


class ServiceMissingError(Exception):
    """A server that a test needs is not on this machine; says which."""


class Installation:
    """Processes that share one environment; ``close`` ends every one of them with its children."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        self.environment = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "tests.operations.extra.settings",
            "OPENBLAS_NUM_THREADS": "1",
            **{k: v for k, v in os.environ.items() if k.startswith("OPENBLAS")},
            **environment,
        }
        self.processes: list[subprocess.Popen] = []

    @property
    def sqlite(self) -> Path:
        return self.folder / "data" / "ccperf.sqlite3"

    def manage(self, *arguments: str, timeout: float = 120) -> str:
        """The output of a management command; fails with what it said when it failed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, f"{arguments} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def ask(self, question: str) -> list[tuple]:
        """Rows of the installation's database, read past Django so that it costs no start."""
        address = self.environment.get("DATABASE_URL")
        if address:
            with contextlib.closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
                cursor.execute(question)
                return cursor.fetchall()
        with contextlib.closing(sqlite3.connect(self.sqlite, timeout=20)) as connection:
            return connection.execute(question).fetchall()

    def report(self) -> dict:
        """How far the newest job is and what traces its steps left."""
        ((status, attempts),) = self.ask("SELECT status, attempts FROM jobs_job ORDER BY id DESC LIMIT 1")
        traces = self.ask("SELECT step, pid FROM operations_effect")
        times = Counter(step for step, _ in traces)
        return {
            "status": status,
            "attempts": attempts,
            "steps": len(times),
            "doubled": sorted(step for step, count in times.items() if count > 1),
            "processes": len({pid for _, pid in traces}),
        }

    def start(self, *command: str, log: str) -> subprocess.Popen:
        with (self.folder / f"{log}.log").open("ab") as file:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=file, stderr=file, start_new_session=True
            )
        self.processes.append(process)
        return process

    def start_worker(self, *options: str) -> subprocess.Popen:
        return self.start(*CELERY, "worker", "--loglevel", "INFO", *options, log="worker")

    def logs(self) -> str:
        return "\n".join(f"--- {path.name}\n{path.read_text()}" for path in self.folder.glob("*.log"))

    def close(self) -> None:
        for process in self.processes:
            kill_group(process)


def kill_group(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_nine(process: subprocess.Popen) -> None:
    """kill -9 of the process alone, as the out-of-memory killer would."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def members(group: int) -> list[int]:
    """The living processes of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                state, _, in_group = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:3]
                if int(in_group) == group and state != "Z":
                    found.append(int(entry.name))
    return found


@contextlib.contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """The address of a Redis server that belongs to this test alone."""
    program = shutil.which("redis-server")
    if program is None:
        raise ServiceMissingError("Redis is not installed (Debian: redis-server).")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([program, *options, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def own_postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL database made for this test.

    The server is the one of DATABASE_URL or, for a suite that runs on SQLite, CCPERF_TEST_POSTGRES.
    """
    named = [os.environ.get(name, "") for name in ("DATABASE_URL", "CCPERF_TEST_POSTGRES")]
    server = next((address for address in named if address.startswith("postgres")), None)
    if server is None:
        raise ServiceMissingError("No PostgreSQL server is named in DATABASE_URL or CCPERF_TEST_POSTGRES.")
    name = f"ccperf_operations_{uuid.uuid4().hex[:12]}"
    connection = psycopg2.connect(server)
    connection.autocommit = True
    try:
        connection.cursor().execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        connection.cursor().execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.close()
