"""The full analysis: every comment read, then new themes looked for in what fits nowhere."""

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef
from django.utils import timezone

from ccperf.jobs.models import Job
from ccperf.jobs.services import JobRun
from ccperf.people.models import Person
from ccperf.privacy.masking import fold
from feedback.models import FeedbackItem
from feedback.themes.engine.discovery import Group, discover, match_groups
from feedback.themes.engine.embedding import from_bytes, to_bytes
from feedback.themes.likeness import items_like_corrected
from feedback.themes.map_places import places_of_themes
from feedback.themes.models import Assignment, Reading, SuggestionItem, Theme, ThemeRun, ThemeSuggestion
from feedback.themes.reading_store import BATCH, Reader, batches, current_reader, read_items
from feedback.themes.vector_making import embedder_in_use, hold_switches

MOST_UNPLACED = 20_000
MOST_SUGGESTIONS = 12
FEWEST_COMMENTS = 5
FEWEST_PEOPLE = 3
LEAST_COHESION = 0.5
KNOWN_ALREADY = 0.75
GROWN = 1.5
REREAD_LIMIT = 10_000

Status = ThemeSuggestion.Status
_WORD = re.compile(r"\b[^\W\d_][\w'\u2019-]*")


def analyse(job: JobRun) -> dict[str, Any]:
    """Run or resume the analysis of this job.

    Every batch is stored together with how far the run is, so a killed worker costs one batch and nothing is
    counted twice.
    """
    run, _ = ThemeRun.objects.get_or_create(
        job=job.job,
        defaults={
            "grain": job.params.get("grain", "medium"),
            "seed": job.params.get("seed", 1),
            "model": embedder_in_use().model_id,
        },
    )
    reader = current_reader()
    waiting = FeedbackItem.objects.standing().exclude(text="")
    total = waiting.count()
    done = waiting.filter(pk__lte=run.last_item_id).count()
    job.progress(done, total, "comments read")
    while batch := list(waiting.filter(pk__gt=run.last_item_id).order_by("pk")[:BATCH]):
        # Themes and corrections may change while the run goes on; an unchanged reader is kept.
        reader = current_reader()
        _read_batch(run, batch, reader)
        done += len(batch)
        job.progress(min(done, total), total, "comments read")
    job.progress(total, total, "looking for new themes")
    look_for_new_themes(run, reader)
    ThemeRun.objects.filter(pk=run.pk).update(
        finished_at=timezone.now(),
        taxonomy=reader.taxonomy,
        sizes=_sizes(),
        places=places_of_themes(),
    )
    run.refresh_from_db()
    return {
        "comments": run.comments,
        "placed": run.placed,
        "suggestions": run.suggestions,
        "sentence": f"{run.comments:,} comments read, {run.placed:,} carry a theme, "
        f"{run.suggestions:,} suggestions for new themes.",
    }


@transaction.atomic
def _read_batch(run: ThemeRun, batch: list[FeedbackItem], reader: Reader) -> None:
    counts = read_items(batch, reader)
    kept = ThemeRun.objects.select_for_update().get(pk=run.pk)
    ThemeRun.objects.filter(pk=run.pk).update(
        gained=_added(kept.gained, counts.gained),
        lost=_added(kept.lost, counts.lost),
        last_item_id=batch[-1].pk,
        comments=F("comments") + counts.comments,
        placed=F("placed") + counts.placed,
        changed=F("changed") + counts.changed,
    )
    run.last_item_id = batch[-1].pk


def _added(kept: dict[str, int], more: Counter[int]) -> dict[str, int]:
    """Counts by theme as JSON keeps them, which knows text keys only."""
    return dict(Counter(kept) + Counter({str(theme): count for theme, count in more.items()}))


def _sizes() -> dict[str, int]:
    rows = Theme.objects.live().annotate(comments=Count("assignments")).values_list("pk", "comments")
    return {str(pk): comments for pk, comments in rows}


def reread(job: JobRun) -> dict[str, Any]:
    """Read again what corrections, or with ``all`` a change of the tree, may have changed.

    After corrections these are the comments nearest to them; after a change of the tree the newest comments,
    up to a limit that keeps it well within a minute. The rest follows with the next whole analysis.
    """
    if job.params.get("all"):
        waiting = FeedbackItem.objects.standing().exclude(text="").order_by("-pk")
        ids = list(waiting.values_list("pk", flat=True)[:REREAD_LIMIT])
    else:
        ids = items_like_corrected(_learnt_until(job.job))
    done = changed = 0
    for batch in batches(ids):
        # After a further change another such job runs beside this one: neither may read by an old tree.
        changed += read_items(batch, current_reader()).changed
        done += len(batch)
        job.progress(done, len(ids), "comments read again")
    return {"read": done, "changed": changed}


