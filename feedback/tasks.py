"""Work of the feedback room that nobody waits for."""

from celery import shared_task

from feedback.changes import fold_notes


@shared_task(name="feedback.fold_notes", ignore_result=True)
def fold() -> None:
    """Keep the notes of changed days few; on SQLite they always are."""
    fold_notes()
