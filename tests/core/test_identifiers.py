"""Numbers in addresses and forms: nothing that a person can type brings a page down."""

import pytest
from django.urls import reverse

from ccperf.core.identifiers import as_id
from ccperf.imports.problems import UnusableFile
from ccperf.imports.reading import RawFile, RawSheet
from tests.themes.makers import theme

ODD = ["²", "٣", "9" * 18, "9" * 19, "9" * 4400]


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("42", 42), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_plain_digits_are_a_number(text, number):
    assert as_id(text) == number


@pytest.mark.parametrize(
    "text", ["", None, "²", "٣", "-1", "+1", " 1", "1_0", "1.0", "x", "9" * 19, "9" * 4400]
)
def test_anything_else_is_none(text):
    assert as_id(text) is None


def test_an_odd_sheet_number_is_refused_with_a_sentence():
    for text in ODD:
        with pytest.raises(UnusableFile):
            RawFile([RawSheet("One", [], [])], form="xlsx").sheet(text)


@pytest.mark.django_db
def test_odd_numbers_in_filters_find_nothing_or_everything(client, centre):
    client.force_login(centre.admin)
    for text in ODD:
        for name in ("team", "site"):
            assert client.get(reverse("people:person-list"), {name: text}).status_code == 200


@pytest.mark.django_db
def test_an_odd_version_is_a_stale_one(client, centre):
    client.force_login(centre.admin)
    address = reverse("people:account-deactivate", args=[centre.people.agent.pk])
    for text in ODD:
        assert client.post(address, {"version": text}).status_code == 422


@pytest.mark.django_db
def test_odd_numbers_elsewhere(client, centre):
    client.force_login(centre.supervisor)
    detail = reverse("themes:theme-detail", args=[theme().pk])
    for text in ODD:
        assert client.get(detail, {"weeks": text, "page": text}).status_code == 200
        asked = dict.fromkeys(("theme", "item", "team", "person"), text)
        assert client.get("/improvement/actions/new/", asked).status_code == 200
        assert client.post("/feedback/share/", {"item": text}).status_code == 302
