"""Work of the theme room: reading what was saved, reading all, and learning from a correction."""

from typing import Any

from celery import shared_task

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun
from feedback.themes.kinds import ALL, LIKE_IT, NEW


@job_kind(NEW, title="Themes of new comments")
def assign_new(run: JobRun) -> dict[str, Any]:
    """Read the items that were just saved or imported."""
    from feedback.themes.reading_store import batches, current_reader, read_items

    ids = run.params["items"]
    reader = current_reader()
    done = placed = 0
    for batch in batches(ids):
        placed += read_items(batch, reader).placed
        done += len(batch)
        run.progress(done, len(ids), "comments read")
    return {"read": done, "placed": placed}


@job_kind(ALL, title="Theme analysis of all comments")
def run_analysis(run: JobRun) -> dict[str, Any]:
    """Read every comment, then look for new themes in what fits nowhere; resumes where it stopped."""
    from feedback.themes.whole_run import analyse

    return analyse(run)


@job_kind(LIKE_IT, title="Learning from a correction")
def learn(run: JobRun) -> dict[str, Any]:
    """Read again what a corrected or changed theme could gain or lose."""
    from feedback.themes.whole_run import reread_for_theme

    return reread_for_theme(run)


@shared_task(name="themes.nightly", ignore_result=True)
def analyse_every_night() -> None:
    """Look for new themes in what came in since the last full analysis; nothing new, nothing to do."""
    from feedback.themes.services import start_analysis_if_new

    start_analysis_if_new()
