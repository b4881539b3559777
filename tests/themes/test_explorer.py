"""Groups, the order to act, the map, analyses: figures that explain themselves and give nobody away."""

from datetime import timedelta

import numpy as np
import pytest

from ccperf.jobs.services import run_job_now
from feedback.models import FeedbackItem
from feedback.themes import services
from feedback.themes.analysis_lift import Comparison, GroupCounts, Lift
from feedback.themes.analysis_opportunities import Rated, score_of, shift_of
from feedback.themes.analysis_trends import Movement, is_praise
from feedback.themes.map_places import flattened
from feedback.themes.models import ThemeRun
from tests.themes.makers import PROMISE, RUDE, WAIT, make_read_item, theme

criterion = pytest.mark.criterion("M5")
ROOT = "/feedback/themes/"


def table_of(*cells: tuple[int, ...], agents_elsewhere: int = 0) -> Comparison:
    """Cells of one theme: here, all here, elsewhere, all elsewhere, agents, and the same two before."""
    rows = [(*cell, 0, 0)[:7] for cell in cells]
    columns = [np.array([column]) for column in zip(*rows, strict=True)]
    return Comparison(GroupCounts(*columns, agents_elsewhere=np.full((1, len(cells)), agents_elsewhere)))


def lifts(*cells: tuple[int, ...]) -> list[Lift]:
    table = table_of(*cells)
    return [table.lift(0, column) for column in range(len(cells))]


def moved(*cells: tuple[int, ...]) -> list[Movement]:
    table = table_of(*cells)
    return [table.movement(0, column) for column in range(len(cells))]


def test_a_theme_that_only_others_name_is_missed_here_once_enough_agents_are_named_with_it():
    cell = (0, 100, 40, 200, 0)
    signals = [table_of(cell, agents_elsewhere=agents).lift(0, 0).signal for agents in (2, 3)]
    assert signals == ["few", "less"]


@criterion
def test_lift_is_newcombes_interval_of_the_published_example():
    (lift,) = lifts((56, 70, 48, 80, 9))
    assert (round(lift.difference, 3), round(lift.low, 4), round(lift.high, 4)) == (0.2, 0.0524, 0.3339)
    assert (lift.signal, round(lift.ratio, 3)) == ("more", 1.333)


@criterion
def test_few_items_or_agents_and_many_tests_make_no_signal():
    assert [lift.signal for lift in lifts((4, 40, 1, 400, 4), (9, 40, 3, 400, 2))] == ["few", "few"]
    assert lifts((0, 0, 5, 10, 3), (5, 10, 0, 0, 3))[0].signal == "few"
    borderline = (16, 100, 30, 400, 9)
    assert lifts(borderline)[0].signal == "more"
    assert lifts(borderline, *[(20, 200, 40, 400, 9)] * 30)[0].signal == "alike"
    assert [move.direction for move in moved((40, 100, 1, 9, 9, 10, 100), (4, 100, 1, 9, 9, 3, 100))] == [
        "rising",
        "few",
    ]


@criterion
def test_points_are_made_of_what_is_shown():
    low, all_of_them = Rated(20, 400.0, 9000.0), Rated(120, 8400.0, 640000.0)
    shift = shift_of(low, all_of_them)
    assert round(shift.points) == -60
    assert shift.is_certain
    score = score_of(10, "rising", shift, "process")
    assert score.points == 10 * 1.5 * 2 * 1.0
    assert shift_of(Rated(3, 3, 3), all_of_them) is None
    assert score_of(10, "steady", None, "external").points == 2.5


@criterion
def test_the_map_keeps_neighbours_together():
    near, far = np.eye(3)[0], np.eye(3)[1]
    flat = flattened(np.stack([near, near + 0.1 * far, far]).astype(np.float32))
    assert np.linalg.norm(flat[0] - flat[1]) < np.linalg.norm(flat[0] - flat[2])
    assert flattened(np.ones((1, 4))).tolist() == [[0.5, 0.5]]


