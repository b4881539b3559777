"""Every page of every role: the browser does not complain, both themes are accessible, a phone shows all."""

from io import StringIO
from urllib.parse import urljoin

import pytest
from django.core.management import call_command

from ccperf.dashboards.photographer import kind_of, links_on, role_users

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG_NAME = "Mei-Ling Castellanos-Thornbury"
PHONES = (390, 320)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DARK = "document.documentElement.setAttribute('data-bs-theme', 'dark')"
LIGHT = "document.documentElement.setAttribute('data-bs-theme', 'light')"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = {"type": "rule", "values": ["color-contrast"]}
ONLY_VIOLATIONS = {"resultTypes": ["violations"], "preload": False}  # Selectors of all that passes take long.


# Those who see most come first: every kind of page is tried once, and the home page of every role.
ROLES = ("supervisor", "manager", "hr", "admin", "privacy_officer", "agent")


def test_every_page_holds_in_both_themes_and_on_a_phone(db, open_page, live_server, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("demo", agents=24, months=3, verbosity=0, stdout=StringIO())
    _give_a_long_name()
    wrong: list[str] = []
    seen: set[str] = set()
    users = role_users()
    for role in ROLES:
        page = open_page(users[role])
        for name, url in _pages(page, live_server.url, seen):
            wrong += [f"{role} {name}: {problem}" for problem in _problems(page, url)]
            page.set_viewport_size({"width": 1440, "height": 900})
    assert len(seen) > 50, f"Only {len(seen)} kinds of pages were found."
    assert not wrong, "\n".join(wrong)


def _give_a_long_name() -> None:
    """The widest name stands where names are shown."""
    from ccperf.people.models import Membership, Team

    for team in Team.objects.all()[:3]:
        person = Membership.objects.on().filter(team=team).first().person
        person.name = LONG_NAME
        person.save()


def _pages(page, address: str, seen: set[str]):
    """One page of every kind that links lead to, without those ``seen``, after the home page."""
    home = urljoin(address, "/")
    queue, visited = [home], set()
    while queue:
        url = queue.pop(0)
        name = kind_of(url)
        is_new = url not in visited and name is not None and (url == home or name not in seen)
        if not is_new or "format=" in url or "#" in url:
            continue
        visited.add(url)
        seen.add(name)
        yield name, url
        queue += links_on(page, address)


def _problems(page, url: str) -> list[str]:
    """What is wrong with one page, in sentences."""
    page.complaints.clear()
    answer = page.goto(url, wait_until="load")
    found = [] if answer and answer.status == 200 else [f"answered {answer and answer.status} at {url}"]
    page.evaluate(LIGHT)
    found += _violations(page, {"runOnly": STANDARDS})
    page.evaluate(DARK)
    found += [f"dark: {text}" for text in _violations(page, {"runOnly": COLOURS})]
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 800})
        over = page.evaluate(WIDER)
        if over > 0:
            found.append(f"{over} px wider than a screen of {width} px, at {url}")
    return found + [f"the browser says: {text}" for text in page.complaints]


def _violations(page, options: dict) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(page, options=options | ONLY_VIOLATIONS)
    return [
        f"{violation['id']}: {violation['help']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for violation in results.response["violations"]
        for node in violation["nodes"][:3]
    ]
