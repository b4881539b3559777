"""Which periods an address can ask for."""

from datetime import date, timedelta

import pytest

from ccperf.core.dates import today
from ccperf.metrics.scopes import ObservationRow, Scope
from tests.metrics.test_pages import fill

pytestmark = pytest.mark.django_db


def test_a_period_ends_within_the_days_a_centre_can_have(client, centre):
    client.force_login(centre.manager)
    for day in ("0001-01-01", "9999-12-31", "1989-12-31", "soon"):
        for path in ("/organisation/", f"/teams/{centre.team.pk}/", f"/people/{centre.people.agent.pk}/"):
            response = client.get(path, {"end": day})
            assert response.status_code == 200
            assert response.context["end"] is None
    assert 'value="2020-03-02"' in client.get("/organisation/", {"end": "2020-03-02"}).content.decode()


@pytest.mark.parametrize(
    ("span", "end", "last"),
    [("month-13", "2020-07-31", date(2020, 7, 1)), ("month-13", "2020-07-30", date(2020, 6, 1)),
     ("week-12", "2020-03-08", date(2020, 3, 2)), ("week-12", "2020-03-07", date(2020, 2, 24)),
     ("day-84", "2020-03-08", date(2020, 3, 8))],
)  # fmt: skip
def test_up_to_a_day_includes_it(client, centre, span, end, last):
    client.force_login(centre.manager)
    board = client.get("/organisation/", {"span": span, "end": end}).context["board"]
    assert board.window.starts[-1] == last


@pytest.mark.parametrize("ahead", [0, 1, 25])
def test_a_week_or_month_that_runs_is_never_shown_as_whole(client, centre, ahead):
    client.force_login(centre.manager)
    end = (today() + timedelta(days=ahead)).isoformat()
    for span in ("week-12", "month-13"):
        board = client.get("/organisation/", {"span": span, "end": end}).context["board"]
        assert board.window.end <= today()


def test_figures_of_this_month_alone_are_one_press_away(client, centre):
    agent = Scope.agent(centre.people.agent.pk)
    fill([ObservationRow(today(), agent, "fcr_net", 150, 200, 200)])
    client.force_login(centre.manager)
    page = centre.team.get_absolute_url()
    link = f"?span=day-84&end={today()}"
    assert link.replace("&", "&amp;") in client.get(page).content.decode()
    assert client.get(f"{page}{link}").context["board"].readings[0].points[-1].start == today()
