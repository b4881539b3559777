"""Vectors of texts from files that came with the installed packages; nothing is ever fetched.

Only workers and commands may call :func:`load_embedder`: it takes about 50 MB and a fifth of a second.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy import sparse

MODEL_ID = "wordllama-l2-supercat-256"
WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
BATCH = 2_000
LONGEST_TEXT = 4_000


class EngineUnavailable(RuntimeError):
    """The files of the vectors are not where the package puts them."""


class Embedder(Protocol):
    """Turns texts into unit vectors; ``model_id`` tells which vectors may be compared with each other."""

    model_id: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """One float32 row of length 1 for each text; a text without any known token gives zeros."""


class StaticEmbedder:
    """The mean of the static vectors of a text's tokens.

    Reads the weights and the tokenizer of the wordllama package itself instead of calling its loader, which
    would look in the home folder and then on the network.
    """

    model_id = MODEL_ID

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        weights, tokenizer = folder / WEIGHTS, folder / TOKENIZER
        for path in (weights, tokenizer):
            if not path.is_file():
                raise EngineUnavailable(f"{path} is missing. Install the package wordllama 0.4 again.")
        self._table = load_file(weights)["embedding.weight"].astype(np.float32)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.dimensions = self._table.shape[1]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            chunk = [text[:LONGEST_TEXT] for text in texts[start : start + BATCH]]
            vectors[start : start + len(chunk)] = self._pool(chunk)
        return unit_rows(vectors)

    def _pool(self, texts: list[str]) -> np.ndarray:
        encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        ids = [entry.ids for entry in encoded]
        lengths = np.fromiter((len(row) for row in ids), dtype=np.int64, count=len(ids))
        flat = np.fromiter((token for row in ids for token in row), dtype=np.int64, count=int(lengths.sum()))
        np.clip(flat, 0, len(self._table) - 1, out=flat)
        bounds = np.concatenate(([0], np.cumsum(lengths)))
        counts = sparse.csr_matrix(
            (np.ones(len(flat), dtype=np.float32), flat, bounds), shape=(len(ids), len(self._table))
        )
        return np.asarray(counts @ self._table)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Each row divided by its length; rows of zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    return (vectors / lengths).astype(np.float32, copy=False)


def to_bytes(vector: np.ndarray) -> bytes:
    """A vector as it is stored: float16."""
    return vector.astype(np.float16).tobytes()


def from_bytes(rows: Sequence[bytes]) -> np.ndarray:
    """Stored vectors as float32 rows."""
    if not rows:
        return np.zeros((0, 0), dtype=np.float32)
    joined = np.frombuffer(b"".join(bytes(row) for row in rows), dtype=np.float16)
    return joined.reshape(len(rows), -1).astype(np.float32)


@lru_cache(maxsize=1)
def load_embedder() -> StaticEmbedder:
    """The vectors of this process, loaded once."""
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailable("The package wordllama is not installed. Run make setup.")
    return StaticEmbedder(Path(next(iter(spec.submodule_search_locations))))
