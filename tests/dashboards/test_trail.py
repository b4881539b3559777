"""The privacy officer's trail: words, filters in the address, pages, files."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ccperf.audit.models import AuditEvent
from ccperf.audit.services import record
from ccperf.audit.words import event_words

pytestmark = pytest.mark.django_db
HOME = reverse("dashboards:home")


def shown(client, **asked):
    return [event.event for event in client.get(HOME, asked).context["page"].object_list]


@pytest.mark.criterion("M16")
def test_the_trail_is_narrowed_by_what_stands_in_the_address(client, centre):
    record("people.person.viewed", by=centre.hr, about=centre.people.agent)
    record("metrics.target.set", by=centre.manager)
    client.force_login(centre.privacy_officer)
    assert shown(client) == ["metrics.target.set", "people.person.viewed"]
    assert shown(client, room="people") == ["people.person.viewed"]
    assert shown(client, who=centre.people.agent.name[:4].lower()) == ["people.person.viewed"]
    assert shown(client, who=str(centre.manager)) == ["metrics.target.set"]
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert shown(client, start=tomorrow.isoformat()) == []
    assert len(shown(client, end=timezone.localdate().isoformat())) == 2
    page = client.get(HOME, {"start": "31st of May"})
    assert page.context["form"].errors["start"]
    assert "Person’s record opened to read" in client.get(HOME).text
    assert "people.person.viewed" not in client.get(HOME).text


def test_a_long_trail_has_pages_and_its_file_is_recorded(client, centre):
    for _ in range(60):
        record("people.roles.changed", by=centre.admin, about=centre.people.agent)
    client.force_login(centre.privacy_officer)
    assert len(shown(client)) == 50
    assert len(shown(client, page=2)) == 10
    answer = client.get(HOME, {"room": "people", "format": "csv"})
    assert len(answer.content.decode("utf-8-sig").strip().splitlines()) == 61
    assert AuditEvent.objects.latest("pk").event == "audit.trail.exported"
    client.force_login(centre.admin)
    assert "Roles changed" not in client.get(HOME, {"room": "people", "format": "csv"}).text


def test_every_event_reads_as_words():
    assert event_words("improvement.check_in.recorded") == "Check-in of an action recorded"
    assert event_words("people.account.deactivated") == "Account shut"
