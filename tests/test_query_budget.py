"""No page costs more than 12 queries, a home page eight, and none more because there are more people or rows;
none weighs more than 40 kB on a first visit.
"""

import gzip
import re
from functools import lru_cache
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from ccperf.metrics.alerts.selectors import kept_watches
from ccperf.metrics.boards import kept_readings
from tests.access_rules import PERSONAS, all_rules, rule_modules, user_of

BUDGET = 12
HOMES = ("dashboards:home", "dashboards:me")
FIGURES = "team-detail person-detail site-detail organisation metric-detail day"
DASHBOARDS = dict.fromkeys([*HOMES, "alerts:span", *(f"metrics:{name}" for name in FIGURES.split())], 8)
DASHBOARDS["metrics:person-detail"] = 9
"""Pages that are opened most. One query more looks where a person has figures when there are none."""
LARGEST = 40_000
"""Bytes of a page as sent, with its style sheets and scripts. The chart library and htmx would count if a
page fetched them at once; they wait for the first touch.
"""
LOADED = re.compile(r'<(?:script|link)\b[^>]*?\b(?:src|href)="/static/([^"]+)"')
BOUNDARIES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT pg_advisory_xact_lock")
"""Where a transaction begins, locks and ends; asks the database for nothing."""


def pages(centre):
    """Every page that a rule opens with GET, once per persona that may see it."""
    for name, rule in sorted(all_rules().items()):
        if rule.get("method", "get") != "get" or not rule.get("budget", True):
            continue
        kwargs = rule["args"](centre) if rule.get("args") else None
        try:
            address = reverse(name, kwargs=kwargs) + rule.get("path", "")
        except NoReverseMatch:
            continue  # The access matrix reports rules without an address.
        for persona in PERSONAS:
            if persona != "anonymous" and rule[persona] == 200:
                yield name, persona, address


def grow(centre, count: int) -> None:
    """More people in the teams, and more rows of every room that knows how to add some."""
    for module in rule_modules():
        if hasattr(module, "grow"):
            module.grow(centre, count)


@lru_cache
def static_weight(name: str) -> int:
    """Bytes of a file of ours as sent."""
    return len(gzip.compress(Path(finders.find(name)).read_bytes(), 6))


def weight(content: bytes) -> int:
    """Bytes of a page and of what it loads."""
    loaded = set(LOADED.findall(content.decode())) if b"<head" in content else ()
    return len(gzip.compress(content, 6)) + sum(static_weight(name) for name in loaded)


def measured(client, centre, addresses) -> dict[tuple[str, str], tuple[int, str, int]]:
    """Queries of every page with nothing in the cache, what they were, and the bytes of a first visit."""
    costs = {}
    for name, persona, address in addresses:
        client.force_login(user_of(centre, persona))
        cache.clear()
        kept_readings.cache_clear()
        kept_watches.cache_clear()
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        assert response.status_code == 200, f"{name} as {persona}: {response.status_code}"
        asked = [query["sql"] for query in captured if not query["sql"].startswith(BOUNDARIES)]
        content = b"" if response.streaming else response.content
        acts = b"<body" in content and (b" hx-get=" in content or b" hx-post=" in content)
        assert not acts or b"vendor/htmx.min.js" in content, f"{name} needs components/htmx.html in its head"
        costs[name, persona] = (
            len(asked),
            "\n".join(sql[:300] for sql in asked),
            weight(content),
        )
    return costs


@pytest.mark.django_db
def test_pages_stay_within_the_budget_whatever_the_number_of_rows(client, centre):
    addresses = list(pages(centre))
    grow(centre, 10)
    first_of_each = {name: (name, persona, address) for name, persona, address in addresses}
    measured(client, centre, first_of_each.values())  # Fills what a process keeps: content types.
    few = measured(client, centre, addresses)
    grow(centre, 10)
    # And the catalogue of measures, and the columns of feedback: one query more after a change.
    kept = ("metrics:metric-list", "feedback:item-list", "themes:theme-list")
    measured(client, centre, [first_of_each[name] for name in kept])
    many = measured(client, centre, addresses)
    wrong = []
    for page, (cost, queries, size) in many.items():
        if size > LARGEST:
            wrong.append(f"{page} weighs {size:,} bytes on a first visit")
        if cost > DASHBOARDS.get(page[0], BUDGET):
            wrong.append(f"{page} costs {cost} queries:\n{queries}")
        if cost != few[page][0]:
            wrong.append(f"{page} costs {few[page][0]} queries with 10 rows and {cost} with 20:\n{queries}")
    assert not wrong, "\n\n".join(wrong)
