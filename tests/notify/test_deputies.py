"""Whoever is asked to stand in is told."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ccperf.core.dates import today
from ccperf.people.services_teams import delegate


@pytest.mark.django_db
def test_a_deputy_finds_the_cover_in_the_inbox(client, centre):
    delegate(
        by=centre.supervisor,
        delegator=centre.people.supervisor,
        deputy=centre.people.stranger_supervisor,
        reason="Annual leave",
        first_day=today(),
        last_day=today() + timedelta(days=4),
    )
    client.force_login(centre.stranger_supervisor)
    inbox = client.get(reverse("notify:inbox")).content.decode()
    assert f"You stand in for {centre.people.supervisor.name}" in inbox
    assert f"to {today() + timedelta(days=4):%-d %B %Y}" in inbox
