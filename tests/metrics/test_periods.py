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


@pytest.mark.parametrize(
    ("span", "last", "shown"),
    [
        ("day-84", "2023-12-30", "2023-12-30"),
        ("week-12", "2023-12-31", "2023-12-31"),  # A Sunday: its week is over.
        ("week-12", "2023-12-30", "2023-12-24"),
        ("month-13", "2023-12-31", "2023-12-31"),
        ("month-13", "2023-12-30", "2023-11-30"),
    ],
)
def test_the_day_that_is_named_is_the_last_one_shown(client, centre, span, last, shown):
    client.force_login(centre.manager)
    response = client.get("/organisation/", {"span": span, "end": last})
    assert response.context["board"].window.last_day == date.fromisoformat(shown)
    assert f'name="end" value="{last}"' in response.content.decode()