@pytest.mark.django_db
@criterion
def test_groups_are_marked_where_they_differ_and_filed_in_full(client, centre):
    for number in range(12):
        make_read_item(centre, f"{WAIT} {number}", about=None, team=centre.team, process_name="Portal")
        make_read_item(centre, f"{RUDE} {number}", about=None, team=centre.team, process_name="Letter")
    client.force_login(centre.supervisor)
    page = client.get(f"{ROOT}groups/", {"by": "product"})
    row = next(row for row in page.context["page"].rows if row.theme.key == "wait_access")
    cells = dict(zip([name for name, _ in page.context["page"].groups], row.cells, strict=True))
    assert (cells["Portal"].words, cells["Letter"].words) == ("more than elsewhere", "less than elsewhere")
    assert cells["Portal"].state == "worse"
    assert "about nobody</span>" in page.text
    file = client.get(f"{ROOT}groups/", {"by": "product", "format": "csv"}).content.decode("utf-8-sig")
    assert "Wait and access,Portal,12,1.0" in file
    named = file.splitlines()[0].split(",")
    (line,) = [line.split(",") for line in file.splitlines() if line.startswith("Wait and access,Portal")]
    assert (line[named.index("Agents")], line[named.index("About nobody")]) == ("0", "12")
    for by in ("team", "site", "route", "nonsense"):
        assert client.get(f"{ROOT}groups/", {"by": by, "weeks": 8}).status_code == 200


@pytest.mark.django_db
@criterion
def test_a_cell_counts_each_agent_once(client, centre):
    for about in ("agent", "agent", "colleague"):
        make_read_item(centre, WAIT, about=about)
    make_read_item(centre, WAIT, about=None, team=centre.team)
    client.force_login(centre.supervisor)
    page = client.get(f"{ROOT}groups/")
    (cell,) = [row.cells[0] for row in page.context["page"].rows if row.theme.key == "wait_access"]
    assert (cell.count, cell.agents, cell.lone) == (4, 2, 1)
    assert '<span class="ci">2 agents</span>' in page.text


@pytest.mark.django_db
@pytest.mark.criterion("M16")
def test_hr_sees_by_group_what_the_page_of_the_theme_shows_and_no_weeks(client, centre):
    from tests.themes.test_pages import said_of

    said_of(centre, 6)
    said_of(centre, 1, team=centre.other_team)
    said_of(centre, 9, team=centre.far_team)
    client.force_login(centre.hr)
    own = client.get(theme().get_absolute_url()).context["page"].teams
    page = client.get(f"{ROOT}groups/", {"by": "product", "weeks": 8}).context["page"]
    row = next(row for row in page.rows if row.theme.key == "wait_access")
    assert (page.by, page.window.weeks) == ("team", 26)
    assert {name: cell.count for (name, _), cell in zip(page.groups, row.cells, strict=True)} == {
        team.name: team.named for team in own
    }
    for path in ("map/", "weeks/", "act/"):
        text = client.get(ROOT + path).text
        assert "Shown to those who read the comments" in text
        assert '<svg class="plot' not in text
    assert client.get(f"{ROOT}act/", {"format": "csv"}).content.decode("utf-8-sig").count("\n") == 1


@pytest.mark.django_db
@criterion
def test_the_order_to_act_gives_its_reason_and_leads_to_an_action(client, centre):
    for number in range(12):
        make_read_item(centre, f"{RUDE} Terrible, I am angry. {number}", rating=1, rating_scale=5)
        make_read_item(centre, f"Thank you. {number}", about="colleague", rating=5, rating_scale=5)
    client.force_login(centre.supervisor)
    text = client.get(f"{ROOT}act/").text
    assert "Where it is named, ratings are 80 points lower." in text
    assert f"?theme={theme('empathy_tone').pk}" in text
    assert "How this order is made" in client.get(ROOT).text
    FeedbackItem.objects.update(rating_best=1)
    assert "80 points higher" in client.get(f"{ROOT}act/").text


