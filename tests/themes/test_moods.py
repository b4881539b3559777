"""Moods are learnt from ratings only once a measurement on held-back comments says that it helps."""

import pytest

from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from feedback.models import FeedbackItem
from feedback.themes import moods
from feedback.themes.models import MoodLesson
from feedback.themes.reading_store import current_reader
from tests.feedback.makers import make_item, make_route
from tests.themes.makers import theme

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M5")]
PAGE = "/feedback/themes/moods/"


def measured(client):
    client.post(f"{PAGE}measure/")
    assert run_job_now(Job.objects.filter(kind="themes.moods").latest("pk").pk).status == "done"


def test_nothing_is_switched_on_before_it_is_measured(client, centre):
    client.force_login(centre.manager)
    assert "Not measured yet" in client.get(PAGE).text
    refused = client.post(f"{PAGE}switch/", {"on": "1"})
    assert (refused.status_code, "It stays off" in refused.text) == (422, True)
    make_item(centre, text="Grand.", rating=5, rating_scale=5)
    measured(client)
    assert "Too few rated comments" in client.get(PAGE).text
    assert current_reader().ratings is None


def test_what_helps_can_be_switched_on_and_off_and_all_is_read_again(client, centre):
    theme()
    first = make_item(centre, text="x", rating=5, rating_scale=5)
    words = [("The kettle sang and the tea was hot", 5), ("The kettle leaked and the tea was cold", 1)]
    FeedbackItem.objects.bulk_create(
        FeedbackItem(
            route=make_route() if not number else first.route,
            team=centre.team,
            text=f"{text} on day {number}",
            rating=rating,
            rating_scale=5,
        )
        for number in range(160)
        for text, rating in words
    )
    client.force_login(centre.manager)
    measured(client)
    lesson = MoodLesson.objects.get()
    assert lesson.is_better
    assert "It helps here" in client.get(PAGE).text
    assert current_reader().ratings is None
    for _ in range(2):
        assert client.post(f"{PAGE}switch/", {"on": "1"}).status_code == 302
    assert Job.objects.filter(kind="themes.run").count() == 1
    assert current_reader().ratings is not None
    measured(client)
    assert moods.are_switched_on()
    client.post(f"{PAGE}switch/", {"on": "0"})
    assert current_reader().ratings is None
