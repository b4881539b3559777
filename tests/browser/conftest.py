"""A real browser over a live server; skipped, visibly, where Chromium is not installed."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings

from ccperf.dashboards.photographer import BROWSER_ARGUMENTS, chromium, session_cookie
from ccperf.people.models import User

WAIT = 15_000


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Debian's Chromium, started once."""
    if chromium() is None:
        pytest.skip("Chromium is not installed. On Debian: apt-get install chromium.")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; the short queries of a test do not need another.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGUMENTS)
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(browser, live_server) -> Iterator[Callable]:
    """Opens a page for a user or a visitor; the complaints of the browser stand in ``page.complaints``."""
    contexts = []

    def start(user: User | None = None, *, width: int = 1440, scheme: str = "light"):
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
        )
        contexts.append(context)
        if user is not None:
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": session_cookie(user), "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.complaints = []
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    yield start
    for context in contexts:
        context.close()
