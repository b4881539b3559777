"""Times and queries of pages, found as a person finds them: by following the links of each role's home."""

import gc
import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from tests.bench.figures import Figure, percentile, repeat, rounded

LINK = re.compile(r'href="(/[^"#]*|\?[^"#]*)"')
SKIPPED = ("/static/", "/django-admin/", "/accounts/logout")
EMPTY_PAGE = "/jobs/?status=failed"
BUDGET = 12
ROUNDS = 20


def address_name(address: str) -> str | None:
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return None


def pages_of(client: Client, *, depth: int = 2) -> dict[str, str]:
    """One address for each kind of page within two presses of home."""
    found: dict[str, str] = {}
    waiting = [("/", 0)]
    while waiting:
        address, distance = waiting.pop(0)
        name = address_name(address)
        if name is None or name in found or address.startswith(SKIPPED):
            continue
        response = client.get(address)
        if response.status_code != 200 or not response.get("Content-Type", "").startswith("text/html"):
            continue
        found[name] = address
        if distance < depth:
            links = LINK.findall(response.content.decode())
            waiting += [(urljoin(address, link.replace("&amp;", "&")), distance + 1) for link in links]
    return found


def measure(logins: list[tuple[str, object]]) -> Iterator[Figure]:
    """The slowest page and the most queries, over every page of every role."""
    gc.freeze()  # As the web server does.
    slowest: list[tuple[float, float, str]] = []
    most: list[tuple[int, str]] = []
    for role, user in logins:
        client = Client()
        client.force_login(user)
        empty = percentile(repeat(lambda c=client: c.get(EMPTY_PAGE), 4 * ROUNDS), 0.5)
        for name, address in pages_of(client).items():
            times = repeat(lambda c=client, a=address: c.get(a), ROUNDS)
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            seconds = percentile(times, 0.95)
            slowest.append((seconds / empty, seconds, f"{name} as {role}"))
            most.append((len(captured), f"{name} as {role}"))
    slowest.sort(reverse=True)
    yield Figure("pages measured", len(slowest), "pages x roles")
    for ratio, seconds, name in slowest[:5]:
        what = f"p95 {name}"
        yield Figure(what, rounded(seconds * 1000), "CPU ms", rounded(ratio), "an empty signed-in page", 3)
    queries, name = max(most)
    yield Figure(f"most queries: {name}", queries, "queries", limit=BUDGET)
