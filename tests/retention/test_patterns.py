"""The retention figures from rows of the database: sums, scope and the threshold guard together."""

from datetime import date, timedelta

import pytest

from ccperf.core.dates import add_months, month_start, today
from ccperf.people.models import Employment, Membership, Person, Span
from ccperf.privacy.threshold import Hidden
from retention.models import Leaver, LeaverReason, ReasonForLeaving
from retention.patterns import Filters, patterns, sites_for, years_for
from retention.population import load_population
from retention.services import LeaverFacts, register_leaver
from tests.factories import long_ago, make_person, make_team


def end_of_data() -> date:
    return month_start(today())


def intake(team, month_back: int, starters: int, gone_after: list[int], kind="voluntary") -> list[Person]:
    """``starters`` people who began ``month_back`` months before the end; some left after so many days."""
    start = add_months(end_of_data(), -month_back)
    people = []
    for position in range(starters):
        person = make_person(role=None)
        Employment.objects.filter(person=person).update(starts_on=start)
        Membership.objects.create(person=person, team=team, starts_on=start)
        if position < len(gone_after):
            register_leaver(
                by=None,
                facts=LeaverFacts(
                    person=person, kind=kind, left_on=start + timedelta(days=gone_after[position] - 1)
                ),
            )
        people.append(person)
    return people


def read(user, **choice):
    population = load_population(user)
    year = years_for(population)[0]
    return patterns(user, population, Filters(year=year, **choice))


@pytest.mark.criterion("D16")
def test_bad_intake_is_found_and_small_intake_is_hidden(centre):
    intake(centre.team, 11, 28, [40, 60, 80])
    intake(centre.team, 10, 3, [30])
    intake(centre.team, 9, 34, [10, 20, 25, 30, 35, 40, 45, 50, 60, 70, 75, 80, 85, 88, 89, 90])
    intake(centre.team, 8, 9, [])
    intake(centre.team, 7, 26, [50, 60, 200])
    intake(centre.team, 1, 12, [])
    found = read(centre.hr)
    rows = {row.month: row for row in found.intakes.rows}
    bad = rows[add_months(end_of_data(), -9)]
    assert (bad.starters, bad.left_early, bad.state) == (34, 16, "worse")
    assert rows[add_months(end_of_data(), -10)].is_hidden
    assert rows[add_months(end_of_data(), -8)].is_hidden
    assert rows[add_months(end_of_data(), -1)].state == "early"
    assert found.intakes.immature == 12
    assert (found.intakes.total.part, found.intakes.total.whole) == (22, 100)
    assert found.survival.intake == add_months(end_of_data(), -9)
    assert found.survival.state == "worse"
    assert found.survival.chosen.n == 34


@pytest.mark.criterion("D16")
def test_turnover_counts_person_time_and_leavers_of_the_year_only(centre):
    intake(centre.team, 30, 20, [400, 800, 800, 800, 800, 800])
    found = read(centre.hr)
    people = Person.objects.filter(employments__isnull=False).distinct().count()
    assert found.turnover.rate.events == 5
    assert found.turnover.rate.mean_headcount < people
    assert found.turnover.resigned.events == 5
    assert found.turnover.unrecorded == 0
    assert len(found.turnover.rolling) == 13
    assert found.turnover.rolling[-1].rate == found.turnover.rate


def test_an_end_without_an_entry_is_counted_and_said(centre):
    people = intake(centre.team, 14, 10, [])
    Employment.objects.filter(person=people[0]).update(ends_before=end_of_data() - timedelta(days=20))
    found = read(centre.hr)
    assert (found.turnover.rate.events, found.turnover.unrecorded) == (1, 1)


