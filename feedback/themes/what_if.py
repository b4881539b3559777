"""What a changed taxonomy would move, tried on the newest comments by a worker. Nothing is stored.

A draft is a list of themes as they would be, each with key, name, definition and phrases; the key is the id
of a theme that exists, or a text of its own for a new one.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ccperf.jobs.services import JobRun
from feedback.models import FeedbackItem
from feedback.themes.engine.assignment import Assigner, ThemeSpec
from feedback.themes.engine.reading import read_comments
from feedback.themes.models import Correction
from feedback.themes.reading_store import current_reader, voices
from feedback.themes.vector_making import remembering

NEWEST = 2_000
BATCH = 200
SAMPLES = 5

Key = int | str


@dataclass
class Row:
    """One theme: comments before and after, and which came and went; samples only."""

    before: int = 0
    after: int = 0
    gained: int = 0
    lost: int = 0
    came: list[int] = field(default_factory=list)
    went: list[int] = field(default_factory=list)


def try_out(job: JobRun) -> dict[str, Any]:
    """Compare today's taxonomy with the draft on the same comments; what people said stands in both."""
    now = current_reader().assigner
    draft = Assigner(drafted(now.specs, job.params["draft"]), now.embedder)
    ids = list(
        FeedbackItem.objects.standing()
        .exclude(text="")
        .order_by("-received_on", "-pk")
        .values_list("pk", flat=True)[:NEWEST]
    )
    rows: dict[Key, Row] = defaultdict(Row)
    moved = 0
    for start in range(0, len(ids), BATCH):
        chunk = ids[start : start + BATCH]
        items = list(FeedbackItem.objects.filter(pk__in=chunk).only("text"))
        moved += _compare(items, now, draft, rows)
        job.progress(min(start + BATCH, len(ids)), len(ids), "comments tried")
    return {"read": len(ids), "moved": moved, "rows": {str(key): vars(row) for key, row in rows.items()}}


def drafted(specs: list[ThemeSpec], draft: list[dict[str, Any]]) -> list[ThemeSpec]:
    """The taxonomy as it would be."""
    known = {spec.key: spec for spec in specs}
    for entry in draft:
        key = entry["key"]
        words = {
            "name": entry["name"],
            "definition": entry.get("definition", ""),
            "phrases": tuple(entry.get("phrases", ())),
        }
        known[key] = replace(known[key], **words) if key in known else ThemeSpec(key=key, **words)
    return list(known.values())


def _compare(items: list[FeedbackItem], now: Assigner, draft: Assigner, rows: dict[Key, Row]) -> int:
    ids = [item.pk for item in items]
    said = voices(ids)
    read = read_comments([item.text for item in items], remembering(now.embedder, items), with_moods=False)
    clauses, vectors = [one.clauses for one in read], np.vstack([one.vectors for one in read])
    before, after = now.assign(clauses, vectors), draft.assign(clauses, vectors)
    moved = 0
    for item, old, new in zip(ids, before, after, strict=True):
        had, has = (_settled(item, {match.key for match in matches}, said) for matches in (old, new))
        moved += had != has
        for key in had | has:
            _count(rows[key], item, key in had, key in has)
    return moved


def _settled(item: int, keys: set[Key], said: dict[tuple[int, int], str]) -> set[Key]:
    right = {theme for (pk, theme), word in said.items() if pk == item and word == Correction.Verdict.RIGHT}
    wrong = {theme for (pk, theme), word in said.items() if pk == item and word == Correction.Verdict.WRONG}
    return (keys | right) - wrong


def _count(row: Row, item: int, had: bool, has: bool) -> None:
    row.before += had
    row.after += has
    if has and not had:
        row.gained += 1
        row.came = [*row.came, item][:SAMPLES]
    if had and not has:
        row.lost += 1
        row.went = [*row.went, item][:SAMPLES]
