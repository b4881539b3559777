"""Makes the distilled table of the theme engine anew: python -m tests.bench.themes_distilling SENTENCES.txt

What a slow sentence model makes of many sentences is explained as a sum over their word pieces, by ridge
regression. Where the sentences say little of a piece, what the model makes of the piece alone stands.
``feedback/themes/engine/distilled/README.md`` tells which sentences the table in use was learnt from.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy import sparse

from feedback.themes.engine.embedding import SENTENCE, SENTENCE_DIMENSIONS, load_embedder
from feedback.themes.engine.token_vectors import DISTILLED, UNKNOWN, word_pieces

DIMENSIONS = 128
PRIOR = 1.0
ROUNDS = 60
RARE_FROM = 1_996  # Before it stand BERT's unused pieces and single signs; from there pieces grow rarer.
BATCH = 4_000


def counts(pieces, texts: Sequence[str], vocabulary: int) -> sparse.csr_matrix:
    """How often each text has each word piece, over the root of its length."""
    ids = [entry.ids for entry in pieces.encode_batch_fast(list(texts), add_special_tokens=False)]
    lengths = np.array([len(row) for row in ids])
    values = np.repeat(1 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32)
    columns = np.array([piece for row in ids for piece in row], dtype=np.int64)
    found = sparse.csr_matrix(
        (values, columns, np.concatenate(([0], np.cumsum(lengths)))), shape=(len(texts), vocabulary)
    )
    found.sum_duplicates()
    return found


def distil(found: sparse.csr_matrix, targets: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """One row for each word piece; ``targets`` are the model's vectors of texts, ``alone`` of lone pieces."""
    targets = targets - targets.mean(axis=0)
    _, _, axes = np.linalg.svd(targets[:20_000], full_matrices=False)
    targets = targets @ axes[:DIMENSIONS].T
    rank = np.maximum(np.arange(len(alone)) - RARE_FROM, 2)
    features = ((alone - alone.mean(axis=0)) * np.log1p(rank)[:, None] / 10).astype(np.float32)
    seen = found @ features
    turned = np.linalg.solve(seen.T @ seen + np.eye(seen.shape[1]), seen.T @ targets).astype(np.float32)
    before = features @ turned
    return before + _ridge(found, targets - found @ before)


def _ridge(found: sparse.csr_matrix, missing: np.ndarray) -> np.ndarray:
    """Conjugate gradients for all columns at once."""
    solved = np.zeros((found.shape[1], missing.shape[1]), dtype=np.float32)
    turned = found.T.tocsr()
    left = turned @ missing
    step = left.copy()
    size = (left * left).sum(axis=0)
    for _ in range(ROUNDS):
        moved = turned @ (found @ step) + PRIOR * step
        length = size / np.maximum((step * moved).sum(axis=0), 1e-12)
        solved += length * step
        left -= length * moved
        now = (left * left).sum(axis=0)
        step = left + now / np.maximum(size, 1e-12) * step
        size = now
    return solved


def write(table: np.ndarray, unknown: int) -> None:
    """As eight-bit numbers with a scale for each row; what is unknown says nothing."""
    table[unknown] = 0
    scales = np.maximum(np.abs(table).max(axis=1) / 127, 1e-8)
    rows = np.rint(table / scales[:, None]).astype(np.int8)
    save_file({"rows": rows, "scales": scales.astype(np.float32)}, DISTILLED / "table.safetensors")


def main() -> None:
    sentences = [line for line in Path(sys.argv[1]).read_text(encoding="utf-8").split("\n") if line]
    pieces = word_pieces(DISTILLED / "vocabulary.txt")
    size = pieces.get_vocab_size()
    model = load_embedder(SENTENCE)
    begin, end = pieces.token_to_id("[CLS]"), pieces.token_to_id("[SEP]")
    alone = [model._pool([[begin, number, end]]) for number in range(size)]
    parts = [model.embed(sentences[at : at + BATCH]) for at in range(0, len(sentences), BATCH)]
    targets = np.vstack(parts)[:, :SENTENCE_DIMENSIONS]
    # The static vector behind a sentence vector is left off.
    targets = targets / np.maximum(np.linalg.norm(targets, axis=1, keepdims=True), 1e-9)
    table = distil(counts(pieces, sentences, size), targets, np.vstack(alone))
    write(table, pieces.token_to_id(UNKNOWN))


if __name__ == "__main__":
    main()
