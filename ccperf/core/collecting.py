"""The garbage collector, which goes through everything that is loaded, whoever waits meanwhile."""

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


def collect_seldom() -> None:
    """For a web process that has loaded everything: what is there stays and is not gone through again, and
    rings among what pages make, which goes at once, are looked for every few pages instead of during each.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
