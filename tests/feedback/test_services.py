"""What may be done with feedback, and what is kept of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.notify.models import Notification
from ccperf.people.models import Membership
from feedback import registry, services
from feedback.models import FeedbackItem
from tests.factories import make_person
from tests.feedback.makers import make_item, make_route

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M1")]


@pytest.fixture
def heard(monkeypatch):
    """The ids that listeners were told of, call by call."""
    calls: list[list[int]] = []
    monkeypatch.setattr(registry, "_listeners", [calls.append])
    return calls


def record(centre, text="Amara rang the customer back.", **fields):
    fields.setdefault("about_person", centre.people.agent)
    return services.record_feedback(by=centre.supervisor, text=text, route=make_route(), **fields)


def test_a_note_is_masked_stamped_and_told_to_whoever_listens(centre, heard):
    item = record(centre, "Card 4111 1111 1111 1111 was read out.", strength="improvement")
    assert item.text == "Card \u2022\u2022\u2022\u2022 1111 was read out."
    assert item.team == centre.team
    assert heard == [[item.pk]]
    event = AuditEvent.objects.get(event="feedback.item.recorded")
    assert event.about == centre.people.agent
    assert "1111" not in str(event.detail)


def test_the_team_is_that_of_the_day_it_was_received(centre):
    membership = Membership.objects.get(person=centre.people.agent)
    membership.ends_before = today()
    membership.save()
    Membership.objects.create(person=centre.people.agent, team=centre.other_team, starts_on=today())
    assert record(centre, received_on=today() - timedelta(days=3)).team == centre.team
    assert record(centre).team == centre.other_team


def test_a_note_about_nobody_is_allowed_but_cannot_be_shared(centre):
    item = record(centre, about_person=None, process_name="Billing screen", team=centre.team)
    assert item.process_name == "Billing screen"
    with pytest.raises(ValidationError, match="nobody to share"):
        services.share_feedback(item=item, by=centre.supervisor)
    with pytest.raises(ValidationError, match="nobody to share"):
        record(centre, about_person=None, share=True)


@pytest.mark.parametrize("text", ["", "   "])
def test_a_note_without_words_is_refused(centre, text):
    with pytest.raises(ValidationError):
        record(centre, text)
    assert FeedbackItem.objects.count() == 0


def test_a_note_of_tomorrow_is_refused(centre):
    with pytest.raises(ValidationError, match="not come yet"):
        record(centre, received_on=today() + timedelta(days=1))


def test_sharing_tells_the_subject_once(centre):
    item = make_item(centre)
    services.share_feedback(item=item, by=centre.supervisor)
    services.share_feedback(item=item, by=centre.supervisor)
    message = Notification.objects.get(person=centre.people.agent)
    assert message.text == "Priya Raghunathan shared a strength with you."
    assert [event.kind for event in item.events.all()] == ["shared"]


def test_only_the_subject_acknowledges_and_only_after_sharing(centre):
    item = make_item(centre)
    with pytest.raises(ValidationError):
        services.acknowledge_feedback(item=item, by=centre.agent)
    shared = services.share_feedback(item=item, by=centre.supervisor)
    with pytest.raises(ValidationError):
        services.acknowledge_feedback(item=shared, by=centre.colleague)
    first = services.acknowledge_feedback(item=shared, by=centre.agent)
    again = services.acknowledge_feedback(item=first, by=centre.agent)
    assert again.acknowledged_at == first.acknowledged_at is not None


def test_a_reply_and_its_answer_reach_the_other_side(centre):
    item = services.share_feedback(item=make_item(centre), by=centre.supervisor)
    item = services.reply_to_feedback(item=item, by=centre.agent, text="The screen said it was checked.")
    assert item.replied_at
    assert item.acknowledged_at
    assert Notification.objects.filter(person=centre.people.supervisor, kind="feedback.replied").count() == 1
    item = services.reply_to_feedback(item=item, by=centre.supervisor, text="Thank you, I look into it.")
    assert item.answered_at > item.replied_at
    assert Notification.objects.filter(person=centre.people.agent).count() == 2


def test_the_same_reply_sent_twice_counts_once(centre):
    item = services.share_feedback(item=make_item(centre), by=centre.supervisor)
    for _ in range(2):
        services.reply_to_feedback(item=item, by=centre.agent, text="Fine.")
    assert item.events.filter(kind="replied").count() == 1


def test_a_reply_is_masked_too(centre):
    item = services.share_feedback(item=make_item(centre), by=centre.supervisor)
    services.reply_to_feedback(item=item, by=centre.agent, text="Her NI number AB123456C was on it.")
    assert "AB123456C" not in item.events.last().text


def test_correcting_keeps_the_former_words_and_tells_a_reader(centre, heard):
    item = services.share_feedback(item=make_item(centre, text="Forgot the recap."), by=centre.supervisor)
    changed = services.update_feedback(
        item=item, by=centre.supervisor, version=item.version, text="Left out the recap."
    )
    assert changed.text == "Left out the recap."
    assert changed.events.get(kind="edited").text == "Forgot the recap."
    assert heard[-1] == [item.pk]
    assert Notification.objects.filter(
        person=centre.people.agent, text__contains="changed the words"
    ).exists()


def test_the_second_of_two_editors_is_told(centre):
    item = make_item(centre)
    services.update_feedback(item=item, by=centre.supervisor, version=1, text="First.")
    with pytest.raises(StaleEdit):
        services.update_feedback(item=item, by=centre.manager, version=1, text="Second.")
    item.refresh_from_db()
    assert item.text == "First."


def test_a_refused_correction_leaves_the_version_alone(centre):
    item = services.share_feedback(item=make_item(centre), by=centre.supervisor)
    with pytest.raises(ValidationError, match="has been shown"):
        services.update_feedback(
            item=item, by=centre.supervisor, version=item.version, about_person=centre.people.colleague
        )
    stored = FeedbackItem.objects.get(pk=item.pk)
    assert (stored.version, stored.about_person) == (item.version, centre.people.agent)


def test_moving_a_note_to_another_person_moves_its_team(centre):
    stranger = make_person("Nia Rees", team=centre.other_team)
    item = make_item(centre)
    changed = services.update_feedback(item=item, by=centre.supervisor, version=1, about_person=stranger)
    assert changed.team == centre.other_team


def test_a_withdrawn_note_stays_on_record_and_takes_nothing_more(centre):
    item = services.share_feedback(item=make_item(centre), by=centre.supervisor)
    for _ in range(2):
        item = services.withdraw_feedback(item=item, by=centre.supervisor, reason="Wrong person.")
    assert item.events.filter(kind="withdrawn").count() == 1
    assert not FeedbackItem.objects.standing().filter(pk=item.pk).exists()
    with pytest.raises(ValidationError, match="withdrawn"):
        services.reply_to_feedback(item=item, by=centre.agent, text="Why?")


def test_many_imported_items_are_stored_in_bulk(centre, heard, django_assert_max_num_queries):
    route = make_route("post_contact_sms")

    def batch(count):
        return [
            FeedbackItem(route=route, about_person=centre.people.agent, text=f"Comment {n} 4111111111111111")
            for n in range(count)
        ]

    with django_assert_max_num_queries(9):  # one of them is the lock of the audit chain on PostgreSQL
        services.record_imported(batch(10), by=centre.manager, batch_id=7)
    with django_assert_max_num_queries(20):  # SQLite takes about forty rows in one statement
        stored = services.record_imported(batch(300), by=centre.manager, batch_id=8)
    assert {item.team_id for item in stored} == {centre.team.pk}
    assert not FeedbackItem.objects.filter(text__contains="4111").exists()
    assert [len(ids) for ids in heard] == [10, 300]


def test_a_listener_registered_twice_hears_once(monkeypatch):
    monkeypatch.setattr(registry, "_listeners", [])
    calls = []

    def listener(ids):
        calls.append(ids)

    services.on_items_recorded(listener)
    services.on_items_recorded(listener)
    services.tell_items_recorded([1, 2])
    services.tell_items_recorded([])
    assert calls == [[1, 2]]
