"""Work of the theme room: reading what was saved, reading all, and learning from a correction."""

from typing import Any

from celery import shared_task

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun
from feedback.themes.kinds import ALL, LIKE_IT, MOODS, NEW, VECTORS, WHAT_IF


@job_kind(NEW, title="Themes of new comments")
def assign_new(run: JobRun) -> dict[str, Any]:
    """Read the items that were just saved or imported."""
    from feedback.themes.reading_store import batches, current_reader, read_items

    ids = run.params["items"]
    done = placed = 0
    for batch in batches(ids):
        # Themes and corrections may change meanwhile; an unchanged reader is kept.
        placed += read_items(batch, current_reader()).placed
        done += len(batch)
        run.progress(done, len(ids), "comments read")
    return {"read": done, "placed": placed}


@job_kind(ALL, title="Theme analysis of all comments")
def run_analysis(run: JobRun) -> dict[str, Any]:
    """Read every comment, then look for new themes in what fits nowhere; resumes where it stopped."""
    from feedback.themes.whole_run import analyse

    return analyse(run)


@job_kind(LIKE_IT, title="Learning from corrections")
def learn(run: JobRun) -> dict[str, Any]:
    """Read again what corrected or changed themes could gain or lose."""
    from feedback.themes.whole_run import reread

    return reread(run)


@job_kind(WHAT_IF, title="What would move")
def what_would_move(run: JobRun) -> dict[str, Any]:
    """Try a changed taxonomy on the newest comments, and store nothing but the counts."""
    from feedback.themes.what_if import try_out

    return try_out(run)


@job_kind(MOODS, title="Measuring moods learnt from ratings")
def measure_moods(run: JobRun) -> dict[str, Any]:
    """Learn from rated comments, and keep how well it does on those held back."""
    from feedback.themes.moods import keep_measurement
    from feedback.themes.reading_store import learnt_from_ratings

    head = learnt_from_ratings()
    keep_measurement(
        comments=head.comments if head else 0,
        held_back_f1=head.held_back_f1 if head else None,
        lexicon_f1=head.lexicon_f1 if head else None,
    )
    return {"comments": head.comments if head else 0}


@job_kind(VECTORS, title="Making vectors of all comments anew")
def make_vectors(run: JobRun) -> dict[str, Any]:
    """Make them beside those in use, then switch; resumes where it stopped."""
    from feedback.themes.vector_making import make_anew

    return make_anew(run)


@shared_task(name="themes.nightly", ignore_result=True)
def analyse_every_night() -> None:
    """Look for new themes in what came in since the last full analysis; nothing new, nothing to do."""
    from feedback.themes.services import start_analysis_if_new

    start_analysis_if_new()
