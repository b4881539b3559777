"""Which periods an address can ask for."""

from datetime import date

import pytest

pytestmark = pytest.mark.django_db


def test_a_period_ends_within_the_days_a_centre_can_have(client, centre):
    client.force_login(centre.manager)
    for day in ("0001-01-01", "9999-12-31", "1989-12-31", "soon"):
        for path in ("/organisation/", f"/teams/{centre.team.pk}/", f"/people/{centre.people.agent.pk}/"):
            response = client.get(path, {"end": day})
            assert response.status_code == 200
            assert response.context["end"] is None
    assert client.get("/organisation/", {"end": "2020-03-02"}).context["end"] == date(2020, 3, 2)
