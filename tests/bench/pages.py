"""Times and queries of pages, found as a person finds them: by following the links of each role's home."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin, urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from ccperf.core.collecting import collect_seldom
from tests.bench.figures import Figure, in_turn, percentile, rounded

LINK = re.compile(r'href="(/[^"#]*|\?[^"#]*)"')
SKIPPED = ("/static/", "/django-admin/", "/accounts/logout")
EMPTY_PAGE = "/jobs/?status=failed"
BUDGET = 12
LARGEST = 40
SLOWEST = 3
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


@dataclass(frozen=True)
class Visit:
    """A page as one role sees it: processor seconds of a usual and of a slow visit, against those of an empty
    page visited in turn with it, queries, and kilobytes as sent.
    """

    name: str
    usual: float
    slow: float
    empty: float
    queries: int
    size: float

    @property
    def ratio(self) -> float:
        return self.slow / self.empty

    def line(self) -> str:
        return (
            f"{self.usual / self.empty:>7.2f}{self.ratio:>7.2f}{self.slow * 1000:>9.1f}{self.queries:>5}"
            f"{self.size:>7.1f}  {self.name}"
        )


HEADER = f"{'median':>7}{'p95':>7}{'CPU ms':>9}{'SQL':>5}{'kB':>7}  page, in times an empty signed-in page"


def visits(logins: list[tuple[str, object]]) -> Iterator[Visit]:
    """Every page of every role, each visited in turn with the empty one, so that both sides meet the same
    machine.
    """
    collect_seldom()  # As the web server does.
    for role, user in logins:
        client = Client()
        client.force_login(user)
        for name, address in pages_of(client).items():
            both = [partial(client.get, EMPTY_PAGE), partial(client.get, address)]
            empty, times = in_turn(both, ROUNDS)
            with CaptureQueriesContext(connection) as captured:
                response = client.get(address)
            yield Visit(
                f"{name} as {role}",
                usual=percentile(times, 0.5),
                slow=percentile(times, 0.95),
                empty=percentile(empty, 0.5),
                queries=len(captured),
                size=len(gzip.compress(response.content)) / 1000,
            )


def measure(logins: list[tuple[str, object]], *, whole: bool = False) -> Iterator[Figure]:
    """The slowest pages and all that take too long, the most queries and the largest page; ``whole`` also
    prints every page.
    """
    found = sorted(visits(logins), key=lambda visit: visit.ratio, reverse=True)
    if whole:
        print("\n".join([HEADER, *(visit.line() for visit in found)]))
    yield Figure("pages measured", len(found), "pages x roles")
    above = sum(visit.ratio > SLOWEST for visit in found)
    for visit in found[: max(5, above)]:
        what = f"p95 {visit.name}"
        slow, ratio = rounded(visit.slow * 1000), rounded(visit.ratio)
        yield Figure(what, slow, "CPU ms", ratio, "an empty signed-in page", SLOWEST)
    most = max(found, key=lambda visit: visit.queries)
    yield Figure(f"most queries: {most.name}", most.queries, "queries", limit=BUDGET)
    largest = max(found, key=lambda visit: visit.size)
    yield Figure(f"largest: {largest.name}", rounded(largest.size), "kB sent", limit=LARGEST)
