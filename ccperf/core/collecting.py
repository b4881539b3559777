"""The garbage collector, which goes through everything that is loaded while a large file is being written."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let a short piece of work make many small tuples without the collector looking for rings among them.

    What is no longer used is still given back at once; only rings of objects wait until afterwards.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
