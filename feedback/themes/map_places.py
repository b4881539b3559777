"""Where themes stand on the map: near each other when people use like words for them. For workers only."""

import numpy as np

from feedback.themes.engine.embedding import Embedder, from_bytes, unit_rows
from feedback.themes.models import Theme
from feedback.themes.vector_making import embedder_in_use, stored_vectors

COMMENTS_PER_THEME = 200
WEIGHT_OF_WORDS = 0.5
LEAST_APART = 0.09
PUSHES = 200


def places_of_themes() -> dict[str, list[float]]:
    """Two coordinates from 0 to 1 for every theme in use, by its id as text.

    A theme is the middle of its name, definition and phrases, and of the clauses that carry it.
    """
    themes = list(Theme.objects.live().order_by("pk"))
    if not themes:
        return {}
    embedder = embedder_in_use()
    middles = np.stack([_middle(theme, embedder) for theme in themes])
    return {
        str(theme.pk): [round(float(x), 4), round(float(y), 4)]
        for theme, (x, y) in zip(themes, apart(flattened(middles)), strict=True)
    }


def flattened(vectors: np.ndarray) -> np.ndarray:
    """Classical scaling (Torgerson 1952) of unit vectors to two dimensions, stretched to 0 to 1."""
    n = len(vectors)
    squared = np.clip(2 - 2 * unit_rows(vectors) @ unit_rows(vectors).T, 0, None)
    centring = np.eye(n) - 1 / n
    values, axes = np.linalg.eigh(-centring @ squared @ centring / 2)
    flat = np.zeros((n, 2))
    for column, axis in enumerate(np.argsort(values)[::-1][:2]):
        # The sign of an axis is arbitrary; fixed, the map does not flip from run to run.
        sign = 1 if axes[np.abs(axes[:, axis]).argmax(), axis] >= 0 else -1
        flat[:, column] = sign * axes[:, axis] * np.sqrt(max(values[axis], 0))
    low, reach = flat.min(axis=0), np.ptp(flat, axis=0)
    return np.where(reach > 0, (flat - low) / np.where(reach > 0, reach, 1), 0.5)


def apart(places: np.ndarray) -> np.ndarray:
    """The places, with those that all but coincide pushed apart so that they can be told apart."""
    places = places.copy()
    rows = np.arange(len(places))
    # Two in the very same place have no direction: each is given a different one.
    nudge = 1e-6 * np.stack([np.cos(2.4 * rows), np.sin(2.4 * rows)], axis=1)
    for _ in range(PUSHES):
        gaps = places[:, None] + nudge[:, None] - places[None] - nudge[None]
        distances = np.linalg.norm(gaps, axis=2)
        np.fill_diagonal(distances, 1)
        missing = np.clip(LEAST_APART - distances, 0, None)
        if not missing.any():
            break
        push = (missing / distances)[:, :, None] * gaps / 2
        places = np.clip(places + push.sum(axis=1), 0, 1)
    return places


def _middle(theme: Theme, embedder: Embedder) -> np.ndarray:
    words = [text for text in (theme.name, theme.definition, *theme.phrases) if text]
    own = unit_rows(embedder.embed(words)).mean(axis=0)
    stored = stored_vectors(embedder.model_id).filter(assignments__theme=theme)
    rows = list(stored.values_list("known", flat=True)[:COMMENTS_PER_THEME])
    if not rows:
        return own
    said = unit_rows(from_bytes([bytes(row) for row in rows])).mean(axis=0)
    return WEIGHT_OF_WORDS * own + (1 - WEIGHT_OF_WORDS) * said
