"""The full analysis: every comment read, then new themes looked for in what fits nowhere."""

import math
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
from feedback.themes.engine.discovery import discover, match_groups
from feedback.themes.engine.embedding import from_bytes, to_bytes
from feedback.themes.likeness import items_like_corrected
from feedback.themes.map_places import places_of_themes
from feedback.themes.models import Assignment, Reading, SuggestionItem, Theme, ThemeRun, ThemeSuggestion
from feedback.themes.put_away import Found, sorted_out
from feedback.themes.quotes import by_word, shown_of
from feedback.themes.reading_store import BATCH, Reader, batches, current_reader, read_items
from feedback.themes.vector_making import embedder_in_use, hold_switches

MOST_UNPLACED = 20_000
MOST_SUGGESTIONS = 12
FEWEST_COMMENTS = 5
FEWEST_VOICES = 3
LEAST_COHESION = 0.5
KNOWN_ALREADY = 0.75
REREAD_LIMIT = 10_000

Status = ThemeSuggestion.Status
_WORD = re.compile(r"\b[^\W\d_][\w'\u2019-]*")
# Of a customer, a case or an account, whatever the sentence calls it.
_LONG_NUMBER = re.compile(r"\b\w*\d{5}\w*")


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
    texts = _without_people([item.text for item in items])
    _, groups = discover(texts, reader.embedder, grain=run.grain, seed=run.seed)
    found = []
    for group in groups:
        members = tuple(items[row] for row in group.members)
        one = Found(group, members, reader.assigner.nearest_theme(group.centroid))
        is_known = one.nearest is not None and one.nearest[1] >= KNOWN_ALREADY
        if (
            group.size >= FEWEST_COMMENTS
            and one.voices >= FEWEST_VOICES
            and group.cohesion >= LEAST_COHESION
            and not is_known
        ):
            found.append(one)
    found.sort(key=_standing_out, reverse=True)
    _store_suggestions(run, found, reader.embedder.model_id)


def _standing_out(one: Found) -> float:
    """More for what is larger, more alike and less like any theme in use."""
    return (one.group.cohesion - (one.nearest[1] if one.nearest else 0)) * math.log(one.group.size)


def _unplaced() -> list[FeedbackItem]:
    placed = Assignment.objects.filter(item=OuterRef("pk"))
    read = Reading.objects.filter(item=OuterRef("pk"), is_comment=True, language="en")
    rows = (
        FeedbackItem.objects.standing().filter(Exists(read), ~Exists(placed)).order_by("-pk")[:MOST_UNPLACED]
    )
    return sorted(rows, key=lambda item: item.pk)


def _without_people(texts: list[str]) -> list[str]:
    """The texts without names of people and what quotes hide, so that no suggestion is about a person, or
    named after one or after somebody's number.
    """
    full_names = list(Person.objects.values_list("name", flat=True))
    known = by_word(full_names)
    names = {fold(part) for name in full_names for part in name.split() if len(part) > 2}
    return [
        _WORD.sub(
            lambda match: "" if fold(match.group()) in names else match.group(),
            _LONG_NUMBER.sub("", " ".join(shown_of(text, known))),
        )
        for text in texts
    ]


@transaction.atomic
def _store_suggestions(run: ThemeRun, found: list[Found], model: str) -> None:
    """Continue earlier suggestions where the middle is the same; a dismissed one returns only if it grew.

    After a switch of vectors nothing is stored: the analysis that waits looks by the new ones.
    """
    hold_switches()
    if embedder_in_use().model_id != model:
        return
    kept = ThemeSuggestion.objects.select_for_update(of=["self"]).filter(model=model)
    known = list(kept.select_related("run").order_by("pk"))
    found, back = sorted_out(found, known)
    found = found[:MOST_SUGGESTIONS]
    others = [row for row in known if row.status != Status.DISMISSED]
    new = np.array([one.group.centroid for one in found], dtype=np.float32)
    matched = match_groups(from_bytes([row.centroid for row in others]), new)
    themes = set(Theme.objects.live().values_list("pk", flat=True))
    new_names = [one.group.name[:120] for index, one in enumerate(found) if index not in matched]
    for row, _ in back:
        row.status = Status.OPEN
    continued = [
        (others[matched[index]] if index in matched else ThemeSuggestion(model=model), one)
        for index, one in enumerate(found)
    ]
    shown, seen = 0, set()
    for row, one in [*back, *continued]:
        _update(row, one, one.nearest if one.nearest and one.nearest[0] in themes else None, run)
        row.save()
        seen.add(row.pk)
        shown += row.status == Status.OPEN
        SuggestionItem.objects.filter(suggestion=row).delete()
        SuggestionItem.objects.bulk_create(
            SuggestionItem(suggestion=row, item=item, closeness=closeness)
            for item, closeness in zip(one.items, one.group.closeness, strict=True)
        )
    ThemeSuggestion.objects.open().exclude(pk__in=seen).update(status=Status.GONE)
    ThemeRun.objects.filter(pk=run.pk).update(suggestions=shown, found_new=new_names)


def _update(row: ThemeSuggestion, one: Found, nearest: tuple[int, float] | None, run: ThemeRun) -> None:
    group = one.group
    row.name, row.phrases = group.name[:120], list(group.phrases)
    row.size, row.agents, row.cohesion = group.size, one.agents, group.cohesion
    row.first_on = min(item.received_on for item in one.items)
    row.nearest_id, row.nearness = nearest or (None, 0.0)
    row.centroid, row.run = to_bytes(group.centroid), run
    if row.status == Status.GONE:
        row.status = Status.OPEN
