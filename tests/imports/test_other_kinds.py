"""People, figures, intervals, feedback and leavers by command, in shapes of other systems."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from ccperf.audit.models import AuditEvent
from ccperf.audit.services import first_broken_event
from ccperf.imports.models import RowChange
from ccperf.metrics import rollups
from ccperf.metrics.models import Observation, Queue, Rollup
from ccperf.metrics.records import IntervalRecord
from ccperf.people.models import Employment, Leadership, Membership, Person, RoleAssignment, Span, Team
from feedback.models import FeedbackItem
from retention.models import Leaver
from tests.factories import make_person, make_site, make_team

pytestmark = pytest.mark.django_db
SURVEYED = [(1, "northgate", ""), (2, "Far West", "Nobodies"), (3, "Coast", ""), (4, "Northgate", "Harbour")]


def parts(metric, **where):
    found = Observation.objects.filter(metric__key=metric, **where).aggregate(
        a=Sum("numerator"), b=Sum("denominator")
    )
    return found["a"], found["b"]


def test_one_option_takes_several_values_wherever_kind_and_file_stand(run, csv):
    path = csv("Number,Who,Post", "E1,Ann Lee,adviser", "E2,Bob Day,adviser")
    pairs = ("employee_number=Number", "name=Who", "role=Post")
    assert run("people", path, "--dry-run", "--map", *pairs).ready == 2
    scattered = ("--set", "site=Leeds", "people", "--map", *pairs, str(path), "--dry-run", "--json")
    out = StringIO()
    call_command("import_file", *scattered, stdout=out)
    assert json.loads(out.getvalue())["ready"] == 2
    assert "“Who” is no pair" in run("people", path, "--map", "name=Who", "Who").sentence


def test_a_staff_list_makes_people_teams_and_leaders_and_can_be_undone(run, undo, csv):
    path = csv(
        "Employee ID,Full name,Job,Team,Site,Team leader,Hire date",
        "E1,Ann Lee,adviser,Delta,Leeds,Sam Poe,05/01/2025",
        "E2,Bob Day,adviser,Delta,Leeds,Sam Poe,17/02/2025",
    )
    result = run("people", path, "--map", "role=Job")
    assert (result.imported, result.quarantined) == (2, 0)
    team = Team.objects.get(name="Delta", site__name="Leeds")
    assert Membership.objects.filter(team=team).count() == 2
    assert Leadership.objects.get(team=team).person.name == "Sam Poe"
    assert Employment.objects.get(person__employee_number="E2").starts_on == dt.date(2025, 2, 17)
    again = run("people", path, "--map", "role=Job")
    assert (again.imported, again.updated, again.unchanged) == (0, 0, 2)
    undo(again.import_id)
    assert Person.objects.filter(employee_number="E1").exists()
    undo(result.import_id)
    assert not Person.objects.exists()
    assert not Team.objects.exists()


def test_a_role_nobody_knows_is_named_with_the_roles_that_exist(run, csv):
    path = csv("Employee ID,Full name,Role", "E1,Ann Lee,Agent", "E2,Bob Day,Wizard")
    result = run("people", path)
    assert (result.imported, result.reasons) == (1, {"Value not known": 1})
    (example,) = result.examples
    assert example["line"] == 3
    assert "Role “Wizard” is not known; it can be: Agent; Supervisor; Manager; HR." in example["reason"]
    assert run("people", path, "--values", "role:Wizard=agent").imported == 1


def test_the_command_prints_why_rows_stand_aside(csv, capsys):
    path = csv("Employee ID,Full name,Role", "E1,Ann Lee,Agent", "E2,Bob Day,Wizard")
    call_command("import_file", "people", str(path))
    printed = capsys.readouterr().out
    assert "1 Value not known" in printed
    assert "Line 3: Role “Wizard” is not known" in printed


def test_a_staff_list_leaves_the_only_administrator_in_office(run, csv, centre):
    path = csv("Full name,Last day", f"{centre.people.admin.name},2026-01-05")
    result = run("people", path)
    assert (result.updated, result.quarantined) == (0, 1)
    assert "only administrator who can sign in" in result.examples[0]["reason"]
    centre.admin.refresh_from_db()
    assert centre.admin.is_active


def test_figures_in_rows_name_their_measure(run, undo, csv, centre):
    path = csv(
        "Date,Agent,KPI,Value,n",
        "2026-01-05,Amara Okonkwo,AHT,0:05:00,20",
        "2026-01-05,Amara Okonkwo,Quality score,85%,4",
        "2026-01-05,Amara Okonkwo,Mood,3,4",
        "2026-01-06,Amara Okonkwo,qa_score,120%,4",
    )
    result = run("metrics", path)
    assert result.imported == 2
    assert result.reasons == {"Measure not known": 1, "Figure too high": 1}
    assert parts("aht") == (6000, 20)
    assert parts("qa_score") == (pytest.approx(3.4), 4)
    undo(result.import_id)
    assert not Observation.objects.exists()


def test_figures_in_columns_with_their_own_parts(run, undo, csv, centre):
    path = csv(
        "Day;Team;Handled;Talk total;Adherence %",
        "05.01.2026;Harbour;20;6.000,5;92,5",
        "13.01.2026;Harbour;10;3.000;90",
    )
    arguments = [
        "--map",
        "aht.numerator=Talk total",
        "--map",
        "aht.denominator=Handled",
        "--map",
        "adherence=Adherence %",
    ]
    first = run("metrics", path, *arguments, "--map", "n=Handled")
    assert first.imported == 2
    assert parts("aht", team=centre.team) == (9000.5, 30)
    assert parts("adherence") == (pytest.approx(27.5), 30)
    path.write_text(path.read_text().replace("3.000;90", "4.000;90"))
    second = run("metrics", path, *arguments, "--map", "n=Handled")
    assert (second.updated, second.unchanged) == (1, 1)
    undo(second.import_id)
    assert parts("aht") == (9000.5, 30)
    undo(first.import_id)
    assert not Observation.objects.exists()


@pytest.mark.parametrize("heading", ["Date,Team,KPI,Value,n", "Date,Team,n,Note,fcr_net"])
def test_a_share_that_may_be_a_fraction_or_a_percentage_is_set_aside(run, csv, centre, heading):
    shape = "fcr_net,{},10" if "KPI" in heading else "10,,{}"
    lines = [
        f"2026-01-0{day},Harbour,{shape.format(share)}" for day, share in ((5, "80%"), (6, ".8"), (7, "80"))
    ]
    result = run("metrics", csv(heading, *lines))
    assert (result.imported, result.reasons) == (2, {"Not clear": 1})
    assert "“.8” may be 0.8 % or 80 %" in result.examples[0]["reason"]
    assert parts("fcr_net") == (16, 20)


def test_a_figure_without_its_denominator_is_set_aside_with_the_whole_row(run, csv, centre):
    heading = "Date,Team,aht.numerator,aht.denominator,fcr_net,n"
    path = csv(heading, "2026-01-05,Harbour,3000,,0.8,10", "2026-01-06,Harbour,,,0.8,10")
    result = run("metrics", path)
    assert (result.imported, result.reasons) == (1, {"Denominator missing": 1})
    assert result.examples[0]["reason"].startswith("Handle time: the numerator 3,000 has no denominator.")


def test_what_cannot_be_is_said_in_the_unit_of_the_measure(run, csv, centre):
    path = csv(
        "Date,Team,KPI,Value,n", "2026-01-05,Harbour,fcr_net,1.2,10", "2026-01-06,Harbour,fcr_net,.8,0"
    )
    first, second = (example["reason"] for example in run("metrics", path).examples)
    assert first.startswith("First contact of 120 % is above 100 %, which cannot be.")
    assert second.startswith("First contact: the denominator 0 is too low.")


def test_a_late_correction_to_nothing_leaves_a_day_without_data(run, undo, csv, centre):
    heading = "Date,Team,aht.numerator,aht.denominator,fcr_net,n"
    first = run(
        "metrics", csv(heading, "2026-01-05,Harbour,3000,10,0.8,10", "2026-01-06,Harbour,900,3,0.8,10")
    )
    rollups.refresh()
    week = Rollup.objects.filter(metric__key="aht", scope="team", grain="week")
    assert week.get().numerator == 3900
    lines = ("2026-01-05,Harbour,0,0,0.8,10", "2026-01-08,Harbour,0,0,,", "2026-01-09,Harbour,80,4,,")
    path = csv(heading, *lines, name="late.csv")
    late = run("metrics", path)
    assert (late.imported, late.updated, late.unchanged, late.quarantined) == (1, 1, 1, 0)
    assert parts("aht") == (980, 7)
    assert parts("fcr_net") == (16, 20)
    rollups.refresh()
    assert week.get().numerator == 980
    assert run("metrics", path).unchanged == 3
    undo(late.import_id)
    assert parts("aht") == (3900, 13)
    undo(first.import_id)
    assert not Observation.objects.exists()


def test_an_undo_leaves_what_came_after_a_day_was_emptied(run, undo, csv, centre):
    heading = "Date,Team,aht.numerator,aht.denominator"
    lines = ("3000,10", "0,0", "800,2")
    _, emptying, _ = [
        run("metrics", csv(heading, f"2026-01-05,Harbour,{line}", name=f"{index}.csv")).import_id
        for index, line in enumerate(lines)
    ]
    undo(emptying)
    assert parts("aht") == (800, 2)


def test_intervals_of_a_queue_are_summed_to_days(run, undo, csv):
    path = csv(
        "Interval start,Queue,Offered,Answered,Abandoned,SL %,ASA (mm:ss)",
        "2026-01-05 09:00,Billing,10,8,1,80%,0:30",
        "2026-01-05 09:30,Billing,30,27,2,90%,0:10",
        "2026-01-05 09:00,Sales,5,5,0,100%,0:05",
    )
    result = run("intervals", path, "--map", "service_level=SL %", "--map", "average_wait=ASA (mm:ss)")
    assert result.imported == 3
    billing = {"queue": Queue.objects.get(name="Billing")}
    assert parts("service_level", **billing) == (35, 40)
    assert parts("asa", **billing) == (8 * 30 + 27 * 10, 35)
    assert parts("abandon_rate", **billing) == (3, 40)
    undo(result.import_id)
    assert not Observation.objects.exists()
    assert not Queue.objects.exists()


@pytest.mark.parametrize("zoned", [False, True])
def test_the_hour_that_comes_twice_keeps_both_its_halves(run, csv, zoned):
    """Clocks go back on 25 October 2026; with offsets or without, four half hours lie between one and two."""
    starts = ["01:00", "01:30", "01:00", "01:30", "02:00"]
    offsets = ["+01:00", "+01:00", "+00:00", "+00:00", "+00:00"] if zoned else [":00"] * 5
    path = csv(
        "Interval start,Queue,Offered,Answered",
        *(
            f"2026-10-25T{start}{':00' if zoned else ''}{offset},Billing,{40 + place},40"
            for place, (start, offset) in enumerate(zip(starts, offsets, strict=True))
        ),
    )
    result = run("intervals", path)
    assert (result.imported, result.quarantined) == (5, 0)
    begun = [record.starts_at.astimezone(dt.UTC) for record in IntervalRecord.objects.order_by("starts_at")]
    assert [f"{at:%H:%M}" for at in begun] == ["00:00", "00:30", "01:00", "01:30", "02:00"]
    assert [int(r.offered) for r in IntervalRecord.objects.order_by("starts_at")] == [40, 41, 42, 43, 44]
    again = run("intervals", path)
    assert (again.imported, again.unchanged) == (0, 5)


def test_months_with_names_stand_on_their_first_day_and_give_way_to_days(run, csv):
    months = csv("Month,Calls received,Calls answered", 'Apr-15,"1,200",900', "May-15,1000,800")
    assert run("intervals", months).imported == 2
    assert parts("answered_rate") == (1700, 2200)
    assert set(IntervalRecord.objects.values_list("day", flat=True)) == {
        dt.date(2015, 4, 1),
        dt.date(2015, 5, 1),
    }
    days = csv("Date,Calls received,Calls answered", "2015-04-01,40,30", "2015-04-17,60,50", name="days.csv")
    assert run("intervals", days).imported == 2
    assert parts("answered_rate") == (880, 1100)


def test_offered_is_never_derived_and_more_abandoned_than_offered_is_refused(run, csv):
    path = csv("Date,Handled,Abandoned", "2026-01-05,80,5")
    assert run("intervals", path).imported == 1
    assert not Observation.objects.filter(metric__key="abandon_rate").exists()
    bad = csv("Date,Offered,Abandoned", "2026-01-06,5,80")
    assert run("intervals", bad).reasons == {"Figure too high": 1}


def test_feedback_without_reference_keeps_equal_rows_and_comes_again_unchanged(run, undo, csv, centre):
    path = csv(
        "Date,Agent,Comment,Score",
        "2026-01-05,Amara Okonkwo,Very kind,5",
        "2026-01-05,Amara Okonkwo,Very kind,5",
        "2026-01-05,,Did not answer,4",
        "2026-01-05,,,",
    )
    result = run("feedback", path)
    assert (result.imported, result.quarantined) == (3, 1)
    assert FeedbackItem.objects.filter(about_person=centre.people.agent, team=centre.team).count() == 2
    assert run("feedback", path).unchanged == 3
    undo(result.import_id)
    assert not FeedbackItem.objects.exists()
    assert run("feedback", path).imported == 3


def test_feedback_somebody_worked_on_survives_an_undo(run, undo, csv, centre):
    from feedback.services import share_feedback

    path = csv(
        "Case ID,Date,Agent,Comment", "K1,2026-01-05,Amara Okonkwo,Fine", "K2,2026-01-05,Amara Okonkwo,Good"
    )
    result = run("feedback", path)
    share_feedback(item=FeedbackItem.objects.get(reference="K1"), by=centre.supervisor)
    assert "1 item stays" in undo(result.import_id).notes[0]
    assert FeedbackItem.objects.get().reference == "K1"


def test_card_numbers_are_masked_before_they_are_stored(run, csv):
    path = csv("Date,Comment", "2026-01-05,my card is 4111 1111 1111 1111")
    assert run("feedback", path).imported == 1
    assert "4111 1111" not in FeedbackItem.objects.get().text


def test_leavers_we_know_end_their_employment_and_undo_opens_it_again(run, undo, csv, centre):
    number = centre.people.colleague.employee_number
    path = csv(
        "Employee ID,Last working day,Separation type,Reason for leaving",
        f"{number},2026-01-30,Resignation,career",
        "E-unknown,2026-01-30,Resignation,career",
    )
    result = run("leavers", path)
    assert (result.imported, result.held) == (1, 1)
    spell = Employment.objects.get(person=centre.people.colleague)
    assert spell.ends_before == dt.date(2026, 1, 31)
    leaver = Leaver.objects.get()
    assert (leaver.kind, leaver.team, leaver.leaver_reasons.get().reason.key) == (
        "voluntary",
        centre.team,
        "career",
    )
    assert run("leavers", path).unchanged == 1
    undo(result.import_id)
    spell.refresh_from_db()
    assert spell.ends_before is None


def test_leavers_are_entered_together_with_an_audit_event_each(run, undo, csv, django_assert_max_num_queries):
    people = [make_person(f"Leaver {number}") for number in range(40)]
    lines = [
        f"{person.name},2026-01-{1 + number % 28:02},Resigned,pay" for number, person in enumerate(people)
    ]
    path = csv("Full name,Last day,Kind,Reason", *lines)
    with django_assert_max_num_queries(120):
        result = run("leavers", path)
    assert result.imported == 40
    assert AuditEvent.objects.filter(event="retention.leaver.registered", about__in=people).count() == 40
    assert first_broken_event() is None
    first = Leaver.objects.get(person=people[0])
    assert [reason.key for reason in first.reasons.all()] == ["pay"]
    assert not Employment.objects.filter(person__in=people, ends_before=None).exists()
    assert not RoleAssignment.objects.on(dt.date(2026, 2, 1)).filter(person__in=people).exists()
    assert run("leavers", path).unchanged == 40
    undo(result.import_id)
    assert not Leaver.objects.exists()
    assert Employment.objects.filter(person__in=people, ends_before=None).count() == 40


def test_one_leaver_who_cannot_be_entered_keeps_no_other_back(run, csv, centre):
    make_person("Ida Berg")
    path = csv(
        "Full name,Last day,First day",
        f"{centre.people.agent.name},2026-01-05,",
        f"{centre.people.admin.name},2026-01-05,",
        "Ida Berg,2026-01-05,",
        "Ida Berg,2026-01-09,",
    )
    result = run("leavers", path)
    assert (result.imported, result.quarantined) == (2, 2)
    reasons = {example["line"]: example["reason"] for example in result.examples}
    assert "only administrator" in reasons[3]
    assert set(Leaver.objects.values_list("person__name", flat=True)) == {
        centre.people.agent.name,
        "Ida Berg",
    }
    assert centre.people.admin.employments.get().ends_before is None


def test_an_answer_keeps_the_site_it_names_and_says_which_nobody_knows(run, undo, csv, centre):
    head = "ID,Cease Date,SeparationType,Region,Team\n"
    rows = [f"{at},2013,Retired,{region},{team}\n" for at, region, team in SURVEYED]
    path, mapping = csv(head + "".join(rows)), ("--map", "reference=ID", "--map", "site=Region")
    first = run("leavers", path, *mapping)
    assert (first.imported, first.quarantined) == (4, 0)
    assert dict(Leaver.objects.values_list("external_reference", "site__name")) == {
        "1": "Northgate", "2": None, "3": None, "4": "Northgate",
    }  # fmt: skip
    told = "2 rows name a site that is not known: “Far West”, “Coast”. The entries are kept without it."
    assert told in first.notes
    assert "1 row names a team that is not known: “Nobodies”. The entries are kept without it." in first.notes
    assert run("leavers", path, *mapping).unchanged == 4
    site = make_site("Coast")
    known = run("leavers", path, *mapping)
    assert (known.updated, known.unchanged) == (1, 3)
    assert Leaver.objects.get(external_reference="3").site == site
    undo(known.import_id)
    assert Leaver.objects.get(external_reference="3").site is None


def test_a_site_takes_no_known_team_from_a_leaving_and_notes_say_why_one_is_missing(run, csv, centre):
    make_team("Quay", site=centre.far_site)
    number = centre.people.colleague.employee_number
    path = csv(
        "ID,Employee ID,Cease Date,SeparationType,Site,Team",
        "1,,2013-05-01,Retired,Southbank,Harbour",
        "2,,2013-05-01,Retired,Southbank,Quay",
        "3,,2013-05-01,Retired,,Quay",
        f"4,{number},2026-01-30,Retired,,Nobodies",
        "5,E-unknown,2026-01-30,Retired,,Elsewhere",
    )
    result = run("leavers", path, "--map", "reference=ID")
    assert (result.imported, result.held) == (4, 1)
    left = Leaver.objects.values_list("external_reference", "team__name", "site__name")
    assert set(left) == {
        ("1", "Harbour", "Northgate"),
        ("2", "Quay", "Southbank"),
        ("3", None, None),
        ("", "Harbour", "Northgate"),
    }
    assert [note for note in result.notes if " a team " in note] == [
        "1 row names a team that is not known: “Nobodies”. The entries are kept without it.",
        "1 row names a team that several sites have: “Quay”. The entries are kept without it.",
        "1 row names a team of another site: “Harbour”. The entries stand at the site of the team.",
    ]


def test_a_journal_from_before_sites_were_kept_in_it_can_be_undone(run, undo, csv, centre):
    head, mapping = "ID,Cease Date,SeparationType,Site", ("--map", "reference=ID")
    run("leavers", csv(head, "1,2013,Retired,Northgate"), *mapping)
    changed = run("leavers", csv(head, "1,2013,Resignation,Northgate"), *mapping)
    journal = RowChange.objects.get(batch_id=changed.import_id)
    del journal.before["site"]
    journal.save(update_fields=["before"])
    undo(changed.import_id)
    leaver = Leaver.objects.get()
    assert (leaver.kind, leaver.site) == ("retired", centre.site)


def test_leavers_nobody_knows_are_created_only_from_exact_days(run, csv):
    path = csv(
        "Employee ID,Name,Start date,Leaving date,Exit type",
        "N1,Nia Rees,2024-03-01,2025-06-30,Dismissal",
        "N2,Oto Mai,2011,2012,Retirement",
    )
    result = run("leavers", path, "--create-people")
    assert result.imported == 2
    assert Leaver.objects.get(kind="involuntary").person.name == "Nia Rees"
    rough = Leaver.objects.get(kind="retired")
    assert (rough.person, rough.external_reference, rough.left_precision) == (None, "N2", "year")
    assert not Person.objects.filter(name="Oto Mai").exists()


def test_a_person_who_arrives_with_two_of_a_name_needs_a_number(run, csv):
    make_person("Jo Park")
    make_person("Jo Park")
    path = csv("Date,Agent,Comment", "2026-01-05,Jo Park,Good")
    assert run("feedback", path).reasons == {"Name fits several people": 1}


def test_a_staff_list_of_hr_gives_nobody_a_right(run, csv, centre):
    number = centre.people.hr.employee_number
    path = csv(
        "Employee ID,Full name,Role,Team,Site,Team leader,Manager",
        f"{number},Leila Farahani,Manager,Delta,Leeds,Leila Farahani,Leila Farahani",
        "N1,Ann Lee,Agent,Delta,Leeds,Leila Farahani,Leila Farahani",
    )
    before = RoleAssignment.objects.count()
    result = run("people", path, "--as", centre.hr.username)
    assert (result.imported, result.quarantined) == (1, 0)
    assert any("Role, Team leader and Manager" in note for note in result.notes)
    assert RoleAssignment.objects.count() == before
    team = Team.objects.get(name="Delta")
    assert team.memberships.count() == 2
    assert not Leadership.objects.filter(team=team).exists()
    assert not Span.objects.filter(team=team).exists()
    trial = run("people", path, "--as", centre.hr.username, "--dry-run")
    assert any(note.startswith("Set aside") for note in trial.notes)


def test_a_last_day_of_9999_means_still_employed(run, csv, db):
    path = csv("Employee ID,Full name,Team,Site,Last day", "E1,Ann Lee,Delta,Leeds,9999-12-31")
    assert run("people", path).imported == 1
    assert Employment.objects.get().ends_before is None


def test_a_command_without_a_file_ends_with_2(db, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("import_file", "people")
    assert ended.value.code == 2
    assert "Name the file" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["metrics", "feedback"])
def test_dates_of_long_ago_are_set_aside(run, csv, centre, kind):
    lines = {
        "metrics": ("Date,Agent,KPI,Value,n", "1926-01-05,Amara Okonkwo,AHT,0:05:00,20"),
        "feedback": ("Date,Agent,Comment", "1926-01-05,Amara Okonkwo,The line was cut twice."),
    }
    result = run(kind, csv(*lines[kind]))
    assert (result.imported, result.quarantined) == (0, 1)
    assert result.reasons == {"Date too long ago": 1}
