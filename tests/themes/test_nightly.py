"""Every night new themes are looked for, but only when something new was said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from feedback.models import FeedbackItem
from feedback.themes.kinds import ALL
from feedback.themes.tasks import analyse_every_night
from tests.feedback.makers import make_item

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M5")]


def test_nothing_was_said_and_nothing_is_done():
    analyse_every_night()
    assert not Job.objects.filter(kind=ALL).exists()


def test_something_new_was_said_since_the_last_analysis(centre):
    make_item(centre)
    Job.objects.filter(pk=enqueue(ALL).pk).update(status=Job.Status.DONE)
    FeedbackItem.objects.update(recorded_at=timezone.now() - timedelta(days=1))
    analyse_every_night()
    assert not Job.objects.filter(kind=ALL, status=Job.Status.QUEUED).exists()
    FeedbackItem.objects.update(recorded_at=timezone.now() + timedelta(seconds=1))
    analyse_every_night()
    assert Job.objects.filter(kind=ALL, status=Job.Status.QUEUED).count() == 1
