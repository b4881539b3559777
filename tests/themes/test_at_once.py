"""Readings that are stored while somebody else writes: asked of PostgreSQL, which lets writers meet."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from feedback.themes import bulk, curating, reading_store, services
from feedback.themes.models import Assignment, Theme
from tests.themes.makers import PROMISE, RUDE, WAIT, keys_of, make_read_item, read, theme

pytestmark = [
    pytest.mark.criterion("M5"),
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
]
LONG_ENOUGH = 0.5


@pytest.fixture
def beside(monkeypatch):
    """Starts reading items in another thread, and returns once that is half-way through its transaction."""
    pool, begun, finished = ThreadPoolExecutor(1), Event(), Event()
    whole = reading_store._assignments

    def halting(*args):
        if not begun.is_set():
            begun.set()
            finished.wait(LONG_ENOUGH)
        return whole(*args)

    def in_thread(step: Callable, *args) -> None:
        try:
            step(*args)
        finally:
            connection.close()

    def start(*items) -> Future:
        monkeypatch.setattr(reading_store, "_assignments", halting)
        reading = pool.submit(in_thread, read, *items)
        assert begun.wait(10)
        return reading

    yield start, finished
    finished.set()
    pool.shutdown()


def test_a_theme_merged_while_a_batch_is_stored_keeps_nothing(centre, beside):
    start, finished = beside
    item = make_read_item(centre, PROMISE)
    reading = start(item)
    curating.merge_theme(theme=theme("ownership"), into=theme("clarity"), by=centre.manager)
    finished.set()
    reading.result(10)
    assert keys_of(item) == {"clarity"}
    assert not Assignment.objects.filter(theme=theme("ownership")).exists()


def test_a_comment_read_by_two_jobs_at_once_is_stored_once(centre, beside):
    start, finished = beside
    item = make_read_item(centre, WAIT)
    reading = start(item)
    read(item)
    finished.set()
    reading.result(10)
    assert keys_of(item) == {"wait_access"}
    assert item.segments.count() == 1


def test_what_is_said_while_a_batch_is_stored_stands(centre, beside):
    start, finished = beside
    items = [make_read_item(centre, text) for text in (WAIT, RUDE)]
    reading = start(*items)
    pairs = [(items[0].pk, theme().pk), (items[1].pk, theme("empathy_tone").pk)]
    bulk.say_of_many(user=centre.supervisor, pairs=pairs, what="move", to=theme("listening"))
    services.confirm_theme(item=items[1], theme=theme("clarity"), by=centre.supervisor)
    finished.set()
    reading.result(10)
    assert [keys_of(item) for item in items] == [{"listening"}, {"listening", "clarity"}]


@pytest.fixture
def merged_beside(centre):
    """Does a step in another thread while a merge, begun before it, is not yet committed; what it raised."""
    pool = ThreadPoolExecutor(1)

    def in_thread(step: Callable) -> None:
        try:
            step()
        finally:
            connection.close()

    def meet(merged: Theme, into: Theme, step: Callable) -> BaseException | None:
        with transaction.atomic():
            curating.merge_theme(theme=merged, into=into, by=centre.manager)
            stepping = pool.submit(in_thread, step)
            wait([stepping], LONG_ENOUGH)
        return stepping.exception(10)

    yield meet
    pool.shutdown()


def test_what_is_taken_back_while_its_theme_is_merged_leaves_nothing_there(centre, merged_beside):
    item, ownership = make_read_item(centre, PROMISE), theme("ownership")
    for person in (centre.manager, centre.supervisor):
        services.confirm_theme(item=item, theme=ownership, by=person)
    error = merged_beside(
        ownership,
        theme("clarity"),
        lambda: services.take_back(item=item, theme=ownership, by=centre.supervisor),
    )
    assert isinstance(error, ValidationError)
    assert keys_of(item) == {"clarity"}


def test_no_theme_comes_below_one_that_is_merged_meanwhile(centre, merged_beside):
    ownership, empathy = theme("ownership"), theme("empathy_tone")
    steps = [
        lambda: curating.create_theme(
            by=centre.manager, name="Call-backs", attribution="process", parent=ownership
        ),
        lambda: curating.update_theme(theme=empathy, by=centre.manager, version=1, parent=ownership),
    ]
    for step in steps:
        error = merged_beside(theme("ownership"), theme("clarity"), step)
        assert isinstance(error, ValidationError)
        assert "no longer in use" in str(error)
        curating.undo_merge(theme=theme("ownership"), by=centre.manager)
    assert not ownership.children.exists()
