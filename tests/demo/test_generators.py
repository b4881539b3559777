"""The plain generators of the demonstration centre: equal seeds, natural sentences, causes that show."""

from collections import Counter
from datetime import date, timedelta
from itertools import islice

import pytest

from ccperf.demo.intervals import half_hours
from ccperf.demo.names import REMARKABLE, people_names
from ccperf.demo.plan import Scale, make_plan
from ccperf.demo.randomness import array_stream, stream
from ccperf.demo.sentences import (
    BANKS,
    PLANTED,
    customer_comment,
    planted_comment,
    staff_comment,
    themes_of_voice,
)
from ccperf.demo.series import agent_figures, queue_days, team_figures
from ccperf.demo.stories import stories

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def plan():
    return make_plan(Scale(today=TODAY, seed=7, agents=96, months=12))


def test_streams_of_one_name_agree_and_of_two_names_differ():
    assert stream(1, "a", 2).random() == stream(1, "a", 2).random()
    assert stream(1, "a").random() != stream(1, "b").random()
    assert array_stream(3, "x").random() == array_stream(3, "x").random()


def test_names_are_distinct_and_include_the_remarkable_ones():
    names = list(islice(people_names(stream(1, "names")), 400))
    assert len(set(names)) == 400
    assert set(REMARKABLE) <= set(names)


@pytest.mark.parametrize("voice", sorted(BANKS))
def test_every_theme_and_tone_makes_whole_sentences(voice):
    rng = stream(5, voice)
    for tone in ("good", "bad"):
        for theme in themes_of_voice(voice, tone):
            for _ in range(30):
                if voice == "customer":
                    text = customer_comment(rng, [theme], tone, agent_name="Zoe Ng").text
                else:
                    text = staff_comment(rng, voice, theme, tone, name="Zoe Ng").text
                assert "{" not in text
                assert "  " not in text
                assert 8 <= len(text) <= 500


def test_comments_are_varied():
    rng = stream(5, "variety")
    texts = {customer_comment(rng, ["resolution"], "bad").text for _ in range(300)}
    assert len(texts) > 150


def test_planted_comments_exist_for_each_truth_and_voice():
    rng = stream(5, "planted")
    for truth, voices in PLANTED.items():
        for voice in voices:
            assert planted_comment(rng, truth, voice).themes == (truth,)


def test_the_same_seed_makes_the_same_centre_and_another_seed_another(plan):
    again = make_plan(Scale(today=TODAY, seed=7, agents=96, months=12))
    other = make_plan(Scale(today=TODAY, seed=8, agents=96, months=12))
    assert plan == again
    assert stories(plan) == stories(again)
    assert [person.name for person in plan.agents] != [person.name for person in other.agents]


def test_teams_hold_eight_to_fifteen_of_the_wanted_number_of_agents(plan):
    sizes = [len(plan.members(team.index, TODAY)) for team in plan.teams]
    assert sum(sizes) == len(plan.present()) == 96
    assert min(sizes) >= 8
    assert max(sizes) <= 15


def test_spells_of_one_person_never_overlap(plan):
    for person in plan.agents:
        for (_, _, until), (_, since, _) in zip(person.spells, person.spells[1:], strict=False):
            assert until == since


def test_the_bad_intake_leaves_early(plan):
    bad = [person for person in plan.agents if person.is_bad_intake]
    early = [person for person in bad if person.leaving]
    assert len(early) >= 4
    assert all((person.leaving.last_day - person.started_on).days <= 90 for person in early)


def test_nobody_leaves_before_starting_or_gives_notice_after_leaving(plan):
    for person in plan.agents:
        if person.leaving:
            assert person.started_on <= person.leaving.notice_on <= person.leaving.last_day < TODAY


def _figures(plan):
    return {figures.metric: figures for figures in agent_figures(plan)}


