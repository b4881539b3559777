"""A manager's span: signals with what may have caused them, fair comparison, and the month so far."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from ccperf.core.dates import add_months, month_start, today, week_start
from ccperf.metrics import rollups
from ccperf.metrics.alerts.services import look
from ccperf.metrics.boards import place_of_team
from ccperf.metrics.comparing import comparison
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.month_to_date import month_to_date, months_of, span_sums
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.selectors import freshness, window
from ccperf.metrics.services import write_observations
from ccperf.people.models import Span
from strategy.models import Change
from tests.factories import make_person, make_team
from tests.metrics.test_drilling import rows_at, sums
from tests.metrics.test_pages import WOBBLE, fill, page, weeks

pytestmark = pytest.mark.django_db


def so_far(places, metric):
    months = months_of(freshness())
    return month_to_date(metric, months, span_sums(places, metric, window("week", 1), months)[1])


@pytest.fixture
def span(centre):
    """Four teams of one manager; satisfaction fell in two of them when both got a new screen."""
    teams, rows = [centre.team], []
    for name in ("Anchor", "Beacon", "Compass"):
        teams.append(make_team(name, site=centre.site))
        Span.objects.create(person=centre.people.manager, team=teams[-1], starts_on=date(2020, 1, 1))
    for index, team in enumerate(teams):
        who = Scope.agent(make_person(team=team).pk)
        shift = -0.09 if index < 2 else 0
        rows.append(weeks(who, 0.85, shift=shift, since=22, metric="csat_t2b", n=400))
        rows.append(weeks(who, 0.74, n=400))
    fill(*rows)
    live = week_start(today()) - timedelta(weeks=4, days=3)
    change = Change.objects.create(
        title="Billing screen 4.2", category=Change._meta.get_field("category").choices[0][0],
        owner=centre.people.manager, nominated_by=centre.people.manager, starts_on=live, goes_live_on=live,
        ends_on=today(), status=Change.Status.LIVE,
    )  # fmt: skip
    change.teams.set(teams[:2])
    look()
    centre.teams = teams
    return centre


def test_the_span_says_what_moved_and_what_began_before_it(client, span):
    text = page(client, span.manager, "alerts:span").content.decode()
    found = text[text.index("What changed") : text.index("within normal variation")]
    assert "Customer satisfaction" in found
    assert "2 teams" in found
    assert "Billing screen 4.2" in found
    assert "3 days before the week it began: 2 of 2 teams that it reached, 0 of 2 others" in found
    assert "Net first contact" not in found  # within noise: no row, no colour
    assert "that is no proof" in text


def test_a_change_that_came_much_earlier_is_no_candidate(client, span):
    early = week_start(today()) - timedelta(weeks=9)
    Change.objects.update(starts_on=early, goes_live_on=early)
    look()
    text = page(client, span.manager, "alerts:span").content.decode()
    assert "No change or action on record began in the three weeks before" in text


def test_every_measure_of_every_team_is_a_page_and_a_file_of_its_own(client, span):
    text = page(client, span.manager, "alerts:span", view="table").content.decode()
    assert text.index(">Anchor</a>") < text.index(">Harbour</a>")
    assert "scope=team:" in text
    exported = page(client, span.manager, "alerts:span", view="table", format="csv").content.decode()
    assert exported.count("Anchor,") >= 2


def complaints(teams, counts):
    """Complaints of each team among 1,000 contacts a week, over twelve weeks."""
    first = week_start(today()) - timedelta(weeks=12)
    return [
        ObservationRow(
            first + timedelta(weeks=week), Scope.team(team.pk), "complaint_rate", count, 1000, 1000
        )
        for team, count in zip(teams, counts, strict=True)
        for week in range(12)
    ]


def test_rates_are_compared_by_a_funnel_where_every_team_is_to_expect_a_few_events(client, span):
    write_observations(complaints(span.teams, (4, 5, 4, 5)), origin="direct")
    rollups.refresh()
    look()
    text = page(client, span.manager, "alerts:span", metric="complaint_rate").content.decode()
    assert "No team differs from the others" in text
    assert "Dotted: 95% limits" in text
    exported = page(client, span.manager, "alerts:span", metric="complaint_rate", format="csv")
    row = next(line for line in exported.content.decode().splitlines() if line.startswith("Compass"))
    _, events, _, n, value, low, high, *expected, reading = row.split(",")
    assert (events, n, value, reading) == ("60.0", "12000", "0.005", "No detectable difference")
    assert [float(low) * 12_000, float(high) * 12_000] == pytest.approx([45.8, 77.2], abs=0.05)  # Byar
    assert [float(one) for one in expected] == pytest.approx([0.0033, 0.0057], abs=1e-6)  # Poisson
    write_observations(complaints(span.teams, (0.1, 0.1, 0.1, 0.5)), origin="direct")
    rollups.refresh()
    text = page(client, span.manager, "alerts:span", metric="complaint_rate").content.decode()
    assert "Too few events to compare" in text


def test_the_month_so_far_stands_beside_the_same_days_of_earlier_months(centre):
    """Whole months rise towards their end, so a comparison with them would call every month a fall."""
    who, first = Scope.agent(centre.people.agent.pk), add_months(month_start(today()), -4)
    rows, day = [], first
    while day < today():
        top = (0.70 if day.day <= 10 else 0.90) + WOBBLE[day.toordinal() % 10] / 500
        rows.append(ObservationRow(day, who, "fcr_net", top * 100, 100, 100))
        day += timedelta(days=1)
    until = add_months(today(), 0) + timedelta(days=9)
    until = until if until < today() else add_months(today(), -1) + timedelta(days=9)
    rows = [row for row in rows if row.day <= until]
    write_observations(rows, origin="direct")
    rollups.refresh()
    metric = MetricDefinition.objects.get(key="fcr_net")
    month = so_far([place_of_team(centre.team)], metric)
    assert month.last == until
    assert month.last.day == 10
    assert month.now.n == 1000
    assert {point.n for point in month.before} == {1000}
    assert all(0.69 < point.value < 0.71 for point in (month.now, *month.before))


def test_up_to_an_earlier_day_the_month_is_that_of_the_day_and_signals_are_said_to_be_of_today(client, span):
    now = page(client, span.manager, "alerts:span", metric="fcr_net").content.decode()
    assert "the signals of today" not in now
    end = month_start(today() - timedelta(weeks=8)) + timedelta(days=13)
    text = page(client, span.manager, "alerts:span", metric="fcr_net", end=end.isoformat()).content.decode()
    assert "These are the signals of today." in text
    month = text[text.index('id="h-mtd"') : text.index('id="c-t"')]
    assert f"1\xa0{end:%b}\xa0{end.year} to 14\xa0{end:%b}\xa0{end.year}" in month
    assert f"{today():%B %Y}" not in month
    later = page(client, span.manager, "alerts:span", metric="fcr_net", end=today().isoformat())
    assert "the signals of today" not in later.content.decode()


def test_the_figures_of_all_teams_together_lead_to_rows_that_add_up_to_them(client, span):
    client.force_login(span.manager)
    metric = MetricDefinition.objects.get(key="fcr_net")
    places = [place_of_team(team) for team in span.teams]
    weeks_shown = window("week", 12)
    compared = comparison(places, metric, weeks_shown, span_sums(places, metric, weeks_shown, {})[0])
    points = [(compared.total_n, compared.total_url)]
    points += [(point.n, url) for point, url in so_far(places, metric).rows]
    assert sum(n for n, _ in points) > 0
    for n, url in points:
        assert sums(rows_at(client, url))[2] == n
    client.force_login(span.agent)
    assert client.get(url).status_code == 403


def test_the_month_so_far_of_few_cases_or_few_months_claims_nothing(centre):
    metric = MetricDefinition.objects.get(key="fcr_net")
    places = [place_of_team(centre.team)]
    assert so_far(places, metric) is None
    who, day = Scope.agent(centre.people.agent.pk), month_start(today()) - timedelta(days=20)
    write_observations([ObservationRow(day, who, "fcr_net", 700, 1000, 1000)], origin="direct")
    rollups.refresh()
    assert so_far(places, metric).words.startswith("Too early to compare")


def test_a_person_stands_before_an_anonymous_band_only_when_enough_others_do(client, centre):
    own = centre.people.agent
    others = [make_person(f"Other {index}", team=centre.team) for index in range(7)]
    fill(weeks(Scope.agent(own.pk), 0.75), *(weeks(Scope.agent(other.pk), 0.7) for other in others))
    few = page(client, centre.agent, "metrics:person-detail", own.pk).content.decode()
    assert "No band of the team is shown: it takes 8 others" in few
    assert few.count('class="f-a"') == 1  # in the legend alone
    fill(weeks(Scope.agent(make_person("Other 8", team=centre.team).pk), 0.8))
    text = page(client, centre.agent, "metrics:person-detail", own.pk).content.decode()
    assert "middle half of the others" in text
    assert text.count('class="f-a"') == 2
    assert "Other 3" not in text


def test_the_measure_page_says_who_uses_it_how_it_spreads_and_how_complete_it_is(
    client, centre, django_assert_max_num_queries
):
    rows = []
    for index in range(9):
        who = Scope.agent(make_person(team=centre.team).pk)
        rows.append(weeks(who, 0.6 + index / 50))
    fill(*rows)
    client.force_login(centre.supervisor)
    address = reverse("metrics:metric-detail", args=["fcr_net"]) + "?view=data"
    client.get(address)
    with django_assert_max_num_queries(8):
        text = client.get(address).content.decode()
    assert "Half of 9 people lie between" in text
    assert "Fewer than 8 teams have cases enough" in text
    assert "12 of 12" in text
    assert "1 target" in text
    exported = client.get(address + "&format=csv").content.decode().splitlines()
    assert exported[1:] == ["Harbour,12,12,1.0"]
    figures = client.get(address.replace("data", "figures") + "&format=csv").content.decode().splitlines()
    assert len(figures) == 1 + 12
    assert figures[1].startswith("Organisation,")
    client.force_login(centre.hr)
    assert client.get(address + "&format=csv").status_code == 404  # no figures for who may see none


def test_a_measure_kept_for_the_whole_centre_is_not_called_missing_from_teams(client, centre):
    fill(weeks(Scope.organisation(), 0.06, metric="abandon_rate"))
    client.force_login(centre.supervisor)
    address = reverse("metrics:metric-detail", args=["abandon_rate"]) + "?view=data"
    text = client.get(address).content.decode()
    assert "No team has figures of this measure in these weeks" in text
    assert "0 of" not in text
    assert client.get(address + "&format=csv").status_code == 404


def test_intervals_of_teams_are_as_wide_as_the_spread_between_them(client, span):
    """Minutes are counted by the hundred thousand, but nobody keeps or breaks a schedule minute by minute."""
    first, shares = week_start(today()) - timedelta(weeks=12), (0.88, 0.90, 0.92, 0.91)
    rows = [
        ObservationRow(
            first + timedelta(weeks=week), Scope.team(team.pk), "adherence", share * 24_000, 24_000, 55
        )
        for team, share in zip(span.teams, shares, strict=True)
        for week in range(12)
    ]
    write_observations(rows, origin="direct")
    rollups.refresh()
    look()
    answer = page(client, span.manager, "alerts:span", metric="adherence")
    compared = answer.context["compared"]
    assert compared.spread > 5
    assert {row.words for row in compared.rows} == {"No detectable difference"}
    assert max(row.interval[0] for row in compared.rows) < min(row.interval[1] for row in compared.rows)
    low, high = compared.rows[0].interval
    expected_low, expected_high = compared.rows[0].expected
    assert high - low == pytest.approx(expected_high - expected_low, rel=0.1)
    assert "Limits and intervals are widened by" in answer.content.decode()


def test_teams_of_a_measure_without_limits_have_an_interval_from_their_own_weeks(client, span):
    first = week_start(today()) - timedelta(weeks=12)
    rows = [
        ObservationRow(
            first + timedelta(weeks=week),
            Scope.team(team.pk),
            "aht",
            (500 + 3 * WOBBLE[week % 10]) * 100,
            100,
            100,
        )
        for team, weeks_known in zip(span.teams, (12, 12, 12, 5), strict=True)
        for week in range(weeks_known)
    ]
    write_observations(rows, origin="direct")
    rollups.refresh()
    look()
    answer = page(client, span.manager, "alerts:span", metric="aht")
    compared = answer.context["compared"]
    *steady, short = sorted(compared.rows, key=lambda row: row.n, reverse=True)
    for row in steady:
        assert row.interval[0] < row.value < row.interval[1]
        assert 5 < row.interval[1] - row.interval[0] < 15
    assert short.interval is None
    assert {row.words for row in compared.rows} == {"Not compared"}
    text = answer.content.decode()
    assert "from how its own weeks differ" in text
    assert "Expected at this n" not in text
    assert sums(rows_at(client, compared.total_url))[2] == compared.total_n
