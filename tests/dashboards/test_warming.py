"""A web process is warm before its first visitor, and serves all the same when it cannot be."""

from threading import Event

import pytest
from django.db import DatabaseError

from ccperf.core.dates import today
from ccperf.dashboards import warming
from feedback.item_columns import items_of
from feedback.themes.columns import said_in
from feedback.themes.selectors import sight_of
from tests.feedback.makers import make_item

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_leisure(monkeypatch):
    """However long it takes on a busy machine, and without a change to how this process collects garbage."""
    monkeypatch.setattr(warming, "LONGEST_SECONDS", None)
    monkeypatch.setattr(warming, "collect_seldom", lambda: None)


def test_the_first_list_after_it_reads_no_item(centre, django_assert_num_queries):
    make_item(centre)
    warming.warm_up()
    user = centre.supervisor
    assert user.access.scope_team_ids
    with django_assert_num_queries(1):  # Who may read what, and whether anything changed.
        assert len(items_of(user).columns["id"]) == 1
    sight = sight_of(user)
    with django_assert_num_queries(1):
        assert said_in(sight, 26, until=today()).items == 0  # Nobody has read it for themes yet.


def test_what_cannot_be_loaded_is_said_and_does_not_keep_the_process_from_serving(monkeypatch, caplog):
    loaded = Event()

    def read_feedback():
        raise DatabaseError("no such table: feedback_daychange")

    monkeypatch.setattr(warming, "read_feedback", read_feedback)
    monkeypatch.setattr(warming, "read_themes", loaded.set)
    warming.warm_up()
    assert "no such table: feedback_daychange" in caplog.text
    assert loaded.is_set()


def test_a_database_that_does_not_answer_is_not_waited_for(monkeypatch):
    answer, ended = Event(), Event()
    monkeypatch.setattr(warming, "LONGEST_SECONDS", 0.01)
    monkeypatch.setattr(warming, "read_feedback", lambda: answer.wait(60))
    monkeypatch.setattr(warming, "read_themes", ended.set)
    warming.warm_up()
    assert not ended.is_set()  # It goes on beside the first visits.
    answer.set()
    assert ended.wait(60)
