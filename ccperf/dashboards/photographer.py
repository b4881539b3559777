"""Photographs of every page that each role can reach, for people to look at.

Starting at the home page, links are followed inside the product; of every kind of page (one name of an
address) each role's first is photographed, wide and narrow, light and dark.
"""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.urls import Resolver404, resolve

from ccperf.people.models import RoleAssignment, User

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]


def chromium() -> str | None:
    """The path of Debian's Chromium, or None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def role_users() -> dict[str, User]:
    """For each role the oldest active account whose home page is that of the role."""
    found: dict[str, User] = {}
    held = RoleAssignment.objects.on().filter(person__user__is_active=True).select_related("person__user")
    for assignment in held.order_by("person__user__date_joined", "pk"):
        user = assignment.person.user
        if assignment.role not in found and user.access.home_role == assignment.role:
            found[assignment.role] = user
    return found


def session_cookie(user: User) -> str:
    """A session of ``user`` as signing in would make it."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


@contextmanager
def own_server() -> Iterator[str]:
    """A web server over the present database for as long as the photographs take."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "ccperf.wsgi",
        "-b",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
        "--access-logfile",
        "/dev/null",
    ]
    process = subprocess.Popen([*command, "--log-level", "error"], cwd=settings.BASE_DIR)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=2)  # noqa: S310 - our own server
                break
            except (URLError, OSError):
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def kind_of(url: str) -> str | None:
    """The name of the address, or None for files and for pages that are not ours."""
    try:
        match = resolve(urlsplit(url).path)
    except Resolver404:
        return None
    return None if match.namespace == "admin" else match.view_name


def photograph(folder: Path, address: str, roles: dict[str, User]) -> Iterator[tuple[str, str, list[str]]]:
    """Photograph all pages of all roles; yields role, page and what the browser complained about."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGUMENTS)
        yield from _signed_out(browser, folder, address)
        for role, user in roles.items():
            context = browser.new_context(locale="en-GB", reduced_motion="reduce")
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session_cookie(user), "url": address}]
            )
            page = context.new_page()
            for name, url in _walk(page, address):
                yield role, name, _shoot(page, url, folder / role / name.replace(":", "-"))
            context.close()
        browser.close()


def _signed_out(browser, folder: Path, address: str) -> Iterator[tuple[str, str, list[str]]]:
    page = browser.new_page(reduced_motion="reduce")
    for name, path in (("login", "/accounts/login/"), ("not-found", "/nowhere/")):
        expected = 404 if name == "not-found" else 200
        yield "visitor", name, _shoot(page, urljoin(address, path), folder / "visitor" / name, expected)
    page.close()


def _walk(page, address: str) -> Iterator[tuple[str, str]]:
    """Every kind of page that can be reached, breadth first, with the first address of that kind."""
    queue, seen = [urljoin(address, "/")], set()
    while queue:
        url = queue.pop(0)
        name = kind_of(url)
        if name is None or name in seen or "format=" in url:
            continue
        seen.add(name)
        yield name, url
        queue += links_on(page, address)


def links_on(page, address: str) -> list[str]:
    """Where the links of a page lead inside the product, also those of a drawing."""
    found = "nodes => nodes.map(node => new URL(node.getAttribute('href'), document.baseURI).href)"
    return [link for link in page.eval_on_selector_all("a[href]", found) if link.startswith(address)]


def _shoot(page, url: str, stem: Path, expected: int = 200) -> list[str]:
    """Four photographs of one page, and the complaints of the browser while it was shown."""
    complaints: list[str] = []

    def listen(message) -> None:
        # The browser repeats the page's own status, which is judged below.
        if message.type == "error" and message.location.get("url") != url:
            complaints.append(message.text)

    page.on("console", listen)
    stem.parent.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        answer = page.goto(url)
        if answer is not None and answer.status != expected:
            complaints.append(f"answered {answer.status}")
        page.wait_for_load_state("networkidle")
        for theme in ("light", "dark"):
            page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
            page.screenshot(path=f"{stem}-{size}-{theme}.png", full_page=True)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if overflow > 0:
            complaints.append(f"{size}: {overflow} px wider than the screen")
    page.remove_listener("console", listen)
    return complaints
