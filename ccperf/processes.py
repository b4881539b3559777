"""What the operating system can promise about processes."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent_pid: int | None = None, number: int = signal.SIGTERM) -> None:
    """Ask the kernel to send this process ``number`` when its parent ends, also by kill -9.

    Only Linux can promise that. ``parent_pid`` closes the gap in which the parent ended before the
    question was asked.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, number)
    if parent_pid is not None and os.getppid() != parent_pid:
        os.kill(os.getpid(), number)