def _pooled(plan, figures, team, since, until):
    start = plan.scale.starts_on
    chosen = [
        index
        for index, (who, day) in enumerate(zip(figures.who, figures.day, strict=True))
        if since <= start + timedelta(days=int(day)) < until
        and plan.agents[who].team_on(start + timedelta(days=int(day))) == team
    ]
    return figures.numerator[chosen].sum() / figures.denominator[chosen].sum()


def test_an_action_that_worked_moves_its_measure_and_one_that_only_seemed_to_does_not(plan):
    figures, truths = _figures(plan), plan.truths
    half = timedelta(days=100)
    before = _pooled(plan, figures["fcr_net"], truths.worked_team, truths.worked_on - half, truths.worked_on)
    after = _pooled(plan, figures["fcr_net"], truths.worked_team, truths.worked_on, TODAY)
    assert after - before > 0.05
    csat, team = figures["csat_t2b"], truths.seeming_team
    long_before = _pooled(plan, csat, team, plan.scale.starts_on, truths.seeming_on - timedelta(days=28))
    low = _pooled(plan, csat, team, truths.seeming_on - timedelta(days=28), truths.seeming_on)
    since = _pooled(plan, csat, team, truths.seeming_on, TODAY)
    assert since - low > 0.04
    assert abs(since - long_before) < 0.03


def test_the_twin_without_causes_has_none(plan):
    twin = make_plan(Scale(today=TODAY, seed=7, agents=96, months=12))
    twin.truths = plan.truths.without()
    figures, truths = _figures(twin), plan.truths
    half = timedelta(days=100)
    before = _pooled(twin, figures["fcr_net"], truths.worked_team, truths.worked_on - half, truths.worked_on)
    after = _pooled(twin, figures["fcr_net"], truths.worked_team, truths.worked_on, TODAY)
    assert abs(after - before) < 0.03
    assert not any("redesigned" in story.text.lower() for story in stories(twin))


def test_a_gamed_target_piles_up_under_its_value_while_transfers_rise(plan):
    figures, truths = _figures(plan), plan.truths
    half = timedelta(days=100)
    before = _pooled(
        plan, figures["transfer_rate"], truths.gamed_team, truths.gamed_on - half, truths.gamed_on
    )
    after = _pooled(plan, figures["transfer_rate"], truths.gamed_team, truths.gamed_on, TODAY)
    assert after > before * 1.4
    assert _pooled(plan, figures["aht"], truths.gamed_team, truths.gamed_on, TODAY) < 481


def test_figures_are_possible(plan):
    for figures in agent_figures(plan):
        assert (figures.denominator > 0).all()
        assert (figures.numerator >= 0).all()
        if figures.metric not in ("aht", "acw", "hold_time"):
            assert (figures.numerator <= figures.denominator).all()
    for row in team_figures(plan):
        assert 0 <= row.numerator <= row.denominator
    for row in queue_days(plan):
        assert row.answered + row.abandoned == row.offered
        assert row.within_target <= row.answered
        assert row.day.weekday() != 6


def test_the_half_hours_of_a_queue_add_up_to_its_day(plan):
    rng = array_stream(1, "test")
    for row in islice(queue_days(plan), 0, None, 97):
        halves = list(half_hours(row, rng))
        for name in ("offered", "answered", "abandoned", "within_target", "wait_seconds", "handle_seconds"):
            assert sum(getattr(half, name) for half in halves) == getattr(row, name)
        assert all(0 <= half.within_target <= half.answered <= half.offered for half in halves)


def test_complaints_about_the_new_bill_emerge_only_after_it(plan):
    told = [story.day for story in stories(plan) if "redesigned bill" in story.text.lower()]
    assert len(told) > 10
    assert min(told) >= plan.truths.new_bill_on


def test_feedback_comes_by_several_routes_and_leaves_some_unshared(plan):
    made = stories(plan)
    assert len(Counter(story.route for story in made)) >= 6
    assert any(story.agent is not None and story.shared_after is None for story in made)
    assert any(story.reply for story in made)
    assert [story.day for story in made] == sorted(story.day for story in made)