@pytest.mark.django_db
@criterion
def test_an_analysis_says_what_it_changed_and_draws_the_map(client, centre):
    item = make_read_item(centre, WAIT)
    client.force_login(centre.manager)
    assert "No analysis of all comments yet" in client.get(f"{ROOT}runs/").text
    assert "No map yet" in client.get(f"{ROOT}map/").text
    FeedbackItem.objects.filter(pk=item.pk).update(text=PROMISE)
    run_job_now(services.start_analysis(by=None).pk)
    run = ThemeRun.objects.get()
    assert (run.gained, run.lost) == ({str(theme("ownership").pk): 1}, {str(theme().pk): 1})
    assert len(run.places) == 23
    text = client.get(f"{ROOT}runs/").text
    assert "Ownership" in text
    assert "Wait and access" in text
    assert 'aria-label="Ownership, 1 comment"' in client.get(f"{ROOT}map/").text
    client.force_login(centre.hr)
    assert "Ownership" not in client.get(f"{ROOT}runs/").text


@pytest.mark.django_db
@criterion
def test_an_analysis_says_what_was_read_since_the_one_before(client, centre):
    client.force_login(centre.manager)
    make_read_item(centre, WAIT)
    run_job_now(services.start_analysis(by=None).pk)
    assert "Since the analysis before" not in client.get(f"{ROOT}runs/").text
    make_read_item(centre, RUDE, about="colleague")
    run_job_now(services.start_analysis(by=None).pk)
    latest, first = client.get(f"{ROOT}runs/").context["runs"]
    assert ([(one.name, one.more) for one in latest.since], latest.changes) == ([("Empathy and tone", 1)], [])
    assert first.since == []
    assert "Empathy and tone +1" in client.get(f"{ROOT}runs/").text


@pytest.mark.django_db
@criterion
def test_weeks_side_by_side(client, centre):
    client.force_login(centre.supervisor)
    assert "Not enough comments yet" in client.get(f"{ROOT}weeks/").text
    for number in range(6):
        make_read_item(centre, f"{WAIT} {number}")
    text = client.get(f"{ROOT}weeks/").text
    assert text.count('<svg class="plot') == 1
    assert "22 themes with fewer than five comments are left out" in text


@pytest.mark.django_db
@criterion
def test_a_linked_measure_that_got_worse_counts(client, centre):
    from ccperf.core.dates import today, week_start
    from ccperf.metrics import rollups
    from ccperf.metrics.models import MetricDefinition
    from ccperf.metrics.scopes import ObservationRow, Scope
    from ccperf.metrics.services import write_observations

    for number in range(6):
        make_read_item(centre, f"{RUDE} Terrible, I am angry. {number}")
    client.force_login(centre.manager)
    form = {"name": "Empathy", "attribution": "agent", "phrases": "rude", "version": 1}
    form["metric"] = MetricDefinition.objects.get(key="fcr_net").pk
    address = f"{theme('empathy_tone').get_absolute_url()}edit/"
    assert client.post(address, form).status_code == 302
    assert "none, or too few figures" in client.get(f"{ROOT}act/").text
    end = week_start(today())
    rows = [
        ObservationRow(
            end - timedelta(weeks=ago), Scope.team(centre.team.pk), "fcr_net", solved + ago % 3, 100.0, 100
        )
        for solved, weeks in ((60.0, range(13)), (80.0, range(13, 26)))
        for ago in weeks
    ]
    write_observations(rows, origin="direct")
    rollups.refresh()
    (one,) = [one for one, _ in client.get(f"{ROOT}act/").context["found"]]
    assert (one.score.metric, round(one.metric.shift.points, 2)) == (1.25, -0.2)
    assert one.metric.words in client.get(f"{ROOT}act/").text


@pytest.mark.parametrize(
    ("positive", "negative", "praise"),
    [(5, 0, True), (4, 0, False), (3, 2, False), (60, 40, False), (61, 39, True), (0, 0, False)],
)
def test_a_theme_is_praise_only_when_that_is_beyond_chance(positive, negative, praise):
    assert is_praise(positive, negative) is praise
