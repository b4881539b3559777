from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ccperf.notify.models import Notification
from ccperf.notify.selectors import unread_count
from ccperf.notify.services import notify

pytestmark = pytest.mark.django_db


def tell(person, text="An action waits for your answer", key="a", url="/improvement/actions/"):
    return notify(person, kind="action.proposed", text=text, url=url, key=key)


def test_an_agent_reads_the_own_inbox_and_nobody_elses(client, centre):
    tell(centre.people.agent, text="For Amara")
    tell(centre.people.colleague, text="For Rhys")
    client.force_login(centre.agent)
    html = client.get(reverse("notify:inbox")).content.decode()
    assert "For Amara" in html
    assert "For Rhys" not in html
    assert unread_count(centre.agent) == 1


def test_opening_marks_as_read_and_leads_to_the_page(client, centre):
    message = tell(centre.people.agent)
    client.force_login(centre.agent)
    response = client.post(reverse("notify:notification-open", args=[message.pk]))
    assert response.headers["Location"] == "/improvement/actions/"
    message.refresh_from_db()
    assert message.read_at


def test_a_message_never_leads_out_of_the_application(client, centre):
    message = tell(centre.people.agent, url="https://elsewhere.example/")
    client.force_login(centre.agent)
    response = client.post(reverse("notify:notification-open", args=[message.pk]))
    assert response.headers["Location"] == reverse("notify:inbox")


def test_all_read_touches_only_ones_own(client, centre):
    tell(centre.people.agent)
    tell(centre.people.colleague)
    client.force_login(centre.agent)
    client.post(reverse("notify:all-read"))
    assert unread_count(centre.agent) == 0
    assert unread_count(centre.colleague) == 1


def test_the_same_thing_is_told_once(centre):
    assert tell(centre.people.agent) == tell(centre.people.agent, text="Again")
    assert Notification.objects.count() == 1


def test_messages_stand_under_their_days(client, centre):
    tell(centre.people.agent, key="new", text="A new one")
    old = tell(centre.people.agent, key="old", text="An old one")
    Notification.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=40))
    tell(centre.people.agent, key="newest", text="The newest")
    client.force_login(centre.agent)
    html = client.get(reverse("notify:inbox")).content.decode()
    stand = [html.index(words) for words in ("Today", "The newest", "A new one", "Before that", "An old one")]
    assert stand == sorted(stand)
    assert html.count("Today") == 1


def test_an_empty_inbox_says_what_comes_here(client, centre):
    client.force_login(centre.agent)
    assert "You are told here" in client.get(reverse("notify:inbox")).content.decode()
