"""Scores with their reasons and the load of weeks in which changes meet."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.analysis_changes import Effort, advise, overloaded, weekly_load

FACTORS = [("people", "People affected", 2), ("terms", "Jobs, pay, hours", 3), ("pace", "Pace", 1)]
MONDAY = date(2026, 11, 9)
WEEKS = [date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23)]


def advice(answers):
    return advise(FACTORS, answers, manage_from=45, tell_from=20)


@pytest.mark.criterion("M10")
def test_score_is_the_weighted_share_of_the_highest_and_names_what_carries_it():
    found = advice({"Ana": {"people": 3, "terms": 2, "pace": 0}, "Ben": {"people": 1, "terms": 2, "pace": 0}})
    assert found.percent == pytest.approx(100 * (2 * 2 + 3 * 2 + 0) / 18)
    assert found.outcome == "manage"
    assert [score.key for score in found.because] == ["terms", "people"]
    assert [score.key for score in found.disagreements] == ["people"]
    assert found.assessors == 2


def test_unanswered_factors_do_not_count_and_nobody_means_no_advice():
    assert advice({"Ana": {"pace": 3}}).percent == pytest.approx(100)
    assert advice({}) is None
    assert advice({"Ana": {}}) is None


@pytest.mark.parametrize(("level", "outcome"), [(3, "manage"), (1, "tell"), (0, "watch")])
def test_thresholds_decide_between_managing_telling_and_watching(level, outcome):
    assert advice({"Ana": {"people": level, "terms": level, "pace": level}}).outcome == outcome


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=3),
        st.dictionaries(st.sampled_from(["people", "terms", "pace"]), st.integers(0, 3)),
        max_size=4,
    )
)
def test_score_stays_within_nought_and_a_hundred(answers):
    found = advice(answers)
    assert found is None or 0 <= found.percent <= 100


def test_hours_spread_over_working_days_and_add_up():
    effort = Effort("a", date(2026, 11, 11), date(2026, 11, 24), hours=10, teams=frozenset())
    hours = [load.hours for load in weekly_load([effort], [1], WEEKS)]
    assert hours == pytest.approx([3, 5, 2])


def test_load_is_that_of_the_team_that_bears_most():
    one = Effort("one", MONDAY, date(2026, 11, 13), hours=3, teams=frozenset({1}))
    both = Effort("both", MONDAY, date(2026, 11, 13), hours=1.5, teams=frozenset())
    load = weekly_load([one, both], [1, 2], WEEKS)[0]
    assert (load.hours, load.team, load.changes) == (4.5, 1, ("one", "both"))
    assert overloaded(weekly_load([one, both], [1, 2], WEEKS), 4) == [load]
    assert weekly_load([], [], WEEKS)[0].hours == 0


def test_a_change_on_a_weekend_counts_in_its_week():
    effort = Effort("a", date(2026, 11, 14), date(2026, 11, 15), hours=2, teams=frozenset())
    assert [load.hours for load in weekly_load([effort], [1], WEEKS)] == [2, 0, 0]
