"""Switching on that moods are learnt from ratings, once a measurement says that it helps. Loads no engine."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.people.models import User
from feedback.services import name_of
from feedback.themes.kinds import MOODS
from feedback.themes.models import MoodLesson
from feedback.themes.services import start_analysis


def are_switched_on() -> bool:
    """Whether moods are learnt from ratings here."""
    return bool(MoodLesson.objects.values_list("switched_on", flat=True).first())


def measure(*, by: User | None) -> Job:
    """Have it measured; a second press finds the job that waits."""
    return enqueue(MOODS, by=by, key=MOODS)


@transaction.atomic
def keep_measurement(*, comments: int, held_back_f1: float | None, lexicon_f1: float | None) -> MoodLesson:
    """Store a measurement. What was on stays on while it still helps."""
    lesson = MoodLesson(comments=comments, held_back_f1=held_back_f1, lexicon_f1=lexicon_f1)
    before = MoodLesson.objects.select_for_update().first()
    if before and before.switched_on and lesson.is_better:
        lesson.switched_on, lesson.switched_at = True, before.switched_at
        lesson.switched_by_name = before.switched_by_name
    lesson.save()
    return lesson


@transaction.atomic
def switch(*, on: bool, by: User) -> None:
    """Use what ratings teach, or no longer; all comments are read again. Safe to repeat.

    Raises ValidationError when no measurement says that it helps.
    """
    lesson = MoodLesson.objects.select_for_update().first()
    if on and (lesson is None or not lesson.is_better):
        raise ValidationError("It did no better than the lexicon on comments held back. It stays off.")
    if lesson is None or lesson.switched_on == on:
        return
    lesson.switched_on, lesson.switched_by_name, lesson.switched_at = on, name_of(by), timezone.now()
    lesson.save()
    record("themes.moods.switched", by=by, subject=lesson, after={"on": on})
    start_analysis(by=by)
