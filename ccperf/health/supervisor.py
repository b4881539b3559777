"""Keeping a few processes running together, and ending them together.

Each process leads its own process group, so that a child of it (an embedded beat, a web worker) can be
ended even when its parent was killed. When the supervisor itself is killed, the kernel ends them.
"""

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ccperf.processes import die_with_parent

logger = logging.getLogger(__name__)

STEADY_SECONDS = 60
LONGEST_PAUSE = 15.0
KEPT_LOG_BYTES = 5 * 1024 * 1024


@dataclass
class Child:
    """A process to be kept running."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    orphan_signal: int = signal.SIGTERM
    process: subprocess.Popen | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    quick_deaths: int = 0

    def start(self) -> None:
        """Start the process in a group of its own, writing to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > KEPT_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | self.environment,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid(), self.orphan_signal),
            )
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal_group(self, number: int) -> None:
        """Send a signal to the process and to all it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def bury(self) -> int:
        """End what a dead process left behind and plan its restart; returns its exit status."""
        self.signal_group(signal.SIGKILL)
        lived = time.monotonic() - self.started_at
        self.quick_deaths = 0 if lived > STEADY_SECONDS else self.quick_deaths + 1
        pause = min(LONGEST_PAUSE, 0.5 * 2**self.quick_deaths) if self.quick_deaths else 0.5
        self.restart_at = time.monotonic() + pause
        status = self.process.returncode if self.process else 0
        self.process = None
        return status

    def last_lines(self, count: int = 15) -> str:
        """The end of its log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        except OSError:
            return ""


class Supervisor:
    """Starts children, restarts the dead with growing pauses, stops all of them at once."""

    def __init__(self, children: list[Child], say: Callable[[str], None]) -> None:
        self.children = children
        self.say = say
        self.stopping = threading.Event()
        self.impatient = False

    def listen_for_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal end everything; a second one does not wait."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, *args: object) -> None:
        self.impatient = self.stopping.is_set()
        self.stopping.set()

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            child.start()

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> bool:
        """Whether ``ready`` came true in time, with all children alive and nobody asking to stop."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.stopping.is_set():
            if not all(child.is_running for child in self.children):
                return False
            if ready():
                return True
            self.stopping.wait(0.2)
        return False

    def watch(self) -> None:
        """Restart what dies until somebody asks to stop."""
        while not self.stopping.wait(0.2):
            for child in self.children:
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        if child.is_running:
            return
        if child.process is not None:
            status = child.bury()
            reason = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
            self.say(f"The {child.name} {reason} and is started again. Its log: {child.log}")
        elif time.monotonic() >= child.restart_at:
            child.start()

    def stop(self, *, grace: float = 8.0) -> None:
        """End every child and what it started: politely first, then surely."""
        self.stopping.set()
        for child in self.children:
            child.signal_group(signal.SIGTERM)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and not self.impatient:
            if not any(child.is_running for child in self.children):
                break
            time.sleep(0.1)
        for child in self.children:
            child.signal_group(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
