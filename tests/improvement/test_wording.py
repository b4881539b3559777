from improvement.wording import Names, PromiseTerms, Terms, agreement_text, changed_parts

TERMS = Terms(
    title="Recap the next step",
    what="Sum up the agreed next step before closing every call",
    starts_on="2026-08-17",
    due_on="2026-11-09",
    metric="first_contact_resolution",
    target_value=0.76,
    guard_metric="average_handle_time",
    guard_limit=610,
    promises=(
        PromiseTerms("team", "Sum up the next step before closing each call."),
        PromiseTerms("leader", "Get a reminder built into the case tool", "2026-12-04"),
    ),
)
NAMES = Names(
    "First contact resolution", "72.3%", "76.0%", "Average handle time", "610 s", "Team Harbour", "Priya"
)


def test_the_text_reads_as_people_say_it():
    assert agreement_text(TERMS, NAMES).split("\n") == [
        "Sum up the agreed next step before closing every call. From 17\u00a0August 2026.",
        "Aim: First contact resolution from 72.3% to 76.0% by 9\u00a0November 2026.",
        "Guard: Average handle time must not pass 610 s.",
        "Team Harbour will: Sum up the next step before closing each call.",
        "Priya will: Get a reminder built into the case tool by 4\u00a0December 2026.",
    ]


def test_an_action_without_a_measure_has_a_day_to_look_at_it():
    text = agreement_text(Terms("T", "Try it!", "2026-08-17", "2026-09-14"), Names())
    assert text == "Try it! From 17\u00a0August 2026.\nWe look at it together on 14\u00a0September 2026."


def test_terms_survive_being_frozen():
    assert Terms.from_json(TERMS.as_json()) == TERMS


def test_what_differs_is_named():
    other = Terms.from_json(TERMS.as_json() | {"due_on": "2026-12-01", "target_value": 0.75})
    assert changed_parts(TERMS, other) == ["the review day", "the target"]
    assert changed_parts(TERMS, TERMS) == []
