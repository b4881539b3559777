"""Figures by command: measures by other names, what their n is, and what gives way to what."""

import pytest
from django.db.models import Sum

from ccperf.metrics.models import Observation

pytestmark = pytest.mark.django_db
CALLS = ("Call ID,Date,Agent,Answered,Talk time", "1,2026-01-05,Amara Okonkwo,Y,100")
FIGURE = ("Date,Agent,Metric,Value,n", "2026-01-05,Amara Okonkwo,AHT,300,10")


def parts(metric):
    found = Observation.objects.filter(metric__key=metric)
    return tuple(found.aggregate(a=Sum("numerator"), b=Sum("denominator")).values())


def test_a_measure_that_is_not_known_brings_those_near_it(run, csv, centre):
    path = csv(
        "Date,Agent,Metric,Value",
        "2026-01-05,Amara Okonkwo,CSAT,80%",
        "2026-01-05,Amara Okonkwo,Adherance,90%",
    )
    result = run("metrics", path, "--dry-run")
    assert result.reasons == {"Measure not known": 2}
    said = " ".join(example["reason"] for example in result.examples)
    assert "“CSAT” is not known; near it is Customer satisfaction, top two" in said
    assert "“Adherance” is not known; near it is Schedule adherence" in said
    again = run("metrics", path, "--values", "metric:CSAT=csat_t2b,Adherance=adherence")
    assert (again.imported, again.quarantined) == (2, 0)


def test_a_column_that_may_be_a_measure_is_named(run, csv, centre):
    result = run("metrics", csv("Date,Agent,AHT,CSAT %", "2026-01-05,Amara Okonkwo,300,80%"))
    assert result.not_used == ["CSAT % may be csat_t2b"]


def test_calls_are_the_n_of_measures_made_of_calls_alone(run, csv, centre):
    path = csv("Date,Agent,Calls,AHT,QA score,Adherence", "2026-01-05,Amara Okonkwo,20,300,85%,92%")
    result = run("metrics", path)
    assert (parts("aht"), parts("qa_score"), parts("adherence")) == ((6000, 20), (0.85, 1), (0.92, 1))
    assert "“Calls” is the n of: Handle time." in result.notes
    assert "The file gives no n of: Adherence, Quality. There every row counts as one." in result.notes


def test_a_sample_size_is_the_n_of_every_measure(run, csv, centre):
    result = run("metrics", csv("Date,Agent,n,AHT,QA score", "2026-01-05,Amara Okonkwo,20,300,85%"))
    assert (parts("aht"), parts("qa_score")) == ((6000, 20), (17, 20))
    assert not any("gives no n" in note for note in result.notes)


def test_each_measure_without_n_is_named_also_when_others_have_one(run, csv, centre):
    result = run("metrics", csv("Month,Team,Abandon rate,Abandon rate n,ASA", "Jan-26,Alpha,5%,1000,45"))
    assert "The file gives no n of: Speed of answer. There every row counts as one." in result.notes


def test_answers_of_people_are_kept_for_groups_that_are_large_enough(run, csv, centre):
    head = "Date,Agent,Team,Metric,Numerator,Denominator,n"
    path = csv(
        head,
        "2026-01-05,Amara Okonkwo,,enps,-100,1,1",
        "2026-01-05,,Harbour,enps,200,4,4",
        "2026-01-05,,Quay,enps,200,6,6",
        "2026-01-05,Amara Okonkwo,,hse_scale_role,12,4,5",
        "2026-01-05,Amara Okonkwo,,aht,300,1,1",
    )
    result = run("metrics", path)
    assert result.reasons == {"Answers of a single person": 2, "Answers of too few people": 1}
    kept = Observation.objects.values_list("metric__key", "team__name", "person__name")
    assert set(kept) == {("enps", "Quay", None), ("aht", "Harbour", "Amara Okonkwo")}
    wide = run("metrics", csv("Date,Agent,enps,aht", "2026-01-06,Amara Okonkwo,-100,300"))
    assert wide.reasons == {"Answers of a single person": 1}


def test_answers_of_who_knows_how_many_are_set_aside(run, csv, centre):
    """The items of a scale are not people: eight of them may be the answers of two."""
    scale = run("metrics", csv("Date,Team,hse_scale_role.numerator,hse_scale_role.denominator",
                               "2026-01-05,Harbour,24,8"))  # fmt: skip
    bare = run("metrics", csv("Date,Team,enps", "2026-01-05,Harbour,20"))
    assert scale.reasons == bare.reasons == {"Answers of an unknown number of people": 1}
    counted = run("metrics", csv("Date,Team,enps,n", "2026-01-05,Harbour,20,9"))
    assert counted.imported == 1


def test_contacts_take_the_place_of_a_ready_figure_and_say_so(run, undo, csv, centre):
    run("metrics", csv(*FIGURE))
    result = run("contacts", csv(*CALLS, name="calls.csv"))
    assert parts("aht") == (100, 1)
    assert "1 figure brought by other files gave way to what these contacts make." in result.notes
    undo(result.import_id)
    assert parts("aht") == (3000, 10)


def test_a_ready_figure_takes_the_place_of_contacts_and_says_so(run, undo, csv, centre):
    run("contacts", csv(*CALLS, name="calls.csv"))
    result = run("metrics", csv(*FIGURE))
    assert parts("aht") == (3000, 10)
    assert "1 figure made of contacts or intervals gave way to what the file says." in result.notes
    undo(result.import_id)
    assert parts("aht") == (100, 1)
