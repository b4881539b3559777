"""What may be a new theme: named after no person and no number, and put away while nothing is new."""

import re

import pytest

from ccperf.jobs.services import run_job_now
from ccperf.people.models import Person
from feedback.themes import emerging, services
from feedback.themes.models import ThemeSuggestion
from tests.feedback.makers import make_item
from tests.themes.makers import theme

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M5")]

BILL = [
    "The redesigned bill hides the meter reading",
    "Redesigned bill with no meter reading on it",
    "Where is the meter reading on the redesigned bill",
    "The redesigned bill shows no meter reading",
    "No meter reading printed on the redesigned bill",
    "Meter reading missing from the redesigned bill",
    "My redesigned bill has lost the meter reading",
]
GARDEN = [
    "The sculpture garden photographs upload sideways",
    "Uploading photographs of the sculpture garden turns them",
    "Sculpture garden photographs are upside down after upload",
    "Photographs of our sculpture garden come out sideways",
    "My sculpture garden photograph was turned by the upload",
    "The upload turns every photograph of the sculpture garden",
    "Sideways photographs again in the sculpture garden upload",
]
ENDS = ("", " at all", ", sadly", "; why", " these days")


@pytest.fixture
def centre(centre):
    theme()
    return centre


def say(centre, texts) -> None:
    for text in texts:
        make_item(centre, text=text, about=None, team=centre.team)


def analyse(grain: str = "medium") -> list[ThemeSuggestion]:
    """What is suggested after an analysis."""
    assert run_job_now(services.start_analysis(by=None, grain=grain).pk).status == "done"
    return list(ThemeSuggestion.objects.open())


def dismiss_all(centre) -> None:
    for suggestion in ThemeSuggestion.objects.open():
        emerging.dismiss_suggestion(suggestion=suggestion, by=centre.manager)


def test_a_suggestion_is_named_after_no_number_and_no_person(centre):
    Person.objects.create(employee_number="P9", name="Octavia Threlfall")
    private = "ring 07700 900456 about AB1234567 on account 12345678, ask Octavia Threlfall or Mrs Pugh"
    say(centre, [f"{text}, {private}" for text in BILL])
    (suggestion,) = analyse()
    made = emerging.promote_suggestion(
        suggestion=suggestion, by=centre.manager, name="New bill", attribution="product"
    )
    words = " ".join([suggestion.name, *suggestion.phrases, *made.phrases]).lower()
    assert "meter reading" in words
    assert not re.search(r"\d|hidden|octavia|threlfall|pugh", words)


@pytest.mark.parametrize("first", ["medium", "fine", "coarse"])
def test_what_was_put_away_stays_away_at_every_grain(centre, first):
    say(centre, [f"{text}{end}" for text in (*BILL, *GARDEN) for end in ENDS])
    assert len(analyse(first)) == {"fine": 7, "medium": 3, "coarse": 2}[first], "Each cuts them otherwise."
    dismiss_all(centre)
    for grain in ("fine", "coarse", "medium"):
        assert analyse(grain) == [], grain
    say(centre, GARDEN[:2])
    assert analyse("coarse") == [], "Two more are not half as many again."


def test_what_grew_by_half_comes_back_with_all_of_it_in_whatever_groups_it_is_found(centre):
    say(centre, [f"{text}{end}" for text in BILL for end in ENDS[:2]])
    (suggestion,) = analyse("coarse")
    dismiss_all(centre)
    say(centre, (f"{text}{end}" for text in BILL[:2] for end in ENDS[2:]))
    assert analyse("fine") == [], "Six more than fourteen."
    say(centre, BILL[:1])
    (again,) = analyse("fine")
    assert (again.pk, again.size, again.members.count()) == (suggestion.pk, 21, 21)


def test_what_is_new_beside_what_was_put_away_is_suggested(centre):
    say(centre, BILL)
    analyse()
    dismiss_all(centre)
    say(centre, GARDEN)
    (new,) = analyse()
    assert "sculpture" in new.name
