"""One box finds what the reader may see, and nothing else."""

import pytest
from django.urls import reverse
from django.utils import timezone

from ccperf.core.dates import today
from ccperf.dashboards.searching import search
from ccperf.dashboards.standards import DEVELOP, MANAGE, standards_map
from feedback.models import FeedbackItem, FeedbackRoute


@pytest.fixture
def note(centre):
    route = FeedbackRoute.objects.create(
        key="r", name="R", kind="informal", direction="provide", from_whom="X"
    )
    return FeedbackItem.objects.create(
        route=route,
        about_person=centre.people.agent,
        team=centre.team,
        received_on=today(),
        text="Billing screen froze.",
    )


def titles(user, words):
    return [hit.title for group in search(user, words) for hit in group.hits]


def test_a_leader_finds_own_people_and_notes(centre, note):
    assert "Amara Okonkwo" in titles(centre.supervisor, "amara")
    assert "Billing screen froze." in titles(centre.supervisor, "screen billing")


def test_a_note_is_found_by_its_process_and_code_until_it_is_withdrawn(centre, note):
    note.process_name = "Billing screen"
    note.text = "It froze."
    note.save()
    for words in ("froze billing", note.code):
        assert "It froze." in titles(centre.supervisor, words)
    note.withdrawn_at = timezone.now()
    note.save()
    assert "It froze." not in titles(centre.supervisor, "froze")


def test_a_stranger_finds_neither(centre, note):
    assert titles(centre.stranger_supervisor, "amara") == []
    assert titles(centre.stranger_supervisor, "billing screen froze") == []


def test_hr_finds_people_but_no_note(centre, note):
    assert titles(centre.hr, "amara") == ["Amara Okonkwo"]
    assert titles(centre.hr, "froze") == []


@pytest.mark.parametrize("words", ["okonkow", "Amrara", "amarra okonkwo", "Okonkwo Amra"])
def test_a_slip_of_the_pen_finds_the_name_within_scope(centre, words):
    assert titles(centre.supervisor, words)[0] == "Amara Okonkwo"
    assert "Amara Okonkwo" in titles(centre.hr, words)
    assert titles(centre.stranger_supervisor, words) == []


def test_what_is_only_faintly_alike_is_not_found(centre):
    assert titles(centre.hr, "marathon") == []
    assert titles(centre.hr, "rhys okonkwo") == []


def test_one_letter_finds_nothing(centre):
    assert search(centre.supervisor, "a") == []


def test_the_page_keeps_the_words_and_escapes_them(client, centre):
    client.force_login(centre.supervisor)
    page = client.get(reverse("dashboards:search"), {"q": "<b>x</b>"}).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
    assert "Nothing matches" in page


def test_the_map_names_all_criteria_once():
    codes = [criterion.code for criterion in MANAGE + DEVELOP]
    assert codes == [f"M{n}" for n in range(1, 17)] + [f"D{n}" for n in range(1, 17)]


def test_the_map_links_only_what_the_reader_may_open(client, centre):
    client.force_login(centre.supervisor)
    for _, lines in standards_map(centre.supervisor):
        for line in lines:
            for label, url in line.links:
                assert client.get(url, follow=True).status_code == 200, f"{line.criterion.code}: {label}"
