"""Independent random streams from one seed.

Each part of the demonstration centre draws from a stream of its own name, so adding a draw in one
part never changes what another part makes: the same seed stays the same centre.
"""

import hashlib
import random

import numpy as np


def stream(seed: int, *name: str | int) -> random.Random:
    """A generator for one named part; equal names give equal draws on every machine."""
    return random.Random("/".join(str(part) for part in (seed, *name)))


def array_stream(seed: int, *name: str | int) -> np.random.Generator:
    """The same for numpy, used where whole series are drawn at once."""
    label = "/".join(str(part) for part in (seed, *name)).encode()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(label).digest()[:8], "big"))
