"""Correcting themes with the keyboard and by dragging; an analysis afterwards leaves it corrected."""

import pytest

from ccperf.jobs.services import run_job_now
from feedback.themes import services
from tests.themes.makers import PROMISE, RUDE, WAIT, keys_of, make_read_item, theme

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.criterion("M5"),
]
# Waiting by a function of the page: the policy of its contents forbids Playwright to look by a text of code.
HTMX_CAME = """new Promise(function (tell) {
  var looks = 0, timer = setInterval(function () {
    looks += 1;
    if (typeof htmx === "object" || looks > 500) { clearInterval(timer); tell(typeof htmx === "object"); }
  }, 20);
})"""


def test_corrected_then_analysed_again_is_still_corrected(centre, open_page):
    item, other = make_read_item(centre, WAIT), make_read_item(centre, f"{WAIT} Twice.", about="colleague")
    page = open_page(centre.supervisor)
    page.goto(theme().get_absolute_url())
    page.get_by_role("button", name="Read with the keyboard").click()
    # It comes with the first touch; before that, a move loads the page anew.
    assert page.evaluate(HTMX_CAME)
    first = page.locator("[data-reader] [data-comment]").first
    chosen = item if first.get_attribute("id") == f"comment-{item.pk}" else other
    page.keyboard.press("m")
    page.locator(f"#to-{chosen.pk}").select_option(label="Transfers")
    page.keyboard.press("Enter")
    page.get_by_text("Moved to Transfers").wait_for()
    # The next comment has the focus, so that one letter is enough.
    page.locator("[data-reader] [data-comment]:focus").wait_for()
    page.keyboard.press("c")
    page.get_by_text("Confirmed in Wait and access").wait_for()
    assert page.complaints == []
    run_job_now(services.start_analysis(by=None).pk)
    assert keys_of(chosen) == {"transfer"}
    page.goto(theme("transfer").get_absolute_url())
    page.locator(f"#comment-{chosen.pk}").get_by_text("Confirmed by").wait_for()


def test_a_comment_is_dragged_onto_a_theme(centre, open_page):
    item = make_read_item(centre, PROMISE)
    page = open_page(centre.supervisor)
    page.goto(theme("ownership").get_absolute_url())
    target = page.locator(f'[data-drop="{theme("resolution").pk}"]')
    target.scroll_into_view_if_needed()
    page.locator(f"#comment-{item.pk} blockquote").drag_to(target)
    page.get_by_text("Moved to Resolution").wait_for()
    assert keys_of(item) == {"resolution"}
    assert page.complaints == []


def test_letters_are_letters_outside_the_reader(centre, open_page):
    item = make_read_item(centre, RUDE)
    page = open_page(centre.supervisor)
    page.goto("/feedback/themes/reader/")
    page.keyboard.press("x")
    page.keyboard.press("c")
    assert not item.theme_corrections.exists()
    assert page.locator("[data-reader] [data-comment]").count() == 1
