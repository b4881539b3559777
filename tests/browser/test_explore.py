"""A reader explores a measure: the chart comes to life under the strict policy and follows the theme."""

from datetime import timedelta

import pytest

from ccperf.core.dates import today, week_start
from ccperf.metrics.models import MetricDefinition, Rollup, RollupState

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(centre):
    """The page of a measure with twenty weeks of figures."""
    metric = MetricDefinition.objects.filter(unit="percent", direction="higher", is_active=True).first()
    RollupState.objects.update_or_create(pk=1, defaults={"generation": 3, "data_up_to": today()})
    first = week_start(today()) - timedelta(weeks=20)
    for scope, scope_id in (("team", centre.team.pk), ("organisation", 0)):
        for index in range(20):
            day = first + timedelta(weeks=index)
            sums = {"numerator": 700 + index % 3, "denominator": 1000, "n": 1000}
            for grain in ("week", "month") if day.day <= 7 else ("week",):
                start = day if grain == "week" else day.replace(day=1)
                Rollup.objects.create(
                    scope=scope, grain=grain, scope_id=scope_id, starts_on=start, metric=metric, **sums
                )
    return f"/metrics/{metric.key}/?scope=team:{centre.team.pk}"


def test_a_chart_can_be_explored_in_both_themes(centre, open_page, address):
    page = open_page(centre.supervisor)
    page.goto(address)
    assert page.evaluate("window.Plotly") is None  # The page is there without the library.
    page.get_by_text("Explore").click()
    drawing = page.locator("[data-chart] svg.main-svg").first
    drawing.wait_for()
    assert drawing.bounding_box()["width"] > 600
    light = page.locator("[data-chart] .xtick text").first.evaluate("node => getComputedStyle(node).fill")
    page.get_by_role("button", name="Switch between light and dark").click()
    is_other = "was => getComputedStyle(document.querySelector('[data-chart] .xtick text')).fill !== was"
    page.wait_for_function(is_other, arg=light)
    assert page.complaints == []


def test_a_chart_that_cannot_be_fetched_says_so_and_can_be_tried_again(centre, open_page, address):
    page = open_page(centre.supervisor)
    page.route("**/plotly-basic*", lambda route: route.abort())
    page.goto(address)
    explore = page.locator("summary", has_text="Explore")
    explore.press("Enter")
    told = page.get_by_role("status").filter(has_text="could not be fetched")
    told.wait_for()
    page.unroute("**/plotly-basic*")
    explore.press("Enter")
    explore.press("Enter")
    page.locator("[data-chart] svg.main-svg").first.wait_for()
    assert told.count() == 0
