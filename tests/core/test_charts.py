"""Charts are well-formed, say what they show, and never print one label over another."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccperf.core import charts
from ccperf.core.charts.frame import LABEL_GAP, nice_ticks, pushed_apart

START = date(2026, 5, 18)
SPACE = "{http://www.w3.org/2000/svg}"


def week(index: int) -> date:
    return START + timedelta(weeks=index)


@pytest.fixture
def chart() -> charts.RunChart:
    points = tuple(
        charts.ChartPoint(
            week(i), None if i == 4 else 0.72 + 0.002 * i, 1204, "worse" if i > 22 else "normal"
        )
        for i in range(26)
    )
    return charts.RunChart(
        title="First contact <resolution>",
        description="Weekly, latest 77%.",
        unit="percent",
        points=points,
        limits=(
            charts.Limits(week(0), week(12), 0.73, 0.7, 0.76),
            charts.Limits(week(13), week(25), 0.76, 0.73, 0.79),
        ),
        targets=(
            charts.TargetStep(week(0), week(15), low=0.75),
            charts.TargetStep(week(15), week(99), low=0.77),
        ),
        markers=(charts.Marker(week(13), "action"), charts.Marker(week(19), "change")),
        comparison=points,
    )


def parse(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


@pytest.mark.parametrize("width", [330, 700, 320])
def test_run_chart_is_well_formed_and_speaks(chart, width):
    root = parse(charts.run_chart_svg(chart, width))
    assert root.find(f"{SPACE}title").text == "First contact <resolution>"
    assert root.find(f"{SPACE}desc").text == "Weekly, latest 77%."
    assert len(root.findall(f"{SPACE}rect[@class='band']")) == 2
    marks = [node for node in root.iter() if (node.get("class") or "").startswith("p p-")]
    assert len(marks) == 25, "one mark for every point with a value"
    assert all(0 <= float(node.get("cx", 0)) <= width for node in marks)


def test_labels_at_the_right_keep_their_distance(chart):
    root = parse(charts.run_chart_svg(chart))
    right = max(float(node.get("x")) for node in root.findall(f"{SPACE}text"))
    heights = sorted(float(n.get("y")) for n in root.findall(f"{SPACE}text") if float(n.get("x")) == right)
    assert len(heights) == 3
    assert all(after - before >= LABEL_GAP for before, after in itertools.pairwise(heights))


def test_flags_of_near_days_stand_side_by_side(chart):
    days = ((13, "change"), (14, "change"), (25, "change"), (13, "action"))
    near = tuple(charts.Marker(week(at), kind) for at, kind in days)
    root = parse(charts.run_chart_svg(replace(chart, markers=near)))
    changes = [float(node.get("x")) + 8 for node in root.findall(f"{SPACE}rect[@class='flag-c']")]
    actions = [float(node.get("cx")) for node in root.findall(f"{SPACE}circle[@class='flag']")]
    assert all(after - before >= 19 for before, after in itertools.pairwise(sorted(changes + actions)))
    assert len(changes + actions) == 4


@given(st.lists(st.floats(20, 180), min_size=1, max_size=8))
def test_labels_never_overlap(heights):
    placed = pushed_apart([(y, str(i), "") for i, y in enumerate(heights)], top=0, bottom=180)
    ys = [y for y, _, _ in placed]
    assert all(after - before >= LABEL_GAP - 0.11 for before, after in itertools.pairwise(ys))
    assert max(ys) <= 180


@given(st.floats(-1e6, 1e6), st.floats(0.001, 1e6))
def test_ticks_cover_the_values_and_stay_few(low, spread):
    ticks = nice_ticks(low, low + spread)
    tolerance = 1e-6 * max(1, abs(low), spread)
    assert ticks[0] <= low + tolerance
    assert ticks[-1] >= low + spread - tolerance
    assert 2 <= len(ticks) <= 6


def test_limits_of_a_share_are_drawn_where_a_share_can_be():
    points = tuple(charts.ChartPoint(week(i), 0.05) for i in range(14))
    limits = (charts.Limits(week(0), week(13), 0.05, -0.1, 0.2),)
    chart = charts.RunChart("T", "D", "percent", points, limits=limits)
    assert chart.shown_limits[0].lower == 0
    assert min(chart.values()) == 0
    score = charts.RunChart("T", "D", "score", points, limits=limits)
    assert score.shown_limits[0].lower == -0.1


def test_chart_without_values_draws_nothing():
    empty = charts.RunChart("T", "D", "percent", (charts.ChartPoint(START, None),))
    assert charts.run_chart_svg(empty) == ""
    assert charts.spark_svg(empty) == ""


def test_one_point_can_be_drawn():
    one = charts.RunChart("T", "D", "seconds", (charts.ChartPoint(START, 300.0, 12),))
    assert "300" in charts.run_chart_svg(one)
    assert parse(charts.spark_svg(one)) is not None


def test_plotly_takes_the_spec(chart):
    spec = charts.plotly_spec(chart)
    painted = spec
    for trace in painted["data"]:
        trace["line"]["color"] = "#123456"
        trace.pop("fillcolor", None)
        trace.get("marker", {}).pop("color", None)
    for shape in painted["layout"]["shapes"]:
        shape["line"]["color"] = "#123456"
    figure = go.Figure(painted)
    assert figure.data[-1].y[0] == pytest.approx(72)
    assert figure.layout.yaxis.ticksuffix == "%"


def test_survival_shows_bands_and_who_is_still_followed():
    curve = charts.SurvivalCurve(
        "March 2026 intake",
        ((30, 0.8, 0.6, 0.9), (90, 0.65, 0.49, 0.81)),
        ((0, 34), (90, 22), (180, 20)),
        34,
        True,
    )
    other = charts.SurvivalCurve("Others", ((60, 0.95, 0.9, 0.98),), ((0, 211), (90, 186), (180, 156)), 211)
    for width in (600, 320):
        root = parse(charts.survival_svg((curve, other), "Still here", "By days.", width))
        words = [node.text for node in root.findall(f"{SPACE}text")]
        assert {"34", "22", "211", "186"} <= set(words)


def test_band_chart_writes_its_interval_out():
    points = tuple(charts.BandPoint(week(4 * i), 0.26 + i / 100, 0.2, 0.39) for i in range(6))
    root = parse(charts.band_chart_svg(points, title="Turnover", description="D", unit="percent"))
    assert "20 to 39" in [node.text for node in root.findall(f"{SPACE}text")]


def test_names_in_a_funnel_never_lie_on_each_other():
    curve = tuple((n, 0.6, 0.9, 0.5, 1.0) for n in range(20, 400, 20))
    near = ("Anchor", "Causeway", "Compass")
    points = tuple(charts.FunnelPoint(name, 200 + i, 0.8) for i, name in enumerate(near))
    root = parse(charts.funnel_svg(points, curve, mean=0.7, title="T", description="D", unit="percent"))
    found = [node for node in root.findall(f"{SPACE}text") if node.text in near]
    boxes = [(float(node.get("x")), float(node.get("y")), 6 * len(node.text)) for node in found]
    assert len(boxes) == len(near)
    for (x1, y1, wide), (x2, y2, other) in itertools.combinations(boxes, 2):
        assert abs(y1 - y2) > 15 or x1 + wide < x2 or x2 + other < x1


def test_names_in_a_funnel_stay_inside_it_and_lie_on_no_point_without_a_name():
    curve = tuple((n, 0.6, 0.9, 0.5, 1.0) for n in range(20, 400, 20))
    long, width = "A team with a long name indeed", 700
    crowd = tuple(charts.FunnelPoint(f"Team {i}", 30 + i, 0.7) for i in range(30))
    points = (
        charts.FunnelPoint(long, 380, 0.55, "worse"),
        charts.FunnelPoint("Quay", 200, 0.92, "better"),
        charts.FunnelPoint("Beside", 208, 0.925),
        *crowd,
    )
    root = parse(charts.funnel_svg(points, curve, mean=0.7, title="T", description="D", unit="percent"))
    places = {node.text: (float(node.get("x")), float(node.get("y"))) for node in root.iter(f"{SPACE}text")}
    assert "Beside" not in places
    assert 0 <= places[long][0] <= width - 6 * len(long)
    left, base = places["Quay"]
    for mark in root.iter(f"{SPACE}circle"):
        across, up = float(mark.get("cx")), float(mark.get("cy"))
        assert not (left <= across <= left + 6 * len("Quay") and base - 12 <= up <= base)


def test_funnel_links_every_point_to_its_rows():
    curve = tuple((n, 0.6, 0.9, 0.5, 1.0) for n in range(20, 400, 20))
    points = (
        charts.FunnelPoint("Anchor & Co", 50, 0.7, url="/teams/1/"),
        charts.FunnelPoint("Quay", 300, 0.95, "worse"),
    )
    root = parse(charts.funnel_svg(points, curve, mean=0.8, title="T", description="D", unit="percent"))
    assert root.find(f"{SPACE}a").get("href") == "/teams/1/"
