"""What a team leader does many times a day works with the keyboard alone."""

import pytest
from django.contrib.sessions.models import Session

from ccperf.jobs.models import Job
from feedback.models import FeedbackItem

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_signing_in_leads_to_the_home_of_the_role(centre, open_page):
    page = open_page()
    page.goto("/")
    page.get_by_label("User name").fill(centre.supervisor.username)
    page.get_by_label("Password", exact=True).fill("a-Secret-77")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    assert page.locator("h1").inner_text() == "Team Harbour"
    assert page.complaints == []


@pytest.mark.criterion("M1")
def test_n_two_sentences_and_enter_save_a_note(centre, open_page):
    page = open_page(centre.supervisor)
    page.goto("/metrics/")
    page.keyboard.press("n")
    page.wait_for_url("**/feedback/log/")
    page.locator("[data-log-text]:focus").wait_for()
    page.keyboard.type("Amara Okonkwo rang the customer back. She was thanked for it.")
    page.locator("#log-suggestions button").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/log/" not in url)
    note = FeedbackItem.objects.get()
    assert note.about_person == centre.people.agent
    assert note.text == "Amara Okonkwo rang the customer back. She was thanked for it."
    assert page.complaints == []


def test_keys_are_letters_while_somebody_types(centre, open_page):
    page = open_page(centre.supervisor)
    page.goto("/standards/")
    page.keyboard.press("/")
    page.keyboard.type("nan")
    assert page.locator("#q").input_value() == "nan"
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=nan")


def test_the_first_tab_skips_to_the_content(centre, open_page):
    page = open_page(centre.agent)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_theme_is_switched_and_kept(centre, open_page):
    page = open_page(centre.agent)
    page.goto("/")
    root = page.locator("html")
    assert root.get_attribute("data-bs-theme") == "light"
    page.get_by_role("button", name="Switch between light and dark").press("Enter")
    assert root.get_attribute("data-bs-theme") == "dark"
    page.goto("/feedback/")
    assert root.get_attribute("data-bs-theme") == "dark"


def test_the_account_menu_opens_closes_and_signs_out(centre, open_page):
    page = open_page(centre.agent)
    page.goto("/")
    summary = page.locator("details.cp-menu summary")
    summary.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("details.cp-menu[open]").count() == 0
    summary.press("Enter")
    page.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_url("**/accounts/**")
    page.goto("/")
    assert "login" in page.url


def test_a_followed_job_shows_its_end_by_itself(centre, open_page):
    job = Job.objects.create(kind="test.kind", title="Import", created_by=centre.supervisor, status="running")
    page = open_page(centre.supervisor)
    page.goto(job.get_absolute_url())
    page.locator("[data-follow]").wait_for()
    Job.objects.filter(pk=job.pk).update(status="done", done=7, total=7)
    page.get_by_text("7 of 7").first.wait_for()
    assert page.locator("[data-follow]").count() == 0
    assert page.complaints == []


def test_htmx_comes_with_the_first_touch(centre, open_page):
    page = open_page(centre.supervisor)
    page.goto("/feedback/log/", wait_until="load")
    page.wait_for_timeout(100)
    assert page.evaluate("typeof htmx") == "undefined"
    page.locator("[data-log-text]").fill("Amara Okonkwo rang the customer back.")
    page.locator("#log-suggestions button").first.wait_for()
    assert page.evaluate("typeof htmx") == "object"
    assert page.complaints == []


def test_a_session_that_ends_while_somebody_writes_leads_to_the_sign_in_and_back_to_the_draft(
    centre, open_page
):
    page = open_page(centre.supervisor)
    page.goto("/feedback/log/")
    Session.objects.all().delete()
    page.locator("[data-log-text]").fill("Amara Okonkwo rang the customer back.")
    page.wait_for_url("**/accounts/login/?next=/feedback/log/&ended=yes")
    page.get_by_text("Your session has ended").wait_for()
    page.locator("input[name=username]").fill(centre.supervisor.username)
    page.locator("input[name=password]").fill("a-Secret-77")
    page.keyboard.press("Enter")
    page.wait_for_url("**/feedback/log/")
    assert page.locator("[data-log-text]").input_value() == "Amara Okonkwo rang the customer back."


def test_a_session_that_ends_while_a_job_is_followed_leads_to_the_sign_in(centre, open_page):
    job = Job.objects.create(
        kind="metrics.refresh", title="Refresh", created_by=centre.admin, status="running"
    )
    page = open_page(centre.admin)
    page.goto(job.get_absolute_url())
    page.locator("[data-follow]").wait_for()
    Session.objects.all().delete()
    page.wait_for_url("**/accounts/login/**")
    assert page.locator("main h1").count() == 1
