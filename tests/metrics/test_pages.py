"""Pages of figures: what they say, who sees whose, and that noise stays quiet."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today, week_start
from ccperf.metrics import rollups
from ccperf.metrics.alerts.models import Alert
from ccperf.metrics.alerts.services import look
from ccperf.metrics.boards import board, place_of_organisation, place_of_person, place_of_team
from ccperf.metrics.models import MetricDefinition, MetricTarget
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.services import write_observations
from ccperf.metrics.terms import MetricVersion
from ccperf.people.models import Membership, Span
from improvement.models import ImprovementAction
from strategy.models import Change
from tests.access_rules.strategy import make_change
from tests.factories import make_person, make_team
from tests.improvement.makers import agree, propose
from tests.test_query_budget import BOUNDARIES

pytestmark = pytest.mark.django_db
WOBBLE = (0, 3, -2, 1, -3, 2, 0, -1, 3, -2)


def weeks(scope, level, *, count=26, shift=0, since=20, metric="fcr_net", n=200, lag=0):
    """One figure a week on a Wednesday; ``shift`` is added from week ``since`` on."""
    first = week_start(today()) - timedelta(weeks=count + lag)
    return [
        ObservationRow(
            first + timedelta(weeks=index, days=2),
            scope,
            metric,
            (level + WOBBLE[index % 10] / 200 + (shift if index >= since else 0)) * n,
            n,
            n,
        )
        for index in range(count)
    ]


def fill(*rows):
    write_observations([row for part in rows for row in part], origin="direct")
    rollups.refresh()


def page(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(name, args=args), query)


@pytest.fixture
def figures(centre):
    """Team Harbour fell in satisfaction six weeks ago; first contact resolution is steady."""
    agent, stranger = centre.people.agent, centre.people.stranger_agent
    fill(
        weeks(Scope.agent(agent.pk), 0.75),
        weeks(Scope.agent(agent.pk), 0.85, shift=-0.08, metric="csat_t2b"),
        weeks(Scope.agent(stranger.pk), 0.75),
    )
    return centre


def test_the_team_page_tells_signal_from_noise(client, figures):
    answer = page(client, figures.supervisor, "metrics:team-detail", figures.team.pk)
    text = answer.content.decode()
    assert "One measure needs a look" in text
    assert "Concern, falling" in text
    assert "Within normal variation" in text
    assert text.count('<svg class="plot') >= 2
    assert "below the usual" in text


def test_every_chart_has_the_same_as_a_table(client, figures):
    answer = page(client, figures.supervisor, "metrics:team-detail", figures.team.pk, view="table")
    text = answer.content.decode()
    assert "Latest week as a table" in text
    assert "Every week" in text
    assert '<svg class="plot' not in text
    assert text.count("at least 70.0%") == 1


def test_the_export_gives_every_period_with_its_parts(client, figures):
    answer = page(
        client, figures.supervisor, "metrics:team-detail", figures.team.pk, format="csv", span="week-26"
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 52
    first = next(row for row in rows if row["Key"] == "fcr_net")
    assert float(first["Value"]) == pytest.approx(float(first["Numerator"]) / float(first["Denominator"]))
    assert {row["State"] for row in rows if row["Key"] == "csat_t2b"} == {"normal", "worse"}
    assert (
        page(client, figures.supervisor, "metrics:team-detail", figures.team.pk, format="xlsx").content[:2]
        == b"PK"
    )


def test_the_running_week_is_never_compared(client, centre):
    agent = Scope.agent(centre.people.agent.pk)
    running = ObservationRow(week_start(today()), agent, "fcr_net", 0, 500, 500)
    fill(weeks(agent, 0.75), [running])
    text = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk).content.decode()
    assert "Nothing beyond normal variation" in text


def test_figures_below_the_minimum_n_are_words_not_points(client, centre):
    fill(weeks(Scope.agent(centre.people.agent.pk), 0.75, n=8))
    text = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk).content.decode()
    assert "Not enough data: at most n" in text
    assert '<svg class="plot"' not in text


def test_limits_are_drawn_from_the_first_figure_on_not_from_the_edge_of_the_window(client, centre):
    few = weeks(Scope.team(centre.team.pk), 0.7, count=24, n=5)[:4]
    fill(few, weeks(Scope.team(centre.team.pk), 0.7, count=20))
    shown = page(
        client, centre.supervisor, "metrics:team-detail", centre.team.pk, span="week-52", view="table"
    )
    [reading] = shown.context["board"].readings
    first = week_start(today()) - timedelta(weeks=20)
    assert [limits.start for limits in reading.chart.limits] == [first]
    assert reading.since == first


def test_measures_without_a_chart_stand_behind_those_with_one(client, centre):
    few, many = "acw", "transfer_rate"
    agent = Scope.agent(centre.people.agent.pk)
    fill(weeks(agent, 60, metric=few, n=5), weeks(agent, 0.2, metric=many))
    shown = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk, view="table").context[
        "board"
    ]
    assert [one.metric.key for one in shown.readings] == [many, few]


def test_thin_weeks_are_read_by_month(client, centre):
    fill(weeks(Scope.agent(centre.people.agent.pk), 0.75, n=20, count=70))
    text = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk).content.decode()
    assert "by month" in text


def test_old_data_are_found_when_the_last_weeks_are_empty(client, figures):
    agent = make_person(team=figures.team)
    fill(weeks(Scope.agent(agent.pk), 0.75, lag=60))
    text = page(client, figures.supervisor, "metrics:person-detail", agent.pk).content.decode()
    assert "No figures in these weeks" in text
    month = (week_start(today()) - timedelta(weeks=61)).replace(day=1)
    assert f"{month:%B %Y}" in text or "Show the newest figures" in text


def test_agents_see_their_own_figures_and_nobody_elses(client, figures):
    own = page(client, figures.agent, "metrics:person-detail", figures.people.agent.pk)
    assert "My figures" in own.content.decode()
    assert (
        page(client, figures.colleague, "metrics:person-detail", figures.people.agent.pk).status_code == 404
    )
    assert page(client, figures.hr, "metrics:person-detail", figures.people.agent.pk).status_code == 403
    assert page(client, figures.agent, "metrics:team-detail", figures.team.pk).status_code == 403


def test_a_measure_of_teams_is_not_shown_of_a_person(client, centre):
    agent = Scope.agent(centre.people.agent.pk)
    fill(weeks(agent, 0.8, metric="occupancy"), weeks(agent, 0.75))
    own = page(client, centre.supervisor, "metrics:person-detail", agent.id, view="table").content.decode()
    assert "First contact resolution" in own
    assert "Occupancy" not in own
    assert "Occupancy" not in page(client, centre.agent, "dashboards:me").content.decode()
    one = page(client, centre.supervisor, "metrics:metric-detail", "occupancy", scope=agent.subject)
    assert "No figures of this measure" in one.content.decode()
    team = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk, view="table")
    assert "Occupancy" in team.content.decode()


def test_looking_at_a_person_is_recorded_once_an_hour_and_looking_at_oneself_is_not(client, figures):
    for _ in range(2):
        page(client, figures.supervisor, "metrics:person-detail", figures.people.agent.pk)
    page(client, figures.agent, "metrics:person-detail", figures.people.agent.pk)
    event = AuditEvent.objects.get(event="people.person.viewed")
    assert (event.by, event.about) == (figures.supervisor, figures.people.agent)


def test_rows_behind_a_figure_stay_inside_the_scope(client, figures):
    team = page(client, figures.supervisor, "metrics:metric-rows", "fcr_net", scope=f"team:{figures.team.pk}")
    assert "26 rows, n" in team.content.decode()
    everybody = page(client, figures.supervisor, "metrics:metric-rows", "fcr_net", scope="organisation")
    assert "26 rows, n" in everybody.content.decode()
    stranger = f"agent:{figures.people.stranger_agent.pk}"
    assert (
        page(client, figures.supervisor, "metrics:metric-rows", "fcr_net", scope=stranger).status_code == 404
    )
    other = f"team:{figures.other_team.pk}"
    assert page(client, figures.supervisor, "metrics:metric-rows", "fcr_net", scope=other).status_code == 404
    assert (
        page(client, figures.supervisor, "metrics:metric-detail", "fcr_net", scope=other).status_code == 404
    )
    for wrong in ("team:x", "nonsense", "team:", "queue:1", "agent:0"):
        answer = page(client, figures.supervisor, "metrics:metric-rows", "fcr_net", scope=wrong)
        assert answer.status_code == 404, wrong
    own = page(client, figures.agent, "metrics:metric-rows", "fcr_net")
    assert "26 rows, n" in own.content.decode()


def test_days_the_wrong_way_round_are_told(client, figures):
    query = {"scope": f"team:{figures.team.pk}", "from": "2026-11-22", "to": "2026-11-01"}
    text = page(client, figures.supervisor, "metrics:metric-rows", "fcr_net", **query).text
    assert "The first day lies after the last." in text


def test_the_sum_of_the_organisation_needs_the_right(client, figures):
    assert page(client, figures.hr, "metrics:metric-rows", "fcr_net", scope="organisation").status_code == 403
    assert page(client, figures.supervisor, "metrics:site-detail", figures.far_site.pk).status_code == 404


def test_unreadable_choices_fall_back_to_the_usual(client, figures):
    for query in ({"span": "year-3"}, {"end": "yesterday"}, {"span": "week-26", "end": "2026-02-31"}):
        answer = page(client, figures.supervisor, "metrics:team-detail", figures.team.pk, **query)
        assert answer.status_code == 200
    assert page(client, figures.supervisor, "metrics:metric-detail", "no-such-measure").status_code == 404


@pytest.mark.parametrize("span", ["day-84", "month-13", "month-24", "week-26", "week-52"])
def test_other_periods(client, figures, span):
    answer = page(client, figures.supervisor, "metrics:team-detail", figures.team.pk, span=span)
    assert answer.status_code == 200
    assert "by " + span.partition("-")[0] in answer.content.decode()


def test_who_leads_one_team_is_led_to_it(client, figures):
    answer = page(client, figures.supervisor, "alerts:span")
    assert (answer.status_code, answer.url) == (302, figures.team.get_absolute_url())


def test_teams_are_listed_by_name_and_compared_without_a_league_table(client, centre):
    names = ["Anchor", "Beacon", "Compass", *(f"Delta {number:02}" for number in range(9))]
    rows = []
    for index, name in enumerate(names):
        team, level = make_team(name, site=centre.site), 0.6 if name == "Beacon" else 0.74 + index % 3 / 100
        Span.objects.create(person=centre.people.manager, team=team, starts_on=date(2020, 1, 1))
        rows += weeks(Scope.agent(make_person(team=team).pk), level, n=400)
    fill(rows)
    look()
    answer = page(client, centre.manager, "alerts:span", metric="fcr_net")
    text = answer.content.decode()
    places = [text.index(f">{name}</a></th>") for name in names]
    assert places == sorted(places)
    assert "Beacon differs" in text
    assert "not enough data" in text  # team Harbour has no figures
    exported = page(client, centre.manager, "alerts:span", metric="fcr_net", format="csv")
    assert "Beyond the limits, lower" in exported.content.decode()


def test_a_team_page_shows_what_other_rooms_know_and_resets_limits_at_a_documented_action(client, figures):
    metric = MetricDefinition.objects.get(key="csat_t2b")
    day = week_start(today()) - timedelta(weeks=13)

    action = propose(
        figures, team=figures.team, named=("agent",), title="Recap before closing", metric=metric.key
    )
    agree(figures, action, "agent")
    ImprovementAction.objects.update(starts_on=day)
    text = page(client, figures.supervisor, "metrics:team-detail", figures.team.pk).content.decode()
    assert "Recap before closing" in text
    assert "Limits reset in the week of" in text


@pytest.mark.parametrize("view", ["", "table"])
def test_trial_limits_are_shown_as_such_and_judge_nothing(client, centre, view):
    agent = Scope.agent(centre.people.agent.pk)
    fill(weeks(agent, 0.75, count=8, shift=0.2, since=7))
    answer = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk, view=view)
    [reading] = answer.context["board"].readings
    assert (reading.state, reading.words) == ("early", "Too early to judge: 8 of 12 weeks")
    text = answer.content.decode()
    assert "trial" in text
    assert 'class="band"' not in text.split("</ul>")[-1]
    exported = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk, format="csv")
    rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert {(row["State"], row["Limits"]) for row in rows} == {("not judged", "trial")}


def test_limits_start_anew_where_a_change_said_it_moves_the_measure_and_only_there(client, figures):
    start = week_start(today()) - timedelta(weeks=13)
    change = make_change(figures, goes_live_on=start, starts_on=start)
    Change.objects.update(status=Change.Status.LIVE)
    change.metrics.set(MetricDefinition.objects.filter(key__in=("csat_t2b", "aht")))

    def told():
        board = page(client, figures.supervisor, "metrics:team-detail", figures.team.pk).context["board"]
        feet = {reading.metric.key: reading.limits_words for reading in board.readings}
        return [mark.label for mark in board.marks], feet

    marks, feet = told()
    assert marks == [change.title]  # older than the chart, told because limits date from it
    assert "Limits reset in the week of" in feet["csat_t2b"]
    assert "reset" not in feet["fcr_net"]
    change.metrics.clear()
    marks, feet = told()
    assert (marks, "reset" in feet["csat_t2b"]) == ([], False)


def test_charts_and_table_of_a_team_tell_the_same_measures_in_the_same_order(client, figures):
    def shown(**query):
        return page(client, figures.supervisor, "metrics:team-detail", figures.team.pk, **query)

    for _ in range(2):  # Worked out, then as kept.
        charts = [(one.name, one.state) for one in shown(span="day-84").context["board"].charts]
        table = shown(span="day-84", view="table")
        readings = table.context["board"].readings
        assert [(one.metric.name, one.state) for one in readings] == charts
        assert charts
        text = table.content.decode()
        assert all(one.value_words in text for one in readings)


def judged(board):
    """Limits and state of every period shown."""
    [reading] = board.readings
    levels = {
        point.x: (one.mean, one.lower, one.upper)
        for one in reading.chart.limits
        for point in reading.chart.points
        if one.start <= point.x <= one.end
    }
    return {point.x: (point.value, point.state, levels.get(point.x)) for point in reading.chart.points}


def daily(agent):
    """Days of 300 cases for 180 days, with a rhythm of the week and a fall 40 days ago."""
    newest = today() - timedelta(days=1)
    for back in range(180):
        day = newest - timedelta(days=back)
        share = (0.6 if day.weekday() == 0 else 0.8) - (0.15 if back < 40 else 0) + WOBBLE[back % 10] / 200
        yield ObservationRow(day, agent, "fcr_net", share * 300, 300, 300)


@pytest.mark.parametrize("kind", ["team", "person", "organisation"])
@pytest.mark.parametrize(
    ("by", "counts", "ago"),
    [("week", (12, 26, 52), timedelta(weeks=9)), ("month", (13, 24), timedelta(days=95)),
     ("day", (60, 84), timedelta(days=12))],
)  # fmt: skip
def test_a_period_reads_the_same_in_every_window_and_on_every_day(centre, kind, by, counts, ago):
    person = centre.people.agent
    agent = Scope.agent(person.pk)
    Membership.objects.update(starts_on=date(2020, 1, 1))
    fill(daily(agent) if by == "day" else weeks(agent, 0.75, count=150, shift=-0.06, since=100))
    place = {
        "team": place_of_team(centre.team),
        "person": place_of_person(person, centre.team),
        "organisation": place_of_organisation(),
    }[kind]
    read = [judged(board(centre.supervisor, place, by, count)) for count in counts]
    read.append(judged(board(centre.supervisor, place, by, counts[-1], end=today() - ago)))
    whole = read[-2]
    assert all(levels for _, _, levels in whole.values())
    assert "worse" in {state for _, state, _ in whole.values()}
    for other in read:
        shared = whole.keys() & other.keys()
        assert len(shared) > 5
        assert {start: other[start] for start in shared} == {start: whole[start] for start in shared}


def test_the_sentence_counts_every_week_of_a_fall_also_those_beyond_the_limits(client, centre):
    """Twelve weeks fall from far above the limits to within; only the newest are marked as a trend."""
    agent = Scope.agent(centre.people.agent.pk)
    first = week_start(today()) - timedelta(weeks=40)
    shares = [0.80 + WOBBLE[week % 10] / 400 for week in range(20)] + [0.90] * 9
    shares += [0.899 - 0.008 * step for step in range(11)]
    fill([ObservationRow(first + timedelta(weeks=week), agent, "fcr_net", share * 400, 400, 400)
          for week, share in enumerate(shares)])  # fmt: skip
    text = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk).content.decode()
    assert "Twelve weeks falling without a break" in text


def test_a_fall_of_days_is_counted_with_their_weekday_taken_out(centre):
    agent = Scope.agent(centre.people.agent.pk)
    newest = today() - timedelta(days=1)
    rows = []
    for back in range(120):
        day = newest - timedelta(days=back)
        share = 0.8 - (0.05 if day.weekday() == (newest.weekday() - 2) % 7 else 0) + WOBBLE[back % 10] / 200
        if back < 9:
            share = 0.76 + 0.01 * back - (0.05 if day.weekday() == (newest.weekday() - 2) % 7 else 0)
        rows.append(ObservationRow(day, agent, "fcr_net", share * 300, 300, 300))
    fill(rows)
    [reading] = board(centre.supervisor, place_of_team(centre.team), "day", 60).readings
    assert reading.signal.rule == "trend"
    assert "days falling without a break against what is usual on their weekday" in reading.sentence
    assert int(reading.latest.value * 100) == 76
    assert reading.sentence.startswith("Nine days falling")


def test_a_run_whose_value_rounds_to_the_mean_says_that_it_lies_just_beside_it(centre):
    agent = Scope.agent(centre.people.agent.pk)
    first = week_start(today()) - timedelta(weeks=27)
    seconds = [400.3 + (0.9 if week % 2 else -0.9) for week in range(20)] + [400.4, 400.45] * 3 + [400.45]
    fill([ObservationRow(first + timedelta(weeks=week), agent, "aht", value * 200, 200, 200)
          for week, value in enumerate(seconds)])  # fmt: skip
    [reading] = board(centre.supervisor, place_of_team(centre.team), "week", 12).readings
    assert reading.sentence == (
        "Eight weeks in a row above the mean of 400\u00a0s, the latest just above it."
    )


def test_figures_of_years_ago_set_no_limits_for_those_of_today(centre):
    agent = Scope.agent(centre.people.agent.pk)
    fill(weeks(agent, 0.5, count=20, lag=100), weeks(agent, 0.75, count=20))
    place = place_of_organisation()
    [reading] = board(centre.supervisor, place, "week", 26).readings
    assert (reading.state, round(reading.limits.mean, 2)) == ("noise", 0.75)
    [before] = board(centre.supervisor, place, "week", 26, end=today() - timedelta(weeks=99)).readings
    assert (before.state, round(before.limits.mean, 2)) == ("noise", 0.5)


def test_a_change_early_in_the_window_starts_limits_anew_and_tells_nothing(client, centre):
    fill(weeks(Scope.agent(centre.people.agent.pk), 0.85, shift=-0.08, since=3, metric="csat_t2b"))
    start = week_start(today()) - timedelta(weeks=23)
    change = make_change(centre, goes_live_on=start, starts_on=start)
    Change.objects.update(status=Change.Status.LIVE)
    change.metrics.set(MetricDefinition.objects.filter(key="csat_t2b"))
    look()
    assert not Alert.objects.exists()
    shown = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk, span="week-26")
    levels = [levels for _, _, levels in judged(shown.context["board"]).values()]
    assert levels[:3] == [None] * 3
    assert len(set(levels[3:])) == 1
    assert shown.context["board"].heading == "Nothing beyond normal variation"
    text = shown.content.decode()
    assert "set by the first 20 weeks" in text
    assert reverse("strategy:change-nominate") in text


def test_every_page_starts_limits_anew_at_the_same_action(client, centre):
    fill(weeks(Scope.agent(centre.people.agent.pk), 0.85, shift=-0.08, since=13, metric="csat_t2b"))
    look()
    assert [alert.state for alert in Alert.objects.open()] == ["worse"]
    assert page(client, centre.manager, "alerts:span", metric="csat_t2b").context["findings"]
    action = propose(centre, team=centre.team, named=("agent",), title="Fewer call-backs", metric="csat_t2b")
    agree(centre, action, "agent")
    ImprovementAction.objects.update(starts_on=week_start(today()) - timedelta(weeks=13))
    look()
    assert not Alert.objects.open()
    assert not page(client, centre.manager, "alerts:span", metric="csat_t2b").context["findings"]
    matrix = page(client, centre.manager, "alerts:span", view="table").content.decode()
    assert "Concern" not in matrix
    board = page(client, centre.manager, "metrics:team-detail", centre.team.pk).context["board"]
    assert board.heading == "Nothing beyond normal variation"


def test_a_change_without_a_better_side_is_not_called_normal(client, centre):
    MetricDefinition.objects.filter(key="aht").update(direction="none")
    MetricVersion.objects.filter(metric__key="aht").update(direction="none")
    fill(weeks(Scope.agent(centre.people.agent.pk), 480, shift=60, metric="aht"))
    board = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk).context["board"]
    assert board.quiet_words == "1 changed, for better or worse"
    assert board.heading == "One measure changed; ask why"
    [reading] = board.readings
    newest = reading.chart.points[-6:]
    assert {point.state for point in newest} == {"changed"}
    assert "6 points beyond normal variation" in reading.chart.description
    [chart] = board.charts
    assert chart.figure.count('class="p p-changed"') == 6
    table = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk, view="table")
    assert table.content.decode().count("✚") == 6
    exported = page(client, centre.supervisor, "metrics:team-detail", centre.team.pk, format="csv")
    rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert [row["State"] for row in rows[-6:]] == ["changed"] * 6
    look()
    assert not Alert.objects.exists()
    text = page(client, centre.supervisor, "dashboards:home").content.decode()
    assert "1 changed, for better or worse" in text
    assert "within normal variation." not in text


def test_the_span_shows_the_findings_of_home_and_what_was_put_aside(client, figures):
    look()
    home = page(client, figures.supervisor, "dashboards:home").context["home"].signals
    [finding] = home.findings
    assert (finding.first.team, finding.first.metric_key) == ("Harbour", "csat_t2b")
    assert (finding.first.state, home.quiet) == ("worse", 1)
    client.post(reverse("alerts:dismiss"), {"alerts": finding.ids})
    assert not page(client, figures.supervisor, "dashboards:home").context["home"].signals.findings
    [same] = page(client, figures.supervisor, "alerts:span", metric="fcr_net").context["findings"]
    assert (same.ids, same.sentence, same.causes) == (finding.ids, finding.sentence, finding.causes)


def test_an_administrator_adds_a_target_from_a_day_on(client, centre):
    metric = MetricDefinition.objects.get(key="fcr_net")
    address = reverse("metrics:target-create", args=[metric.key])
    client.force_login(centre.admin)
    start = today() + timedelta(days=7)
    form = {"starts_on": start.isoformat(), "low": "76", "submission": "one"}
    assert client.post(address, form).status_code == 302
    assert client.post(address, form).status_code == 302  # the second press of the button
    old, new = MetricTarget.objects.filter(metric=metric).order_by("starts_on")
    assert (old.ends_before, new.starts_on, new.low) == (start, start, 0.76)
    again = client.post(address, {**form, "submission": "two"})
    assert again.status_code == 422
    assert "A target already begins on" in again.content.decode()
    assert AuditEvent.objects.filter(event="metrics.target.set").count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Give a lowest or a highest value"),
        ({"low": "80", "high": "70"}, "below the lowest"),
        ({"high": "90"}, "Higher is better: say what it is to reach at least"),
        ({"low": "170"}, "can only be 0 % to 100 %"),
        ({"low": "70", "starts_on": "9999-12-31"}, "Check the year"),
        ({"low": "abc"}, "no value of this unit"),
        ({"starts_on": "31 February", "low": "70"}, "Enter a valid date"),
    ],
)
def test_a_wrong_target_is_told_and_nothing_is_saved(client, centre, fields, words):
    client.force_login(centre.admin)
    before = MetricTarget.objects.count()
    answer = client.post(
        reverse("metrics:target-create", args=["fcr_net"]), {"starts_on": today().isoformat(), **fields}
    )
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert MetricTarget.objects.count() == before


def test_only_who_configures_measures_may_add_targets(client, centre):
    address = reverse("metrics:target-create", args=["fcr_net"])
    client.force_login(centre.supervisor)
    assert client.post(address, {"low": "70"}).status_code == 403
    client.force_login(centre.admin)
    assert client.get(address).status_code == 405


def test_a_closer_target_goes_before_the_general_one(client, figures):
    metric = MetricDefinition.objects.get(key="fcr_net")
    MetricTarget.objects.create(metric=metric, team=figures.team, starts_on=date(2020, 1, 1), low=0.5)
    text = page(
        client, figures.supervisor, "metrics:team-detail", figures.team.pk, view="table"
    ).content.decode()
    assert "at least 50.0%" in text
    assert "Will keep meeting the target" in text


def test_a_new_target_is_seen_at_once_on_a_page_that_was_kept(client, figures):
    until_today = {"view": "table", "span": "day-84", "end": today().isoformat()}
    page(client, figures.supervisor, "metrics:team-detail", figures.team.pk, **until_today)
    client.force_login(figures.admin)
    form = {"starts_on": today().isoformat(), "low": "61"}
    assert client.post(reverse("metrics:target-create", args=["fcr_net"]), form).status_code == 302
    answer = page(client, figures.supervisor, "metrics:team-detail", figures.team.pk, **until_today)
    assert "at least 61.0%" in answer.content.decode()


@pytest.mark.parametrize("view", ["", "table"])
def test_the_team_page_leads_to_each_of_its_people(client, figures, view):
    text = page(
        client, figures.supervisor, "metrics:team-detail", figures.team.pk, view=view
    ).content.decode()
    assert figures.people.agent.get_absolute_url() in text
    assert figures.people.stranger_agent.name not in text


def test_days_have_limits_of_their_weekday_and_say_which_chart_judged_them(client, centre):
    agent = Scope.agent(centre.people.agent.pk)
    newest = today() - timedelta(days=1)
    rows = [
        ObservationRow(
            day, agent, "fcr_net", (0.6 if day.weekday() == 0 else 0.8) * 200 + index % 5, 200, 200
        )
        for index, day in enumerate(newest - timedelta(days=back) for back in range(70))
    ]
    fill(rows)
    text = page(
        client,
        centre.supervisor,
        "metrics:metric-detail",
        "fcr_net",
        scope=f"team:{centre.team.pk}",
        span="day-84",
    ).content.decode()
    assert "Within normal variation" in text
    assert "chart with weekday factors" in text
    assert "of 70 days outside limits (Laney p\u2032" in text
    assert text.count('class="band"') > 100  # every day has limits of its own, in both drawings


def test_a_look_at_a_person_with_figures_costs_eight_queries_and_its_event_is_among_them(client, figures):
    address = reverse("metrics:person-detail", args=[figures.people.agent.pk])
    client.force_login(figures.supervisor)
    client.get(address)
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    told = [one["sql"] for one in asked if not one["sql"].startswith(BOUNDARIES)]
    assert len(told) == 8, told
    assert AuditEvent.objects.filter(event="people.person.viewed").count() == 2


def test_an_earlier_page_of_a_person_has_the_team_and_target_of_its_day(client, figures):
    agent, user = figures.people.agent, figures.agent
    metric = MetricDefinition.objects.get(key="fcr_net")
    MetricTarget.objects.filter(metric=metric).delete()
    long_ago, moved_on = date(2020, 1, 1), today() - timedelta(days=30)
    for team, low in ((figures.team, 0.61), (figures.other_team, 0.87)):
        MetricTarget.objects.create(metric=metric, team=team, starts_on=long_ago, low=low)
    fill(weeks(Scope.agent(agent.pk), 0.7))
    agent.memberships.update(ends_before=moved_on)
    Membership.objects.create(person=agent, team=figures.other_team, starts_on=moved_on)
    rollups.refresh()
    now = page(client, user, "metrics:person-detail", agent.pk, view="table").text
    assert f"Team {figures.other_team.name}<" in now
    assert "at least 87.0%" in now
    before = moved_on - timedelta(days=7)
    then = page(client, user, "metrics:person-detail", agent.pk, view="table", end=before.isoformat()).text
    assert f"Team {figures.team.name} on " in then
    assert "at least 61.0%" in then
    one = page(
        client, user, "metrics:metric-detail", "fcr_net", scope=f"agent:{agent.pk}", end=before.isoformat()
    )
    assert one.context["reading"].target == (0.61, None)
    team = ("metrics:team-detail", figures.team.pk)
    counted = page(client, figures.manager, *team, end=before.isoformat())
    assert counted.context["team"].agents == page(client, figures.manager, *team).context["team"].agents + 1
    assert f"agents on {before.day}\u00a0" in counted.text
    assert "Nobody belonged to this team on " in page(client, figures.manager, *team, end="2001-01-07").text
