"""Which comments a correction may change: those whose stored vectors are nearest to it. For workers only."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from feedback.themes.engine.embedding import from_bytes, unit_rows
from feedback.themes.models import Correction
from feedback.themes.vector_making import embedder_in_use, stored_vectors

NEAREST = 2_000
SEGMENTS_COMPARED = 200_000
CORRECTIONS_TAUGHT = 500
CHUNK = 10_000


def items_like_corrected(since: datetime) -> list[int]:
    """Ids of the items nearest to what was corrected since then, the corrected ones among them.

    An item is as near as its nearest part. The newest parts are compared; older ones wait for an analysis.
    """
    corrected = Correction.objects.filter(at__gte=since).order_by("-at").values_list("item_id", flat=True)
    taught = list(dict.fromkeys(corrected[:CORRECTIONS_TAUGHT]))
    asked = _vectors(taught)
    nearness: dict[int, float] = {}
    if len(asked):
        for items, vectors in _chunks():
            best = (vectors @ asked.T).max(axis=1)
            for item, value in zip(items, best.tolist(), strict=True):
                nearness[item] = max(value, nearness.get(item, -1.0))
    near = sorted(nearness, key=lambda item: -nearness[item])[:NEAREST]
    return list(dict.fromkeys([*taught, *near]))


# ---- inside


def _vectors(items: list[int]) -> np.ndarray:
    rows = _stored().filter(item__in=items).values_list("known", flat=True)
    return unit_rows(from_bytes([bytes(row) for row in rows]))


def _chunks() -> Iterator[tuple[list[int], np.ndarray]]:
    rows = _stored().order_by("-item_id", "position").values_list("item_id", "known")[:SEGMENTS_COMPARED]
    items: list[int] = []
    vectors: list[bytes] = []
    for item, vector in rows.iterator(chunk_size=CHUNK):
        items.append(item)
        vectors.append(bytes(vector))
        if len(items) == CHUNK:
            yield items, unit_rows(from_bytes(vectors))
            items, vectors = [], []
    if items:
        yield items, unit_rows(from_bytes(vectors))


def _stored():
    """Parts with a vector of the model in use."""
    return stored_vectors(embedder_in_use().model_id)
