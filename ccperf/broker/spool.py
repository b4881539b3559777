"""Messages as files: written whole or not at all, taken by one reader, kept until they are settled.

Layout below the root::

    tmp/                     a message while it is being written
    ready/<queue>/           messages nobody has taken
    taken/<reader>/<queue>/  messages a living reader holds; ``lock`` is held while it lives
    dead/<queue>/            messages given up after MAX_DELIVERIES readers died over them

Every step from one folder to the next is one rename on one file system, so a process killed at any
moment leaves a message in exactly one of them.
"""

import errno
import fcntl
import logging
import os
import threading
import time
import uuid
import weakref
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 5
SUFFIX = ".msg"
LOCK_NAME = "lock"
DELETED_WHILE_READING = {errno.ENOENT, errno.ESTALE}


@dataclass(frozen=True)
class Taken:
    """A message in the hands of this reader."""

    queue: str
    path: Path
    payload: bytes
    deliveries: int


def message_name(deliveries: int = 0, written_ns: int | None = None) -> str:
    """A name that sorts by age and carries how often the message has been handed out."""
    stamp = time.time_ns() if written_ns is None else written_ns
    return f"{stamp:020d}-{uuid.uuid4().hex}-{deliveries}{SUFFIX}"


def redelivered_name(name: str) -> tuple[str, int]:
    """The same message's name after one more delivery, and that number."""
    stem, _, count = name.removesuffix(SUFFIX).rpartition("-")
    deliveries = int(count) + 1
    return f"{stem}-{deliveries}{SUFFIX}", deliveries


class Spool:
    """One process's view of a folder of messages."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._reader: Path | None = None
        self._lock_fd: int | None = None
        self._guard = threading.Lock()
        _spools.add(self)
        for name in ("tmp", "ready", "taken", "dead"):
            (root / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, queue: str, payload: bytes) -> None:
        """Store a message; when this returns it survives a power cut."""
        name = message_name()
        draft = self.root / "tmp" / name
        folder = self._ready(queue)
        try:
            with draft.open("xb") as file:
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(folder / name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(folder)

    def take(self, queue: str) -> Taken | None:
        """The oldest message of the queue, now held by this reader; None when there is none."""
        folder = self._ready(queue)
        for name in _messages(folder):
            again, deliveries = redelivered_name(name)
            held = self._reader_folder(queue) / again
            try:
                (folder / name).rename(held)
                payload = held.read_bytes()
            except OSError as error:
                if error.errno in DELETED_WHILE_READING:  # another reader was quicker
                    continue
                raise
            if deliveries > MAX_DELIVERIES:
                self._give_up(queue, held)
                continue
            return Taken(queue, held, payload, deliveries)
        return None

    def settle(self, taken: Taken) -> None:
        """The work is done: forget the message."""
        taken.path.unlink(missing_ok=True)

    def give_back(self, taken: Taken) -> None:
        """The work was not begun: make the message ready again, as if it had not been taken."""
        stem, _, _ = taken.path.name.removesuffix(SUFFIX).rpartition("-")
        try:
            taken.path.rename(self._ready(taken.queue) / f"{stem}-{taken.deliveries - 1}{SUFFIX}")
        except FileNotFoundError:
            logger.debug("Message %s was settled meanwhile.", taken.path.name)

    def recover(self) -> int:
        """Make ready what readers held that no longer live. Returns how many messages that were."""
        recovered = 0
        for reader in (self.root / "taken").iterdir():
            if reader == self._reader:
                continue
            try:
                lock = _try_lock(reader / LOCK_NAME)
                if lock is None:
                    continue
                try:
                    recovered += self._empty(reader)
                finally:
                    os.close(lock)
            except FileNotFoundError:  # another process was quicker
                continue
        if recovered:
            logger.warning("%d messages of readers that died were made ready again.", recovered)
        return recovered

    def size(self, queue: str) -> int:
        """How many messages of the queue nobody has taken."""
        return len(_messages(self._ready(queue)))

    def waiting(self) -> int:
        """How many messages of any queue nobody has taken."""
        return sum(len(_messages(folder)) for folder in (self.root / "ready").iterdir())

    def purge(self, queue: str) -> int:
        """Forget the messages of the queue that nobody has taken. Returns how many."""
        removed = 0
        folder = self._ready(queue)
        for name in _messages(folder):
            try:
                (folder / name).unlink()
                removed += 1
            except FileNotFoundError:
                continue
        return removed

    def close(self) -> None:
        """Give back what this reader still holds and let go of its lock."""
        with self._guard:
            if self._reader is not None:
                self._empty(self._reader)
            if self._lock_fd is not None:
                os.close(self._lock_fd)
            self._reader = self._lock_fd = None

    def _ready(self, queue: str) -> Path:
        folder = self.root / "ready" / quote(queue, safe="")
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def _reader_folder(self, queue: str) -> Path:
        """This process's folder for what it takes, locked before anybody else can see it."""
        with self._guard:
            if self._reader is None:
                name = f"{os.getpid()}-{uuid.uuid4().hex}"
                draft = self.root / "tmp" / name
                draft.mkdir(mode=0o700)
                self._lock_fd = _try_lock(draft / LOCK_NAME)
                self._reader = draft.rename(self.root / "taken" / name)
            folder = self._reader / quote(queue, safe="")
            folder.mkdir(exist_ok=True, mode=0o700)
            return folder

    def _empty(self, reader: Path) -> int:
        """Move every message of a reader's folder back to its queue and remove the folder."""
        moved = 0
        for folder in [entry for entry in reader.iterdir() if entry.is_dir()]:
            ready = self._ready(unquote(folder.name))
            for name in _messages(folder):
                (folder / name).rename(ready / name)
                moved += 1
            folder.rmdir()
        (reader / LOCK_NAME).unlink(missing_ok=True)
        reader.rmdir()
        return moved

    def _give_up(self, queue: str, held: Path) -> None:
        folder = self.root / "dead" / quote(queue, safe="")
        folder.mkdir(exist_ok=True, mode=0o700)
        held.rename(folder / held.name)
        logger.error("Gave up message %s after %d deliveries; kept in %s.", held.name, MAX_DELIVERIES, folder)


def _messages(folder: Path) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(SUFFIX))
    except FileNotFoundError:
        return []


def _try_lock(path: Path) -> int | None:
    """An open, locked file descriptor; None when a living process holds the lock.

    The kernel lets go of the lock however the holder ends, so kill -9 needs no clean-up.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def _forget_parent() -> None:
    """In a forked child: let go of the parent's locks, or the parent would seem to live with the child."""
    for spool in list(_spools):
        if spool._lock_fd is not None:
            os.close(spool._lock_fd)
        spool._reader = spool._lock_fd = None
        spool._guard = threading.Lock()


_spools: "weakref.WeakSet[Spool]" = weakref.WeakSet()
os.register_at_fork(after_in_child=_forget_parent)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