def _learnt_until(job: Job) -> datetime:
    """When the last such job began; what was said before that is known already."""
    before = Job.objects.filter(kind=job.kind, status=Job.Status.DONE, pk__lt=job.pk)
    return before.aggregate(last=Max("started_at"))["last"] or job.created_at - timedelta(days=1)


# ---- new themes


def look_for_new_themes(run: ThemeRun, reader: Reader) -> None:
    """Group what fits nowhere and keep the groups that are large, alike and unlike what is known."""
    items = _unplaced()
    texts = _without_names([item.text for item in items])
    _, groups = discover(texts, reader.embedder, grain=run.grain, seed=run.seed)
    found = []
    for group in groups:
        people = len({_giver(items[row]) for row in group.members})
        nearest = reader.assigner.nearest_theme(group.centroid)
        is_known = nearest is not None and nearest[1] >= KNOWN_ALREADY
        if (
            group.size >= FEWEST_COMMENTS
            and people >= FEWEST_PEOPLE
            and group.cohesion >= LEAST_COHESION
            and not is_known
        ):
            found.append((group, people, nearest))
    found.sort(key=lambda row: -(row[0].cohesion - (row[2][1] if row[2] else 0)) * np.log(row[0].size))
    _store_suggestions(run, found[:MOST_SUGGESTIONS], items, reader.embedder.model_id)


def _unplaced() -> list[FeedbackItem]:
    placed = Assignment.objects.filter(item=OuterRef("pk"))
    read = Reading.objects.filter(item=OuterRef("pk"), is_comment=True, language="en")
    rows = (
        FeedbackItem.objects.standing().filter(Exists(read), ~Exists(placed)).order_by("-pk")[:MOST_UNPLACED]
    )
    return sorted(rows, key=lambda item: item.pk)


def _without_names(texts: list[str]) -> list[str]:
    """The texts without names of people, so that no suggestion is about a person or named after one."""
    parts = {part for name in Person.objects.values_list("name", flat=True) for part in name.split()}
    names = {fold(part) for part in parts if len(part) > 2}
    return [
        _WORD.sub(lambda match: "" if fold(match.group()) in names else match.group(), text) for text in texts
    ]


def _giver(item: FeedbackItem) -> tuple[str, int]:
    """Whom a comment counts for: the person it is about, else the comment itself."""
    return ("person", item.about_person_id) if item.about_person_id else ("item", item.pk)


@transaction.atomic
def _store_suggestions(
    run: ThemeRun,
    found: list[tuple[Group, int, tuple[int, float] | None]],
    items: list[FeedbackItem],
    model: str,
) -> None:
    """Continue earlier suggestions where the middle is the same; a dismissed one returns only if it grew.

    After a switch of vectors nothing is stored: the analysis that waits looks by the new ones.
    """
    hold_switches()
    if embedder_in_use().model_id != model:
        return
    known = list(ThemeSuggestion.objects.select_for_update().filter(model=model).order_by("pk"))
    new = np.stack([group.centroid for group, _, _ in found]) if found else np.zeros((0, 1), dtype=np.float32)
    matched = match_groups(from_bytes([row.centroid for row in known]), new)
    themes = set(Theme.objects.live().values_list("pk", flat=True))
    shown, seen = 0, set()
    new_names = [group.name[:120] for index, (group, _, _) in enumerate(found) if index not in matched]
    for index, (group, people, nearest) in enumerate(found):
        row = known[matched[index]] if index in matched else ThemeSuggestion(status=Status.OPEN, model=model)
        _update(row, group, people, nearest if nearest and nearest[0] in themes else None, items, run)
        row.save()
        seen.add(row.pk)
        shown += row.status == Status.OPEN
        SuggestionItem.objects.filter(suggestion=row).delete()
        SuggestionItem.objects.bulk_create(
            SuggestionItem(suggestion=row, item=items[member], closeness=closeness)
            for member, closeness in zip(group.members, group.closeness, strict=True)
        )
    ThemeSuggestion.objects.open().exclude(pk__in=seen).update(status=Status.GONE)
    ThemeRun.objects.filter(pk=run.pk).update(suggestions=shown, found_new=new_names)


def _update(
    row: ThemeSuggestion,
    group: Group,
    people: int,
    nearest: tuple[int, float] | None,
    items: list[FeedbackItem],
    run: ThemeRun,
) -> None:
    row.name, row.phrases = group.name[:120], list(group.phrases)
    row.size, row.agents, row.cohesion = group.size, people, group.cohesion
    row.first_on = min(items[member].received_on for member in group.members)
    row.nearest_id, row.nearness = nearest or (None, 0.0)
    row.centroid, row.run = to_bytes(group.centroid), run
    has_grown = row.status == Status.DISMISSED and row.size >= GROWN * row.decided_size
    if has_grown or row.status == Status.GONE:
        row.status = Status.OPEN
