"""Every address as every persona. What each may open is declared in ``tests/access_rules``."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access_rules import PERSONAS, all_rules, user_of

RULES = all_rules()
OTHER_PEOPLES_PAGES = {"admin"}  # Django's own admin guards itself; see the test at the end.


def named_addresses() -> set[str]:
    """The names of all addresses of the project, ``namespace:name``."""
    found: set[str] = set()

    def walk(patterns, namespaces: tuple[str, ...]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
                if not OTHER_PEOPLES_PAGES & set(inner):
                    walk(pattern.url_patterns, inner)
            elif isinstance(pattern, URLPattern):
                assert pattern.name, f"The address {pattern.pattern} has no name."
                found.add(":".join((*namespaces, pattern.name)))

    walk(get_resolver().url_patterns, ())
    return found


def test_every_address_has_a_rule():
    missing = named_addresses() - RULES.keys()
    assert not missing, f"Declare who may open these in tests/access_rules: {sorted(missing)}"


def test_every_rule_has_an_address():
    stale = RULES.keys() - named_addresses()
    assert not stale, f"These rules name no address: {sorted(stale)}"


@pytest.mark.parametrize("name", sorted(RULES.keys() & named_addresses()))
@pytest.mark.django_db
def test_personas_get_the_declared_answer(name, centre):
    rule = RULES[name]
    method = rule.get("method", "get")
    wrong = []
    for persona in PERSONAS:
        client = Client(raise_request_exception=False)
        user = user_of(centre, persona)
        if user:
            client.force_login(user)
        kwargs = rule["args"](centre) if rule.get("args") else None
        address = reverse(name, kwargs=kwargs) + rule.get("path", "")
        data = rule["data"](centre) if rule.get("data") else {}
        expected = rule[persona] if isinstance(rule[persona], tuple) else (rule[persona],)
        if method == "post" and user and expected not in ((403,), (404,)):
            by_get = client.get(address).status_code
            if by_get != 405:
                wrong.append(f"{persona}: GET {address} answered {by_get} instead of 405")
        answer = getattr(client, method)(address, data).status_code
        if answer not in expected:
            wrong.append(f"{persona}: {method.upper()} {address} answered {answer}, declared {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_django_admin_is_closed_to_all_but_staff(centre):
    for persona in PERSONAS:
        client = Client()
        if user := user_of(centre, persona):
            client.force_login(user)
        assert client.get(reverse("admin:index")).status_code in (302, 403), persona
