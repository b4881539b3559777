"""Making the vectors of all comments anew for another model, while the present ones stay in use.

For workers only. What is known is never made twice: a stored vector of the model in use is read back.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import BinaryField, Case, F, Q, QuerySet, When
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.jobs.models import Job
from ccperf.jobs.services import JobFailed, JobRun, enqueue
from feedback.models import FeedbackItem
from feedback.themes.engine.embedding import (
    Embedder,
    EngineUnavailable,
    from_bytes,
    load_embedder,
    to_bytes,
    unit_rows,
)
from feedback.themes.engine.text import digest
from feedback.themes.kinds import ALL
from feedback.themes.models import Segment, SuggestionItem, ThemeSuggestion, VectorSwitch
from feedback.themes.moods import are_switched_on, measure
from feedback.themes.vectors import Kind, are_installed, kind_in_use

BATCH = 200


def embedder_in_use() -> Embedder:
    """The vectors switched to; the static ones while the packages of the others are missing."""
    kind = kind_in_use()
    return load_embedder(kind if are_installed(kind) else Kind.STATIC)


def hold_switches() -> None:
    """No switch of vectors ends before the caller's transaction does."""
    list(VectorSwitch.objects.select_for_update())


def stored_vectors(model: str) -> QuerySet[Segment]:
    """Parts of standing comments that have a vector of this model, as ``known``."""
    has_one = Q(model=model, vector__isnull=False) | Q(spare_model=model, spare_vector__isnull=False)
    known = Case(When(model=model, then=F("vector")), default=F("spare_vector"), output_field=BinaryField())
    return Segment.objects.filter(has_one, item__withdrawn_at__isnull=True).annotate(known=known)


class Remembering:
    """An embedder that looks up what is stored of some comments before it makes a vector."""

    def __init__(self, embedder: Embedder, known: dict[str, np.ndarray]) -> None:
        self.model_id, self.dimensions = embedder.model_id, embedder.dimensions
        self._embedder, self._known = embedder, known

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        unknown = [text for text in dict.fromkeys(texts) if text not in self._known]
        made = dict(zip(unknown, self._embedder.embed(unknown), strict=True))
        rows = [self._known.get(text, made.get(text)) for text in texts]
        return np.stack(rows) if rows else self._embedder.embed([])


def remembering(embedder: Embedder, items: Iterable[FeedbackItem]) -> Embedder:
    """The embedder with what is stored of these items; static vectors are made faster than looked up."""
    if embedder.model_id == load_embedder(Kind.STATIC).model_id:
        return embedder
    texts = {item.pk: item.text for item in items}
    stored = stored_vectors(embedder.model_id).filter(item__in=texts)
    rows = [
        (texts[item][start:end], bytes(known))
        for item, start, end, known, read in stored.values_list(
            "item_id", "start", "end", "known", "item__reading__text_digest"
        )
        if read == digest(texts[item])
    ]
    vectors = unit_rows(from_bytes([known for _, known in rows]))
    return Remembering(embedder, dict(zip([part for part, _ in rows], vectors, strict=True)))


def make_anew(job: JobRun) -> dict[str, Any]:
    """Make the missing vectors, then use them from one moment to the next, and have all comments read.

    Each batch is kept at once, so a killed worker costs one batch. Raises JobFailed when the packages are
    missing in this worker.
    """
    kind = job.params["kind"]
    try:
        embedder = load_embedder(kind)
    except EngineUnavailable as missing:
        raise JobFailed(
            "The packages of these vectors are not installed where the workers run. "
            "When they are there, and the workers started again, try again."
        ) from missing
    total = Segment.objects.filter(item__withdrawn_at__isnull=True).count()
    while made := _one_pass(job, embedder, total):
        # Comments that were read meanwhile have no such vector yet.
        VectorSwitch.objects.filter(job=job.job).update(made=F("made") + made)
    middles = _middles_of_suggestions(embedder)
    with transaction.atomic():
        hold_switches()
        ending = VectorSwitch.objects.filter(job=job.job, finished_at=None)
        if ending.update(finished_at=timezone.now()):
            ThemeSuggestion.objects.bulk_update(middles, ["centroid", "model"])
            # What an analysis, or another switch, stored by other vectors meanwhile.
            late = _middles_of_suggestions(embedder)
            ThemeSuggestion.objects.bulk_update(late, ["centroid", "model"])
            _have_all_read(job.job, kind)
    return {"sentence": "All comments are compared by the new vectors now, and are read again."}


# ---- inside


def _have_all_read(job: Job, kind: str) -> None:
    """Whether moods learnt from ratings still help is measured first: they are learnt anew, too."""
    if are_switched_on():
        measure(by=job.created_by)
    enqueue(ALL, {"grain": "medium", "seed": 1}, by=job.created_by, key=ALL)
    record("themes.vectors.switched", by=job.created_by, subject=job, after={"kind": kind})


def _one_pass(job: JobRun, embedder: Embedder, total: int) -> int:
    """Make the vectors that are missing, in order; returns how many were."""
    last = made = 0
    has_one = Q(model=embedder.model_id) | Q(spare_model=embedder.model_id)
    missing = Segment.objects.filter(item__withdrawn_at__isnull=True).exclude(has_one)
    done = total - missing.count()
    while batch := list(missing.filter(pk__gt=last).select_related("item").order_by("pk")[:BATCH]):
        vectors = embedder.embed([segment.item.text[segment.start : segment.end] for segment in batch])
        for segment, vector in zip(batch, vectors, strict=True):
            segment.spare_vector, segment.spare_model = to_bytes(vector), embedder.model_id
        Segment.objects.bulk_update(batch, ["spare_vector", "spare_model"])
        last, made = batch[-1].pk, made + len(batch)
        job.progress(min(done + made, total), total, "parts of comments")
    return made


def _middles_of_suggestions(embedder: Embedder) -> list[ThemeSuggestion]:
    """Suggestions with their middle by the new vectors, so that a dismissed one does not come back."""
    found = list(ThemeSuggestion.objects.exclude(model=embedder.model_id))
    for suggestion in found:
        members = SuggestionItem.objects.filter(suggestion=suggestion).values_list("item__text", flat=True)
        vectors = embedder.embed(list(members) or [suggestion.name])
        suggestion.centroid = to_bytes(unit_rows(vectors.mean(axis=0, keepdims=True))[0])
        suggestion.model = embedder.model_id
    return found
