"""The audit chain notices a changed or a removed row, and survives the erasure of a person."""

import pytest
from django.core.management import CommandError, call_command

from ccperf.audit.models import AuditEvent
from ccperf.audit.services import Entry, first_broken_event, record, record_many
from tests.factories import make_person, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M16")]


@pytest.fixture
def events():
    user, person = make_user(), make_person()
    return [record("people.person.viewed", by=user, about=person, after={"n": n}) for n in range(4)]


def test_untouched_chain_holds(events):
    assert first_broken_event() is None


def test_events_written_together_are_links_of_the_chain(events):
    people = [make_person() for _ in range(3)]
    entries = [Entry(subject=person, about=person, after={"n": 1}) for person in people]
    rows = record_many("people.person.updated", by=None, entries=entries)
    record("people.person.viewed", by=None)
    assert [row.subject_id for row in rows] == [str(person.pk) for person in people]
    assert first_broken_event() is None
    AuditEvent.objects.filter(pk=rows[1].pk).delete()
    assert first_broken_event().pk == rows[2].pk


def test_changed_row_is_noticed(events):
    AuditEvent.objects.filter(pk=events[1].pk).update(reason="altered")
    assert first_broken_event().pk == events[1].pk


def test_removed_row_is_noticed(events):
    AuditEvent.objects.filter(pk=events[1].pk).delete()
    assert first_broken_event().pk == events[2].pk


def test_erasing_a_person_keeps_the_chain(events):
    AuditEvent.objects.update(about=None, by=None, by_name="")
    assert first_broken_event() is None


def test_command_says_whether_the_chain_holds(events, capsys):
    call_command("verify_audit")
    assert "holds over 4 events" in capsys.readouterr().out
    AuditEvent.objects.filter(pk=events[2].pk).update(event="other.thing.done")
    with pytest.raises(CommandError, match="breaks at event"):
        call_command("verify_audit")