def test_a_lone_dismissal_is_hidden_from_managers_and_known_to_hr(centre):
    intake(centre.team, 14, 30, [300] * 12)
    intake(centre.team, 14, 6, [310], kind="involuntary")
    found = read(centre.manager)
    kinds = {row.kind: row.count for row in found.turnover.kinds}
    assert isinstance(kinds["involuntary"], Hidden)
    assert isinstance(kinds["voluntary"], Hidden), "13 leavers minus 12 resigned tells the dismissal"
    assert isinstance(found.turnover.resigned, Hidden)
    assert found.turnover.rate.events == 13
    known = {row.kind: row.count for row in read(centre.hr).turnover.kinds}
    assert (known["involuntary"], known["voluntary"]) == (1, 12)


@pytest.mark.criterion("M16")
def test_intakes_of_five_stay_in_sight_of_hr_beside_small_ones_without_a_leaver(centre):
    intake(centre.team, 10, 13, [30, 40])
    intake(centre.team, 9, 9, [20])
    intake(centre.team, 8, 2, [])
    intake(centre.team, 7, 3, [])
    rows = {row.month: row.starters for row in read(centre.hr).intakes.rows}
    seen = {back: rows[add_months(end_of_data(), -back)] for back in (10, 9, 8, 7)}
    assert seen == {10: 13, 9: 9, 8: "Hidden", 7: "Hidden"}


@pytest.mark.criterion("M16")
def test_time_since_start_is_not_told_to_managers(centre):
    intake(centre.team, 14, 20, [300] * 6)
    intake(centre.team, 6, 3, [20])
    found = read(centre.manager)
    assert isinstance(found.intakes.total, Hidden)
    assert found.hazard == ()
    assert read(centre.hr).hazard


def test_all_sites_show_an_intake_that_no_single_site_may_show(centre):
    intake(centre.team, 9, 3, [20])
    intake(centre.far_team, 9, 4, [30])
    intake(centre.team, 8, 20, [40, 50])
    intake(centre.far_team, 8, 20, [40])
    intake(centre.team, 7, 20, [40, 50])
    intake(centre.far_team, 7, 20, [40])
    month = add_months(end_of_data(), -9)
    shown = {
        site: {row.month: row.is_hidden for row in read(centre.hr, site_id=site).intakes.rows}[month]
        for site in (None, centre.site.pk, centre.far_site.pk)
    }
    assert shown == {None: False, centre.site.pk: True, centre.far_site.pk: True}


def test_manager_counts_the_own_span_only_and_sees_no_curve(centre):
    intake(centre.team, 14, 12, [300] * 6)
    intake(centre.other_team, 14, 12, [300] * 9)
    mine = read(centre.manager)
    assert mine.turnover.rate.events == 6
    assert mine.survival is None
    assert [site.name for site in sites_for(centre.manager)] == ["Northgate"]
    assert read(centre.hr).turnover.rate.events == 15


def test_someone_who_moved_away_before_leaving_is_no_leaver_of_the_old_span(centre):
    person = intake(centre.team, 14, 10, [])[0]
    moved = add_months(end_of_data(), -6)
    Membership.objects.filter(person=person).update(ends_before=moved)
    Membership.objects.create(person=person, team=centre.other_team, starts_on=moved)
    register_leaver(
        by=None,
        facts=LeaverFacts(person=person, kind="voluntary", left_on=end_of_data() - timedelta(days=30)),
    )
    assert read(centre.manager).turnover.rate.events == 0
    assert read(centre.hr).turnover.rate.events == 1


def test_small_site_and_the_rest_are_hidden_together(centre):
    """Both sites minus the large one would be the small one, so a manager of two gets neither alone."""
    Span.objects.create(person=centre.people.stranger_manager, site=centre.site, starts_on=long_ago())
    intake(centre.team, 14, 20, [])
    intake(centre.far_team, 14, 3, [])
    assert read(centre.stranger_manager, site_id=centre.far_site.pk).turnover is None
    assert read(centre.stranger_manager, site_id=centre.site.pk).turnover is None
    assert read(centre.stranger_manager).turnover is not None
    intake(centre.far_team, 14, 4, [])
    del centre.stranger_manager.access
    assert read(centre.stranger_manager, site_id=centre.far_site.pk).turnover is not None


