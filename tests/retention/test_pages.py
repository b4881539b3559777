"""The retention pages in the browser's eyes: what shows, what is hidden, what is refused."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import add_months, today
from ccperf.people.models import Employment, Membership, Span
from retention.models import Leaver, RegisterStart
from tests.factories import make_person, press_again
from tests.retention.test_patterns import end_of_data, intake, name_reasons

PATTERNS = "/retention/"
LEAVERS = "/retention/leavers/"


def as_rows(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.fixture
def mixed(centre):
    """A bad intake, a small one, a sound one and an immature one, with reasons."""
    intake(centre.team, 9, 34, [10, 20, 25, 30, 35, 40, 45, 50, 60, 70, 75, 80, 85, 88])
    intake(centre.team, 8, 3, [30])
    intake(centre.team, 7, 26, [50, 60])
    intake(centre.team, 6, 30, [70])
    intake(centre.team, 1, 12, [])
    for leaver in Leaver.objects.all():
        name_reasons(leaver, "pay")
    return centre


@pytest.mark.criterion("D16")
def test_hr_reads_the_story_of_the_intakes(client, mixed):
    client.force_login(mixed.hr)
    page = client.get(PATTERNS).content.decode()
    bad = add_months(end_of_data(), -9)
    assert f"The {bad:%B %Y} intake left early" in page
    assert "Higher than the others" in page
    assert "Too early: not all have reached 90 days" in page
    assert 'class="num is-hidden"' in page
    assert "Hidden: a group of fewer than 5" in page
    assert 'class="plot plot-wide"' in page
    table = client.get(PATTERNS, {"view": "table"}).content.decode()
    assert "Share still here by days since start" in table
    assert 'class="plot plot-wide"' not in table


@pytest.mark.criterion("M16")
def test_files_hide_what_the_page_hides_and_are_on_record(client, mixed):
    client.force_login(mixed.hr)
    rows = as_rows(client.get(PATTERNS, {"format": "csv", "table": "intakes"}))
    small = f"{add_months(end_of_data(), -8):%B %Y}"
    assert [row[1:6] for row in rows if row[0] == small] == [["Hidden"] * 5]
    hidden = [row for row in rows if "Hidden" in row]
    assert len(hidden) == 2
    assert rows[-1][0].startswith("Hidden: a group of fewer than 5")
    assert client.get(PATTERNS, {"format": "xlsx", "table": "intakes"}).status_code == 200
    assert AuditEvent.objects.filter(event="retention.patterns.exported", by=mixed.hr).count() == 2


@pytest.mark.parametrize("table", ["turnover", "monthly", "kinds", "reasons", "survival", "hazard"])
def test_every_table_of_the_page_is_a_file(client, mixed, table):
    client.force_login(mixed.hr)
    rows = as_rows(client.get(PATTERNS, {"format": "csv", "table": table}))
    assert len(rows) > 1
    assert client.get(PATTERNS, {"format": "xlsx", "table": table}).status_code == 200


def test_manager_sees_no_curve_and_gets_no_steps_of_it(client, mixed):
    client.force_login(mixed.manager)
    page = client.get(PATTERNS)
    assert page.status_code == 200
    assert "Leaver register" not in page.content.decode()
    assert 'id="h-km"' not in page.content.decode()
    assert len(as_rows(client.get(PATTERNS, {"format": "csv", "table": "survival"}))) == 1


def test_the_head_says_what_is_hidden_from_whom(client, centre):
    intake(centre.team, 14, 20, [300])
    client.force_login(centre.hr)
    page = client.get(PATTERNS).content.decode()
    assert "Figures for managers hide groups below 5 people" in page
    assert 'id="h-hazard"' in page
    assert "1 leaver of the period" in page
    client.force_login(centre.manager)
    page = client.get(PATTERNS).content.decode()
    assert "Rates and splits of groups below 5 people are hidden" in page
    assert 'id="h-hazard"' not in page
    assert "1 leaver of the period" not in page
    assert len(as_rows(client.get(PATTERNS, {"format": "csv", "table": "hazard"}))) == 1


@pytest.mark.parametrize(
    "persona", ["agent", "supervisor", "admin", "privacy_officer", "stranger_supervisor"]
)
def test_others_see_no_retention(client, centre, persona):
    client.force_login(getattr(centre, persona))
    assert client.get(PATTERNS).status_code == 403
    assert client.get(LEAVERS).status_code == 403


@pytest.mark.parametrize(
    "query", ["?site=abc&to=never&intake=x", "?site=99999", "?to=2026-99", "?intake=2026-13"]
)
def test_wrong_filters_fall_back(client, mixed, query):
    client.force_login(mixed.hr)
    assert client.get(PATTERNS + query).status_code == 200


def test_manager_cannot_choose_a_site_outside_the_span(client, mixed):
    intake(mixed.far_team, 14, 20, [300] * 9)
    client.force_login(mixed.manager)
    page = client.get(PATTERNS, {"site": mixed.far_site.pk}).content.decode()
    assert "Southbank" not in page


def test_empty_centre_says_what_to_do(client, centre):
    Employment.objects.all().delete()
    client.force_login(centre.hr)
    assert "Nobody is on record yet" in client.get(PATTERNS).content.decode()
    assert "The register is empty" in client.get(LEAVERS).content.decode()


@pytest.mark.parametrize("persona", ["hr", "manager"])
def test_who_has_no_team_yet_reads_the_page_of_an_empty_span(client, centre, persona):
    """Nothing to show must be told, not fail: a database says nothing at all of no teams."""
    intake(centre.team, 14, 20, [300])
    Span.objects.all().delete()
    client.force_login(getattr(centre, persona))
    for query in ({}, {"view": "table"}, {"format": "csv", "table": "reasons"}):
        assert client.get(PATTERNS, query).status_code == 200
    for rows in (Membership, Employment, Leaver):
        rows.objects.all().delete()
    assert "Nobody is on record yet" in client.get(PATTERNS).content.decode()


def test_leavings_of_years_without_a_staff_list_have_reasons_and_no_rates(client, centre):
    """Nothing is hidden there: a survey names leavers, and nobody is known to have been employed."""
    end = add_months(end_of_data(), -9 * 12)
    for number in range(12):
        leaver = Leaver.objects.create(
            kind="voluntary",
            left_on=add_months(end, -3),
            left_precision="month",
            external_source="import",
            external_reference=str(number),
        )
        name_reasons(leaver, "pay")
    client.force_login(centre.hr)
    page = client.get(PATTERNS, {"to": f"{add_months(end, -1):%Y-%m}"}).content.decode()
    assert "Nobody is known to have been employed in this period" in page
    assert "Share of leavers naming it: 12 at exit" in page
    assert "Choose all sites" not in page


def test_patterns_take_no_post(client, centre):
    client.force_login(centre.hr)
    assert client.post(PATTERNS).status_code == 405


def test_hr_enters_a_leaver_once_however_often_the_button_is_pressed(client, centre):
    client.force_login(centre.hr)
    person = make_person("Mei-Ling Castellanos-Thornbury", team=centre.team)
    form = client.get(LEAVERS + "new/", {"employee": person.employee_number}).context["form"]
    data = {
        "employee": person.employee_number,
        "kind": "voluntary",
        "left_on": (today() - timedelta(days=3)).isoformat(),
        "notice_on": (today() - timedelta(days=33)).isoformat(),
        "is_regretted": "yes",
        "occasion": "exit",
        "primary": 1,
        "second": "",
        "third": "",
        "source": "Exit talk",
        "submission": form["submission"].value(),
    }
    data["primary"] = form.fields["primary"].queryset.get(key="schedule").pk
    first = client.post(LEAVERS + "new/", data)
    second = client.post(LEAVERS + "new/", data)
    leaver = Leaver.objects.get(person=person)
    assert first.url == second.url == leaver.get_absolute_url()
    assert leaver.leaver_reasons.get().reason.key == "schedule"
    page = client.get(leaver.get_absolute_url()).content.decode()
    assert "Shift pattern" in page
    assert AuditEvent.objects.filter(event="retention.leaver.viewed", about=person).exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"employee": "nobody"}, "Nobody has the number or name"),
        ({"left_on": ""}, "required"),
        ({"left_on": "1999-01-01"}, "covers this day"),
        ({"notice_on": "2999-01-01"}, "after the last employed day"),
        ({"kind": "eaten"}, "valid choice"),
        ({"second": "same"}, "Each reason counts once"),
        ({"primary": "", "second": "same"}, "weighed most"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(client, centre, change, sentence):
    client.force_login(centre.hr)
    form = client.get(LEAVERS + "new/").context["form"]
    pay = str(form.fields["primary"].queryset.get(key="pay").pk)
    data = {
        "employee": centre.people.agent.employee_number,
        "kind": "voluntary",
        "left_on": today().isoformat(),
        "primary": pay,
        **{name: pay if value == "same" else value for name, value in change.items()},
    }
    response = client.post(LEAVERS + "new/", data)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Leaver.objects.exists()


def test_two_people_of_one_name_need_the_number(client, centre):
    one, two = make_person("Sam Lee"), make_person("Sam Lee")
    client.force_login(centre.hr)
    data = {"employee": "Sam Lee", "kind": "voluntary", "left_on": today().isoformat()}
    response = client.post(LEAVERS + "new/", data)
    assert response.status_code == 422
    assert one.employee_number in response.content.decode()
    assert two.employee_number in response.content.decode()


@pytest.fixture
def leaver(centre):
    intake(centre.team, 8, 1, [60])
    return Leaver.objects.get()


def test_second_editor_of_an_entry_is_told(client, centre, leaver):
    client.force_login(centre.hr)
    address = reverse("retention:leaver-edit", args=[leaver.pk])
    data = {
        "kind": "retired",
        "left_on": leaver.left_on.isoformat(),
        "version": leaver.version,
        "is_regretted": "",
        "reason": "",
    }
    assert client.post(address, data).status_code == 302
    response = client.post(address, {**data, "kind": "involuntary"})
    assert response.status_code == 422
    assert "Somebody else changed this" in response.content.decode()
    leaver.refresh_from_db()
    assert leaver.kind == "retired"
    assert press_again(client, address, response).status_code == 302
    leaver.refresh_from_db()
    assert leaver.kind == "involuntary"


def test_reasons_are_written_by_voice_and_occasion(client, centre, leaver):
    client.force_login(centre.hr)
    address = reverse("retention:leaver-reasons", args=[leaver.pk])
    form = client.get(address).context["form"]
    schedule = form.fields["primary"].queryset.get(key="schedule").pk
    data = {"stated_by": "leaver", "occasion": "later", "primary": schedule, "source": "call", "version": 1}
    assert client.post(address, data).status_code == 302
    assert client.post(address, data).status_code == 422
    again = client.get(address, {"by": "leaver", "on": "later"}).context["form"]
    assert (again["primary"].value(), again["source"].value()) == (schedule, "call")
    assert "Said by the leaver, 90 days later" in client.get(leaver.get_absolute_url()).content.decode()


def test_entry_made_by_mistake_is_removed_with_a_reason(client, centre, leaver):
    client.force_login(centre.hr)
    address = reverse("retention:leaver-remove", args=[leaver.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Wrong person"}).status_code == 302
    assert not Leaver.objects.exists()
    assert client.post(address, {"reason": "Wrong person"}).status_code == 404


def test_register_can_be_narrowed_and_taken_along(client, centre):
    intake(centre.team, 8, 3, [20, 30, 40])
    intake(centre.far_team, 8, 2, [50, 60], kind="retired")
    name_reasons(Leaver.objects.order_by("pk").first(), "pay")
    client.force_login(centre.hr)
    shown = {
        query: len(client.get(LEAVERS + query).context["rows"])
        for query in (
            "",
            "?kind=retired",
            f"?site={centre.site.pk}",
            "?state=no-reason",
            "?q=nobody",
            "?kind=x",
        )
    }
    assert shown == {
        "": 5,
        "?kind=retired": 2,
        f"?site={centre.site.pk}": 3,
        "?state=no-reason": 4,
        "?q=nobody": 0,
        "?kind=x": 5,
    }
    nobody = client.get(LEAVERS, {"q": "nobody"}).text
    assert "No entry matches" in nobody
    assert "The register is empty" not in nobody
    rows = as_rows(client.get(LEAVERS, {"format": "csv", "kind": "retired"}))
    assert len(rows) == 3
    assert client.get(LEAVERS, {"format": "xlsx"}).status_code == 200
    event = AuditEvent.objects.filter(event="retention.register.exported").first()
    assert event.detail["after"]["kind"] == "retired"


def test_endings_without_an_entry_are_listed_with_a_way_to_enter_them(client, centre):
    person = intake(centre.team, 14, 1, [])[0]
    Employment.objects.filter(person=person).update(ends_before=today() - timedelta(days=9))
    client.force_login(centre.hr)
    page = client.get(LEAVERS).content.decode()
    assert "Left without an entry" in page
    assert f"?employee={person.employee_number}" in page


def test_hr_says_since_when_leavers_are_recorded(client, centre):
    client.force_login(centre.hr)
    address = LEAVERS + "start/"
    assert client.post(address, {"recorded_from": "soon"}).status_code == 422
    assert client.post(address, {"recorded_from": "2024-01-01"}).status_code == 302
    assert RegisterStart.objects.get().recorded_from.year == 2024
