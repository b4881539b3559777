"""Times and queries of pages, found as a person finds them: by following the links of each role's home."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
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
ROUNDS, AGAIN = 20, 120


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
            found = visit(client, f"{name} as {role}", address)
            # Two slow visits of twenty say little: what seems too slow is visited again, many times more.
            yield found if found.ratio <= SLOWEST else visit(client, found.name, address, rounds=AGAIN)


def visit(client: Client, name: str, address: str, *, rounds: int = ROUNDS) -> Visit:
    both = [partial(client.get, EMPTY_PAGE), partial(client.get, address)]
    empty, times = in_turn(both, rounds)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    return Visit(
        name,
        usual=percentile(times, 0.5),
        slow=percentile(times, 0.95),
        empty=percentile(empty, 0.5),
        queries=len(captured),
        size=len(gzip.compress(response.content)) / 1000,
    )


def dashboards(where: str) -> Iterator[Figure]:
    """Pages of figures as the manager of ten teams opens them, on ``large.fill`` of any size."""
    from django.conf import settings
    from django.test.utils import override_settings

    from ccperf.health.static import collect_if_changed
    from ccperf.people.models import Membership, Span, Team
    from tests.bench import large
    from tests.factories import long_ago, make_person

    teams = Team.objects.order_by("pk")[:10]
    manager = make_person(role="manager", user=True)
    Span.objects.bulk_create([Span(person=manager, team=team, starts_on=long_ago()) for team in teams])
    agent = Membership.objects.filter(team=teams[0]).first().person_id
    day = large.FIRST + timedelta(days=50)
    addresses = {
        "home of a manager": "/",
        "team comparison": "/teams/",
        "team": f"/teams/{teams[0].pk}/",
        "team by day": f"/teams/{teams[0].pk}/?span=day-84&end={day}",
        "person": f"/people/{agent}/",
        "site": f"/sites/{teams[0].site_id}/",
        "organisation": "/organisation/",
        "measure": "/metrics/aht/",
        "rows of a team": f"/metrics/aht/rows/?scope=team:{teams[0].pk}&from={day}&to={day}",
    }
    collect_seldom()
    collect_if_changed()
    client = Client()
    client.force_login(manager.user)
    with override_settings(ALLOWED_HOSTS=[*settings.ALLOWED_HOSTS, "testserver"]):
        for name, address in addresses.items():
            found = visit(client, f"p95 {name} ({where})", address)
            ratio = rounded(found.ratio)
            yield Figure(found.name, rounded(found.slow * 1000), "CPU ms", ratio, "an empty page", SLOWEST)


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
