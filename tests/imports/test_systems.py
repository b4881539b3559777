"""Headings and cells as telephone, quality, survey and personnel systems write them."""

import pytest

from ccperf.metrics.models import Observation
from ccperf.metrics.records import ContactRecord, IntervalRecord
from ccperf.people.models import Person
from feedback.models import FeedbackItem

pytestmark = pytest.mark.django_db


def test_a_cloud_telephone_system_with_starts_of_conversations(run, csv, centre):
    path = csv(
        "Conversation ID,Conversation Start,Queue,Users - Interacted,Wrap-up,Total Talk,Total Hold,Total ACW,"
        "Total Handle,Total Queue Wait,Abandoned",
        'g1,"1/13/26, 9:02 AM",Billing,Amara Okonkwo,Refund,0:04:12,0:00:30,0:00:45,0:05:27,0:00:21,NO',
        'g2,"1/13/26, 9:05 AM",Billing,,,,,,,0:01:10,YES',
    )
    result = run("contacts", path)
    assert (result.imported, result.not_used) == (2, ["Wrap-up may be topic"])
    first = ContactRecord.objects.get(key="id:g1")
    assert (first.talk_seconds, first.hold_seconds, first.after_call_seconds) == (252, 30, 45)
    assert (first.handle_seconds, first.wait_seconds, first.person) == (327, 21, centre.people.agent)
    assert ContactRecord.objects.get(key="id:g2").abandoned


def test_a_call_log_with_login_and_name_of_the_agent(run, csv, centre):
    path = csv(
        "CALL ID,TIMESTAMP,CALL TYPE,AGENT,AGENT NAME,DISPOSITION,QUEUE WAIT TIME,RING TIME,TALK TIME,"
        "AFTER CALL WORK TIME,ABANDONED",
        '1,"Tue, 13 Jan 2026 09:12:00",Inbound,ann@acme.example,Ann Lee,Refund,00:00:25,00:00:05,00:04:30,'
        "00:00:32,0",
    )
    assert run("contacts", path, "--create-people").imported == 1
    record = ContactRecord.objects.get()
    assert (record.topic, record.wait_seconds, record.after_call_seconds) == ("Refund", 25, 32)
    assert (record.person.name, record.person.email) == ("Ann Lee", "ann@acme.example")


def test_a_skill_report_with_short_headings_and_a_summary(run, csv, centre):
    path = csv(
        "Time,Avg Speed Ans,ACD Calls,Avg ACD Time,Aban Calls,Max Delay,% Within Service Level,Calls Offered",
        "9:00 AM-9:30 AM,:21,40,4:10,2,2:10,81.0,42",
        "9:30 AM-10:00 AM,:09,38,3:50,0,:50,95.0,38",
        "Summary,:15,78,4:00,2,2:10,87.5,80",
    )
    result = run("intervals", path, "--set", "date=2026-01-13", "queue=Billing")
    assert (result.imported, result.reasons) == (2, {"A line of totals": 1})
    record = IntervalRecord.objects.order_by("starts_at").first()
    assert (record.offered, record.answered, record.abandoned) == (42, 40, 2)
    assert (record.wait_seconds, record.within_target) == (840, pytest.approx(34.02))


def test_an_average_is_not_taken_for_a_total_nor_the_longest_for_either(run, csv, centre):
    head = "CSQ Name,Interval Start Time,Calls Presented,Avg Queue Time,Max Handle Time,Calls Handled"
    result = run("intervals", csv(head, "Billing,2026-01-13 09:00:00,42,0:00:21,0:20:00,40"))
    record = IntervalRecord.objects.get()
    assert (record.queue.name, record.wait_seconds, record.handle_seconds) == ("Billing", None, None)
    assert "Avg Queue Time may be average_wait" in result.not_used


def test_a_percentage_is_no_count(run, csv, centre):
    run("intervals", csv("Date,Queue,Offered,Abandoned %", "2026-01-13,Billing,100,5"))
    assert IntervalRecord.objects.get().abandoned is None


def test_milliseconds_are_suspected_and_may_be_said_in_the_heading(run, csv, centre):
    row = "2026-01-13,Billing,40,21000,301500"
    result = run("intervals", csv("Date,Queue,Answer,ASA,Avg Handle", row))
    assert sum("If they are milliseconds, write “ms” into" in note for note in result.notes) == 2
    said = run("intervals", csv("Date,Queue,Answer,ASA (ms),Avg Handle (ms)", row))
    assert (said.updated, IntervalRecord.objects.get().wait_seconds) == (1, 840)


