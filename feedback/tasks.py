"""Work of the feedback room that nobody waits for."""

from celery import shared_task

from feedback.changes import fold_notes, note_missing


@shared_task(name="feedback.fold_notes", ignore_result=True)
def fold() -> None:
    """Keep the notes of changed days few, and every day of feedback noted."""
    fold_notes()
    note_missing()
