"""Run the embedded edition: web server, worker and timer, with one command and no other server."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from ccperf.health.probe import answers
from ccperf.health.static import collect_if_changed
from ccperf.health.supervisor import Child, Supervisor

START_SECONDS = 90


class Command(BaseCommand):
    help = "Start the web server and the worker; on first start also make the demonstration centre."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT or 8000")
        parser.add_argument(
            "--bind",
            default=os.environ.get("BIND_ADDRESS") or "127.0.0.1",
            help="address to listen on; default: BIND_ADDRESS or this machine only",
        )
        parser.add_argument("--no-demo", action="store_true", help="start with an empty centre")

    def handle(self, *args: Any, port: int, bind: str, no_demo: bool, **options: Any) -> None:
        with one_per_data_dir(settings.DATA_DIR):
            refuse_taken_port(bind, port)
            try:
                self.prepare(with_demo=not no_demo)
            except KeyboardInterrupt:
                raise CommandError(
                    "Stopped before the start was complete. The next start makes up for it."
                ) from None
            supervisor = Supervisor(children(bind, port), say=self.say)
            supervisor.listen_for_signals()
            try:
                supervisor.start()
                self.welcome(supervisor, port)
                supervisor.watch()
            finally:
                self.say("Stopping.")
                supervisor.stop()
                self.say("Stopped. Your data stay in " + str(settings.DATA_DIR))

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def prepare(self, *, with_demo: bool) -> None:
        """Bring database and static files up to date; make the demonstration centre for an empty one."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Bringing the database up to date.")
            call_command("migrate", verbosity=0, interactive=False)
        if with_demo:
            self.make_demonstration()
        if collect_if_changed():
            self.say("Static files were collected.")
        connections.close_all()

    def make_demonstration(self) -> None:
        """Fill an empty database. What an interrupted first start left behind is made anew."""
        begun = settings.DATA_DIR / "demo.begun"
        if not begun.exists() and get_user_model().objects.exists():
            return
        self.say("First start: making the demonstration centre. This takes about a minute, once.")
        # Nobody can have used the half-made centre: the web server starts only after this.
        options = {"force": True} if begun.exists() else {}
        begun.touch()
        call_command("demo", stdout=self.stdout, **options)
        begun.unlink()

    def welcome(self, supervisor: Supervisor, port: int) -> None:
        """Wait for the first answer, then say where the centre is and who can log in."""
        if not supervisor.wait_until(partial(answers, port), seconds=START_SECONDS):
            if supervisor.stopping.is_set():
                return
            for child in supervisor.children:
                self.stderr.write(f"--- end of {child.log}\n{child.last_lines()}")
            raise CommandError("ccperf did not start. The lines above and the logs say why.")
        self.say(f"\nccperf is running at http://localhost:{port}/")
        for line in login_lines(settings.DATA_DIR / "demo.json"):
            self.say(line)
        self.say(f"\nData and logs: {settings.DATA_DIR}. Ctrl-C stops everything.")


def children(bind: str, port: int) -> list[Child]:
    """The two processes of the embedded edition."""
    logs = settings.DATA_DIR / "logs"
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", str(settings.BASE_DIR / "gunicorn.conf.py")]
    celery = [sys.executable, "-m", "celery", "--app", "ccperf", "worker", "--pool", "threads"]
    celery += ["--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    celery += ["--beat", "--schedule", str(settings.DATA_DIR / "celerybeat-schedule")]
    celery += ["--loglevel", "INFO"]
    web = Child("web server", [*gunicorn, "ccperf.wsgi:application"], logs / "web.log")
    web.environment["BIND"] = f"{bind}:{port}"
    # A worker left alone would first finish its jobs; the next start's worker takes them over instead.
    worker = Child("worker", celery, logs / "worker.log", orphan_signal=signal.SIGKILL)
    return [web, worker]


@contextlib.contextmanager
def one_per_data_dir(folder: Path) -> Iterator[None]:
    """Hold the folder for this start.

    Raises CommandError when another start holds it.
    """
    with (folder / "run.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                f"ccperf is already running on the data in {folder}. Stop it first, or name another "
                "folder: make run DATA_DIR=var2 PORT=8001"
            ) from error
        yield


def refuse_taken_port(bind: str, port: int) -> None:
    """Raise CommandError when something listens on the port already."""
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Choose another: make run PORT={port + 1}"
            ) from error


def login_lines(path: Path) -> list[str]:
    """One line per login of the demonstration centre, as the demo command stored them."""
    try:
        logins = json.loads(path.read_text(encoding="utf-8"))["logins"]
    except (OSError, ValueError, KeyError):
        return []
    lines = ["", f"  {'role':<20}{'user name':<24}password"]
    lines += [f"  {login['role']:<20}{login['username']:<24}{login['password']}" for login in logins]
    return lines