def name_reasons(leaver, *keys, stated_by="leaver", occasion="exit"):
    for position, key in enumerate(keys):
        LeaverReason.objects.create(
            leaver=leaver,
            reason=ReasonForLeaving.objects.get(key=key),
            stated_by=stated_by,
            occasion=occasion,
            is_primary=position == 0,
        )


@pytest.mark.criterion("M14")
def test_reasons_then_and_later_stand_side_by_side(centre):
    intake(centre.team, 14, 20, [300] * 12)
    for position, leaver in enumerate(Leaver.objects.order_by("pk")):
        name_reasons(leaver, "pay" if position < 7 else "schedule", occasion="notice")
        name_reasons(leaver, "schedule" if position < 7 else "pay", occasion="later")
    table = read(centre.hr).reasons
    assert [(column.voice.label, column.n) for column in table.columns] == [
        ("At notice", 12),
        ("90 days later", 12),
    ]
    shares = {row.name: [share.part for share in row.shares] for row in table.rows}
    assert shares == {
        "Pay or benefits elsewhere": [7, 5],
        "Shift pattern, inflexible leave": [5, 7],
    }
    assert {row.name: row.mitigable for row in table.rows}["Pay or benefits elsewhere"] == "Partly"


@pytest.mark.criterion("M16")
def test_rare_reason_is_hidden_and_health_is_not_named_to_managers(centre):
    intake(centre.team, 14, 30, [300] * 20)
    for position, leaver in enumerate(Leaver.objects.order_by("pk")):
        name_reasons(
            leaver,
            "pay" if position < 8 else "health" if position < 14 else "study" if position < 18 else "career",
        )
    table = read(centre.hr).reasons
    shares = {row.name: row.shares[0] for row in table.rows}
    assert isinstance(shares["No progression"], Hidden)
    assert isinstance(shares["Study"], Hidden)
    assert shares["Pay or benefits elsewhere"].part == 8
    assert shares["Ill health"].part == 6
    names = {row.name for row in read(centre.manager).reasons.rows}
    assert "Ill health" not in names
    assert "Another reason" in names


def test_few_answers_are_no_distribution(centre):
    intake(centre.team, 14, 30, [300] * 7)
    for leaver in Leaver.objects.all():
        name_reasons(leaver, "pay")
    table = read(centre.hr).reasons
    assert table.rows == ()
    assert table.has_hidden
    assert isinstance(table.columns[0].n, Hidden)


def test_survey_rows_without_people_tell_reasons_but_no_rate(centre):
    for number in range(10):
        leaver = register_leaver(
            by=None,
            facts=LeaverFacts(
                kind="voluntary",
                left_on=end_of_data() - timedelta(days=100),
                left_precision="month",
                external_source="Exit survey",
                external_reference=str(number),
            ),
        )
        name_reasons(leaver, "workload")
    found = read(centre.hr)
    assert found.turnover.rate.events == 0
    assert found.reasons.rows[0].shares[0].part == 10


def test_statistics_follow_an_edit_at_once(centre):
    people = intake(centre.team, 14, 20, [])
    assert read(centre.hr).turnover.rate.events == 0
    register_leaver(
        by=None,
        facts=LeaverFacts(person=people[0], kind="voluntary", left_on=end_of_data() - timedelta(days=5)),
    )
    assert read(centre.hr).turnover.rate.events == 1


def test_reading_costs_the_same_for_many_people(centre, django_assert_num_queries):
    intake(centre.team, 12, 10, [100])
    centre.hr.access  # noqa: B018
    with django_assert_num_queries(3):
        read(centre.hr)
    intake(make_team(), 10, 20, [50, 60])
    with django_assert_num_queries(3):
        read(centre.hr)
