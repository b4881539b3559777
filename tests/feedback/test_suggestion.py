"""What the log form suggests from two sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.suggestion import Candidate, people_named, suggest, suggest_strength

TEAM = [
    Candidate(1, "Amara Okonkwo"),
    Candidate(2, "Siobhán Ní Dhomhnaill"),
    Candidate(3, "Mei-Ling Castellanos-Thornbury"),
    Candidate(4, "Will Young"),
    Candidate(5, "Amara Bello"),
    Candidate(6, "Rhys Llewellyn"),
    Candidate(7, "Oluwaseun Adébáyò-Whitfield"),
]


def chosen(text, team=TEAM):
    person = suggest(text, team).person
    return person.name if person else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Amara Okonkwo rang the customer back herself.", "Amara Okonkwo"),
        ("Siobhán stayed calm while the caller swore at her.", "Siobhán Ní Dhomhnaill"),
        ("siobhan stayed calm", "Siobhán Ní Dhomhnaill"),
        ("Great recap by Mei-Ling's team mate Rhys Llewellyn.", "Rhys Llewellyn"),
        ("Thornbury and nobody else", None),
        ("Castellanos-Thornbury explained it.", "Mei-Ling Castellanos-Thornbury"),
        ("Amara B. was late.", "Amara Bello"),
        ("Amara was late.", None),
        ("Will Young forgot the postcode.", "Will Young"),
        ("I think it will be young people mostly.", None),
        ("I asked Will about it.", "Will Young"),
        ("Olwaseun solved it.", "Oluwaseun Adébáyò-Whitfield"),
        ("Rhys Llewellyn and Amara Okonkwo swapped shifts.", None),
        ("The billing screen froze twice.", None),
        ("", None),
    ],
)
def test_the_person_is_suggested_only_when_nobody_else_could_be_meant(text, name):
    assert chosen(text) == name


def test_everybody_who_could_be_meant_is_offered():
    names = [match.name for match in people_named("Amara was late.", TEAM)]
    assert names == ["Amara Bello", "Amara Okonkwo"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Stayed calm while the caller swore at her and ended the call the right way.", "strength"),
        ("She rang the customer back herself before closing the case.", "strength"),
        ("Did not confirm the postcode before changing the address; forgot the recap.", "improvement"),
        ("He was not helpful.", "improvement"),
        ("Never rude, even then.", "strength"),
        ("Helpful and quick. Forgot to confirm the postcode.", "mixed"),
        ("He was polite but talked over the customer.", "mixed"),
        ("Took twelve calls on Monday.", ""),
        ("She rushed the security check.", "improvement"),
        ("The customer was rude, she explained it patiently.", "strength"),
    ],
)
def test_the_wording_suggests_a_strength_or_something_to_improve(text, kind):
    assert suggest_strength(text)[0] == kind


def test_the_words_that_say_so_are_given():
    assert suggest_strength("Calm, but forgot the recap.")[1] == ("calm", "forgot")


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text):
    suggestion = suggest(text, TEAM)
    assert suggestion.strength in {"", "strength", "improvement", "mixed"}
    assert bool(suggestion.strength) == bool(suggestion.cues)


@given(
    st.sampled_from(TEAM), st.sampled_from(["{} did it.", "Thanks to {}!", "it was {}", "I saw {}'s call"])
)
def test_a_full_name_is_always_found(person, sentence):
    assert chosen(sentence.format(person.name)) == person.name