def test_rows_of_nobody_are_said_to_count_for_the_whole_centre(run, csv, centre):
    result = run("intervals", csv("Date,Queue,Offered", "2026-01-13,Billing,40", "2026-01-13,,5"))
    assert "1 row names no person, queue, team or site. It counts for the whole centre." in result.notes


def test_contacts_without_a_word_on_being_answered_are_said_to_count_all(run, csv, centre):
    result = run("contacts", csv("Interaction ID,Start Time,Wait Time", "1,2026-01-13 09:12:11,25"))
    assert any("does not say which contacts were answered" in note for note in result.notes)


def test_days_of_agents_from_a_cloud_telephone_system(run, csv, centre):
    path = csv(
        "Agent,StartInterval,Contacts handled,Average handle time,Average customer hold time,"
        "Average after contact work time",
        "Amara Okonkwo,2026-01-13T00:00:00Z,35,312,20,42",
    )
    assert run("metrics", path).not_used == []
    found = Observation.objects.values_list("metric__key", "numerator", "denominator")
    assert set(found) == {("aht", 10920, 35), ("hold_time", 700, 35), ("acw", 1470, 35)}


def test_a_survey_system_with_three_rows_of_headings(run, csv, centre):
    path = csv(
        "EndDate,ResponseId,AgentName,Q2,Q3_TEXT",
        "End Date,Response ID,Agent Name,How satisfied were you?,What could we do better?",
        '"{""ImportId"":""endDate""}","{""ImportId"":""_recordId""}","{""ImportId"":""Agent""}",'
        '"{""ImportId"":""QID2""}","{""ImportId"":""QID3""}"',
        "2026-01-13 09:02:31,R_1,Amara Okonkwo,5,Keep it up",
        "2026-01-14 10:02:31,R_2,Amara Okonkwo,2,Waited far too long",
    )
    result = run("feedback", path, "--map", "comment=Q3_TEXT", "rating=Q2")
    assert (result.rows, result.imported, result.not_used) == (2, 2, [])
    assert set(FeedbackItem.objects.values_list("rating", flat=True)) == {5, 2}


def test_a_list_of_workers_with_names_turned(run, csv, centre):
    path = csv(
        "Employee ID,Worker,Business Title,Job Profile,Team,Team Leader,Hire Date,Termination Date,"
        "Email - Primary Work",
        '1,"Lee, Ann",Customer Service Agent,Agent,Harbour,Pat Quinn,01/13/2020,,ann@acme.example',
        '2,"Quinn, Pat",Leader,Team Leader,Harbour,,03/02/2019,11/30/2025,pat@acme.example',
    )
    assert run("people", path).imported == 2
    assert Person.objects.filter(name="Pat Quinn").count() == 1
    assert Person.objects.get(employee_number="1").email == "ann@acme.example"


def test_first_and_last_names_make_the_name(run, csv, centre):
    path = csv(
        "Employee #,First Name,Last Name,Team,Reporting To,Hire Date,Work Email",
        "1001,Ann,Lee,Harbour,Pat Quinn,2020-01-13,ann@acme.example",
    )
    assert run("people", path).not_used == []
    person = Person.objects.get(employee_number="1001")
    assert (person.name, person.email) == ("Ann Lee", "ann@acme.example")
    calls = csv("Call SID,Date,Agent First Name,Agent Last Name", "1,2026-01-13,Ann,Lee", name="calls.csv")
    assert run("contacts", calls).imported == 1
    assert ContactRecord.objects.get().person == person


def test_minutes_in_adherence_are_not_its_n(run, csv, centre):
    head = "Agent,Date,Scheduled Minutes,Minutes In Adherence,Adherence %"
    result = run("metrics", csv(head, "Amara Okonkwo,2026-01-13,450,422,93.8"))
    assert result.not_used == ["Scheduled Minutes", "Minutes In Adherence"]
    assert Observation.objects.get().n == 1


def test_the_state_of_a_call_tells_whether_it_was_answered(run, csv, centre):
    path = csv("Call SID,Start Time,Status", "1,2026-01-13 09:00,completed", "2,2026-01-13 09:05,no-answer")
    assert run("contacts", path).imported == 2
    assert dict(ContactRecord.objects.values_list("key", "answered")) == {"id:1": True, "id:2": False}


def test_a_column_of_names_is_never_hinted_to_be_of_addresses(run, csv, centre):
    path = csv("Date,Comment,Agent,Agent Name", "2026-01-13,Kind.,Amara Okonkwo,Amara Okonkwo")
    assert run("feedback", path).not_used == ["Agent Name"]


def test_the_scale_that_is_asked_for_is_one_that_exists(run, csv, centre):
    path = csv("Date,Likelihood to Recommend", "2026-01-13,9")
    assert "--set rating_scale=10" in run("feedback", path).sentence
