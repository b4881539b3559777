"""No page costs more than 12 queries, and none costs more because there are more people or rows."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from ccperf.metrics.boards import kept_readings
from ccperf.metrics.findings import kept_findings
from tests.access_rules import PERSONAS, all_rules, rule_modules, user_of

BUDGET = 12
FIGURES = "team-list team-detail person-detail site-detail organisation metric-detail day"
DASHBOARDS = {f"metrics:{name}": 8 for name in FIGURES.split()} | {"metrics:person-detail": 10}
"""Pages of figures are opened most. Looking at a person writes an audit event, two queries once an hour."""
BOUNDARIES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
"""Where a transaction begins and ends; asks the database for nothing."""


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


def measured(client, centre, addresses) -> dict[tuple[str, str], tuple[int, str]]:
    """Queries of every page with nothing in the cache, and what they were."""
    costs = {}
    for name, persona, address in addresses:
        client.force_login(user_of(centre, persona))
        cache.clear()
        kept_readings.cache_clear()
        kept_findings.cache_clear()
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        assert response.status_code == 200, f"{name} as {persona}: {response.status_code}"
        asked = [query["sql"] for query in captured if not query["sql"].startswith(BOUNDARIES)]
        costs[name, persona] = (len(asked), "\n".join(sql[:300] for sql in asked))
    return costs


@pytest.mark.django_db
def test_pages_stay_within_the_budget_whatever_the_number_of_rows(client, centre):
    addresses = list(pages(centre))
    grow(centre, 10)
    first_of_each = {name: (name, persona, address) for name, persona, address in addresses}
    measured(client, centre, first_of_each.values())  # Fills what a process keeps: content types.
    few = measured(client, centre, addresses)
    grow(centre, 10)
    measured(client, centre, [first_of_each["dashboards:home"]])  # And the catalogue of measures.
    many = measured(client, centre, addresses)
    wrong = []
    for page, (cost, queries) in many.items():
        if cost > DASHBOARDS.get(page[0], BUDGET):
            wrong.append(f"{page} costs {cost} queries:\n{queries}")
        if cost != few[page][0]:
            wrong.append(f"{page} costs {few[page][0]} queries with 10 rows and {cost} with 20:\n{queries}")
    assert not wrong, "\n\n".join(wrong)
