"""The pages: four steps, each with its refusals; two windows; undo; other people's imports."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ccperf.imports import checking
from ccperf.imports.models import ImportBatch, ImportProfile
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from ccperf.metrics.records import ContactRecord, IntervalRecord
from ccperf.people.models import Employment
from tests.factories import press_again

pytestmark = pytest.mark.django_db
CALLS = (
    b"Call ID,Date,Agent,State,Wait\n1,2026-01-05,Amara Okonkwo,picked,10\n2,2026-01-05,Rhys "
    b"Llewellyn,hung,20\n"
    b"3,2026-01-05,Zofia Kowalczyk,picked,5\n"
)

UNSURE = b"Call id code,Date,Agent,Agent wait time secs\n1,2026-01-05,Amara Okonkwo,10\n"
PERHAPS = {"Call id code": "contact_id", "Agent wait time secs": "wait_seconds"}


def upload(client, content=CALLS, name="calls.csv", kind="contacts", **extra):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("imports:import-new"), {"kind": kind, "file": file, **extra})


def address(step, batch):
    return reverse(f"imports:import-{step}", args=[batch.pk])


def choose(client, batch, **changes):
    form = client.get(address("columns", batch)).context["form"]
    data = {field.html_name: field.value() or "" for field in form} | changes
    return client.post(address("columns", batch), data)


@pytest.fixture
def supervisor(client, centre):
    client.force_login(centre.supervisor)
    return client


def test_a_supervisor_imports_a_file_in_four_steps(supervisor, centre):
    assert upload(supervisor).status_code == 302
    batch = ImportBatch.objects.get()
    page = supervisor.get(address("columns", batch))
    assert page.status_code == 200
    assert b"Contact reference" in page.content
    assert choose(supervisor, batch, **{"column-3": "answered"}).status_code == 302
    page = supervisor.get(address("check", batch)).content.decode()
    assert "picked" in page
    supervisor.post(address("values", batch), {"value-0": "yes", "value-1": "no"})
    assert "is not in a team of yours" in supervisor.get(address("check", batch)).content.decode()
    assert not ContactRecord.objects.exists()
    assert supervisor.post(address("start", batch)).status_code == 302
    assert supervisor.post(address("start", batch)).status_code == 302
    batch.refresh_from_db()
    page = supervisor.get(batch.get_absolute_url()).content.decode()
    assert "Being imported" in page
    assert "What became of the rows" not in page
    run_job_now(batch.job_id)
    batch.refresh_from_db()
    assert (batch.imported, batch.quarantined) == (2, 1)
    assert set(ContactRecord.objects.values_list("answered", flat=True)) == {True, False}
    page = supervisor.get(batch.get_absolute_url()).content.decode()
    assert "Not in a team of yours" in page


def test_rows_set_aside_are_downloaded_with_line_and_reason(supervisor, django_capture_on_commit_callbacks):
    upload(supervisor)
    batch = ImportBatch.objects.get()
    before = supervisor.get(address("rows", batch)).content.decode("utf-8-sig")
    assert before.splitlines()[1].startswith("4,Zofia Kowalczyk is not in a team of yours.,3,")
    assert supervisor.get(address("rows", batch) + "?format=xlsx").status_code == 200
    choose(supervisor, batch)
    supervisor.post(address("start", batch))
    batch.refresh_from_db()
    assert len(list(batch.file.parent.glob(f"{batch.file.stem}*"))) > 1
    with django_capture_on_commit_callbacks(execute=True):
        run_job_now(batch.job_id)
    assert not list(batch.file.parent.glob(f"{batch.file.stem}*"))
    assert supervisor.get(address("rows", batch)).content.decode("utf-8-sig") == before
    assert supervisor.get(address("rows", batch) + "?format=xlsx").status_code == 200


def test_undo_asks_first_and_then_takes_everything_back(supervisor):
    upload(supervisor)
    batch = ImportBatch.objects.get()
    supervisor.post(address("start", batch))
    batch.refresh_from_db()
    run_job_now(batch.job_id)
    assert b"What will happen" in supervisor.get(address("undo", batch)).content
    assert ContactRecord.objects.exists()
    supervisor.post(address("undo", batch))
    supervisor.post(address("undo", batch))
    batch.refresh_from_db()
    run_job_now(batch.job_id)
    batch.refresh_from_db()
    assert batch.status == "undone"
    assert not ContactRecord.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("calls.csv", b"", "empty"),
        ("calls.xlsx", b"a,b\n1,2\n", "plain text"),
        ("calls.csv", b"%PDF-1.4 x", "not a table"),
        ("calls.csv", b"a,b\n", "no rows under it"),
    ],
)
def test_a_wrong_file_is_told_in_the_form_and_leaves_nothing(supervisor, data_folder, name, content, words):
    response = upload(supervisor, content, name)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert '<a href="#id_file">File: ' in response.content.decode()
    assert not ImportBatch.objects.exists()
    assert not list(data_folder.rglob("*.csv"))


def test_a_kind_outside_the_role_is_refused(supervisor):
    assert upload(supervisor, kind="leavers").status_code == 422


def test_ambiguous_dates_are_asked_about_on_the_columns(supervisor):
    upload(supervisor, b"Call ID,Date,Agent\n1,01/02/2026,Amara Okonkwo\n")
    batch = ImportBatch.objects.get()
    response = choose(supervisor, batch)
    assert response.status_code == 422
    assert "1 February 2026 (dmy) or 2 January 2026 (mdy)" in response.content.decode()
    assert choose(supervisor, batch, **{"order-1": "dmy"}).status_code == 302
    assert "1 Feb 2026" in supervisor.get(address("check", batch)).content.decode()


def test_what_was_asked_is_answered_on_the_page_that_asked(supervisor):
    """The page goes on from the choices as stored: a column that became a date can be given its order."""
    upload(supervisor, b"Call ID,Tag,Agent\n1,01/02/2026,Amara Okonkwo\n")
    batch = ImportBatch.objects.get()
    asked = choose(supervisor, batch, **{"column-1": "date", "profile_name": "Diallers"})
    assert (asked.status_code, "1 February 2026 (dmy) or 2 January 2026 (mdy)" in asked.text) == (422, True)
    answer = {field.html_name: field.value() or "" for field in asked.context["form"]} | {"order-1": "dmy"}
    assert answer["profile_name"] == "Diallers"
    assert supervisor.post(address("columns", batch), answer).status_code == 302
    assert "1 Feb 2026" in supervisor.get(address("check", batch)).text
    assert "Diallers" in supervisor.get(reverse("imports:profile-list")).text


def test_a_long_file_is_checked_by_a_job_and_imported_only_then(supervisor, monkeypatch):
    monkeypatch.setattr(checking, "SHORT_CELLS", 0)
    upload(supervisor, STRANGERS)
    batch = ImportBatch.objects.get()
    assert choose(supervisor, batch).status_code == 302
    assert "Waiting for a free worker" in supervisor.get(address("check", batch)).text
    assert supervisor.post(address("start", batch)).url == address("check", batch)
    job = Job.objects.get(kind="imports.check")
    assert run_job_now(job.pk).status == "done"
    assert "2 people are not known: Becky, Dan." in supervisor.get(address("check", batch)).text
    supervisor.post(address("people", batch), {"create_people": "yes"})
    assert "Waiting for a free worker" in supervisor.get(address("check", batch)).text
    run_job_now(Job.objects.filter(kind="imports.check").latest("pk").pk)
    assert supervisor.post(address("start", batch)).url == batch.get_absolute_url()
    batch.refresh_from_db()
    assert (batch.status, batch.checked) == ("applying", {})


def test_what_a_job_cannot_decide_is_asked_about_on_the_columns(supervisor, monkeypatch):
    monkeypatch.setattr(checking, "SHORT_CELLS", 0)
    upload(supervisor, b"Call ID,Date,Agent\n1,01/02/2026,Amara Okonkwo\n")
    batch = ImportBatch.objects.get()
    choose(supervisor, batch)
    run_job_now(Job.objects.get(kind="imports.check").pk)
    page = supervisor.get(address("check", batch), follow=True)
    assert page.redirect_chain[0][0] == address("columns", batch)
    assert "1 February 2026 (dmy) or 2 January 2026 (mdy)" in page.text


def test_only_some_rows_of_a_file(supervisor):
    upload(supervisor)
    batch = ImportBatch.objects.get()
    nowhere = choose(supervisor, batch, only_value="picked")
    assert (nowhere.status_code, "Choose the column" in nowhere.text) == (422, True)
    nothing = choose(supervisor, batch, only_column="State", only_value="asleep")
    assert (nothing.status_code, "No row of the file has the value" in nothing.text) == (422, True)
    assert choose(supervisor, batch, only_column="State", only_value="hung").status_code == 302
    assert "Import 1 row<" in supervisor.get(address("check", batch)).text


def test_two_columns_for_one_field_and_a_missing_date_are_refused(supervisor):
    upload(supervisor)
    batch = ImportBatch.objects.get()
    twice = choose(supervisor, batch, **{"column-3": "agent"})
    assert twice.status_code == 422
    assert "already filled" in twice.content.decode()
    lacking = choose(supervisor, batch, **{"column-1": ""})
    assert lacking.status_code == 422
    assert "“Date” or “Start, date and time” is missing: say which column" in lacking.text


def test_what_is_suggested_is_chosen_by_one_press_and_stored_by_another(supervisor):
    upload(supervisor, UNSURE)
    batch = ImportBatch.objects.get()
    page = supervisor.get(address("columns", batch))
    assert {row["heading"] for row in page.context["form"].rows() if row["state"][0] == "ask"} == set(PERHAPS)
    assert f"Choose what is suggested for {len(PERHAPS)} columns" in page.text
    filled = choose(supervisor, batch, take_likely="")
    assert filled.status_code == 200
    rows = {row["heading"]: row for row in filled.context["form"].rows()}
    assert {heading: rows[heading]["field"].value() for heading in PERHAPS} == PERHAPS
    assert {rows[heading]["state"] for heading in PERHAPS} == {("ask", "Chosen as suggested; please check")}
    assert rows["Date"]["state"] == ("sure", "Matched")
    assert "Choose what is suggested" not in filled.text
    assert not set(PERHAPS.values()) & set(ImportBatch.objects.get().plan["mapping"])
    data = {field.html_name: field.value() or "" for field in filled.context["form"]}
    assert supervisor.post(address("columns", batch), data).status_code == 302
    assert set(PERHAPS.values()) <= set(ImportBatch.objects.get().plan["mapping"])


def test_what_a_person_chose_is_not_overruled_by_what_is_suggested(supervisor):
    upload(supervisor, UNSURE)
    batch = ImportBatch.objects.get()
    heading, other = PERHAPS
    columns = UNSURE.decode().splitlines()[0].split(",")
    theirs = {f"column-{columns.index(heading)}": PERHAPS[other]}
    filled = choose(supervisor, batch, take_likely="", **theirs)
    rows = {row["heading"]: row["field"].value() for row in filled.context["form"].rows()}
    assert (rows[heading], rows[other]) == (PERHAPS[other], "")


def test_the_second_window_is_told(supervisor):
    upload(supervisor)
    batch = ImportBatch.objects.get()
    assert choose(supervisor, batch).status_code == 302
    stale = choose(supervisor, batch, version="1")
    assert stale.status_code == 422
    assert "Somebody else changed this" in stale.content.decode()
    assert press_again(supervisor, address("columns", batch), stale).status_code == 302


def test_sending_the_same_form_twice_makes_one_import(supervisor):
    page = supervisor.get(reverse("imports:import-new")).content.decode()
    token = re.search(r'name="submission" value="([^"]+)"', page)[1]
    first, second = upload(supervisor, submission=token), upload(supervisor, submission=token)
    assert first.url == second.url
    assert ImportBatch.objects.count() == 1


def test_a_saved_profile_is_recognised(supervisor):
    upload(supervisor)
    choose(
        supervisor,
        ImportBatch.objects.get(),
        **{"column-3": "topic", "profile_name": "Voice platform, daily"},
    )
    assert ImportProfile.objects.get().name == "Voice platform, daily"
    upload(supervisor)
    batch = ImportBatch.objects.latest("pk")
    page = supervisor.get(address("columns", batch)).content.decode()
    assert "This looks like your profile" in page
    assert batch.plan["mapping"]["topic"] == ["State"]
    assert supervisor.get(reverse("imports:profile-list")).status_code == 200


def test_another_sheet_can_be_chosen(supervisor, tmp_path):
    from tests.imports.test_reading import workbook

    rows = [["Call ID", "Date", "Agent"], ["1", "2026-01-05", "Amara Okonkwo"]]
    path = workbook(tmp_path, ("May", rows), ("June", [*rows, ["2", "2026-01-06", "Amara Okonkwo"]]))
    upload(supervisor, path.read_bytes(), "book.xlsx")
    batch = ImportBatch.objects.get()
    assert (batch.sheet, batch.rows) == ("May", 1)
    supervisor.get(address("columns", batch) + "?sheet=June")
    batch.refresh_from_db()
    assert (batch.sheet, batch.rows) == ("June", 2)


def test_an_administrator_sees_no_comment_in_the_preview(client, centre):
    client.force_login(centre.admin)
    upload(client, b"Reference,Date,Comment,Score\nR1,2026-01-05,Terribly rude man,2\n", kind="feedback")
    page = client.get(address("check", ImportBatch.objects.get())).content.decode()
    assert "Terribly" not in page
    assert "17 characters" in page


def test_a_draft_can_be_thrown_away(supervisor):
    upload(supervisor)
    supervisor.post(address("discard", ImportBatch.objects.get()))
    assert not ImportBatch.objects.exists()


def test_an_import_that_stopped_can_be_gone_on_with(supervisor, data_folder):
    upload(supervisor)
    batch = ImportBatch.objects.get()
    choose(supervisor, batch)
    supervisor.post(address("start", batch))
    batch.refresh_from_db()
    hidden = batch.file.rename(batch.file.with_suffix(".away"))
    run_job_now(batch.job_id)
    page = supervisor.get(batch.get_absolute_url()).content.decode()
    assert "The import stopped" in page
    assert "no longer here" in page
    hidden.rename(batch.file)
    supervisor.post(address("start", batch))
    batch.refresh_from_db()
    run_job_now(batch.job_id)
    batch.refresh_from_db()
    assert batch.status == "applied"


def test_a_site_nobody_knows_is_named_and_created_or_its_rows_held(client, centre):
    """Who sees every team may let the import make one; nobody else is offered that."""
    days = b"Date,Site,Offered,Handled\n2021-01-05,City Hall,20,18\n2021-01-06,City Hall,21,20\n"
    client.force_login(centre.supervisor)
    upload(client, days, kind="intervals")
    assert "nobody knows" not in client.get(address("check", ImportBatch.objects.get())).text
    client.force_login(centre.admin)
    upload(client, days, kind="intervals")
    batch = ImportBatch.objects.latest("pk")
    page = client.get(address("check", batch)).text
    assert "1 team or site nobody knows: City Hall." in page
    assert "Hold 2 rows" in page
    assert client.post(address("people", batch), {"create_people": "yes"}).status_code == 302
    assert "Import 2 rows" in client.get(address("check", batch)).text
    client.post(address("start", batch))
    batch.refresh_from_db()
    run_job_now(batch.job_id)
    assert set(IntervalRecord.objects.values_list("site__name", flat=True)) == {"City Hall"}


STRANGERS = b"Call ID,Date,Agent\n1,2021-01-05,Becky\n2,2021-02-05,Dan\n3,2021-03-05,Becky\n"


def test_people_nobody_knows_are_named_and_created_or_their_rows_held(supervisor, centre):
    upload(supervisor, STRANGERS)
    batch = ImportBatch.objects.get()
    page = supervisor.get(address("check", batch)).content.decode()
    assert "2 people are not known: Becky, Dan." in page
    assert f"members of team {centre.team.name} and import their 3 rows" in page
    assert "Hold 3 rows" in page
    assert "Import 0 rows" not in page
    assert 'class="is-bad"' not in page
    assert supervisor.post(address("people", batch), {"create_people": "yes"}).status_code == 302
    page = supervisor.get(address("check", batch)).content.decode()
    assert "2 people not known yet will be created: Becky, Dan." in page
    assert "Import 3 rows" in page
    supervisor.post(address("people", batch))
    assert "Hold 3 rows" in supervisor.get(address("check", batch)).content.decode()


def test_when_no_row_can_come_in_there_is_nothing_to_press(supervisor):
    upload(supervisor, b"Call ID,Date,Agent\n1,2026-01-05,Zofia Kowalczyk\n")
    page = supervisor.get(address("check", ImportBatch.objects.get())).content.decode()
    assert "disabled>No row can be imported" in page


def test_after_the_import_the_figures_are_one_press_away_and_after_undo_what_went(supervisor, centre):
    upload(supervisor, STRANGERS)
    batch = ImportBatch.objects.get()
    supervisor.post(address("people", batch), {"create_people": "yes"})
    supervisor.post(address("start", batch))
    batch.refresh_from_db()
    run_job_now(batch.job_id)
    page = supervisor.get(batch.get_absolute_url()).content.decode()
    assert "See the figures, January to March 2021" in page
    assert not Employment.objects.filter(person__name="Becky", start_is_known=True).exists()
    link = re.search(r'href="([^"]+)">See the figures', page)[1].replace("&amp;", "&")
    assert link == f"{centre.team.get_absolute_url()}?span=week-12&end=2021-03-07"
    assert supervisor.get(link).status_code == 200
    assert "Contact reference" in page
    assert "contact_id" not in page
    assert "as members of team Harbour" in page
    supervisor.post(address("undo", batch))
    batch.refresh_from_db()
    run_job_now(batch.job_id)
    page = supervisor.get(batch.get_absolute_url()).content.decode()
    assert "3 imported rows taken back." in page
    assert "2 people this import had created went with it." in page
    assert "have been created" not in page


def test_lines_of_prose_are_refused_with_a_sentence(supervisor):
    page = upload(
        supervisor, b"We met on Monday, all of us.\nNobody had slides, which helped.\n", "notes.csv"
    )
    assert page.status_code == 422
    assert "reads like sentences, not like a table" in page.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_long_file_is_planned_by_its_head_and_counted_by_its_check(supervisor):
    lines = "".join(
        f'{number},2026-01-05,Amara Okonkwo,"picked, and\nput down"\n' for number in range(30_000)
    )
    assert upload(supervisor, b"Call ID,Date,Agent,Note\n" + lines.encode()).status_code == 302
    batch = ImportBatch.objects.get()
    page = supervisor.get(address("columns", batch)).content.decode()
    assert 28_000 < batch.rows < 32_000
    assert f"about {batch.rows:,} rows" in page
    choose(supervisor, batch)
    batch.refresh_from_db()
    assert "data-follow" in supervisor.get(address("check", batch)).content.decode()
    run_job_now(batch.job_id)
    assert "data-follow" not in supervisor.get(address("check", batch)).content.decode()
    batch.refresh_from_db()
    assert (batch.rows, batch.checked["total"]) == (30_000, 30_000)


LEAVERS = (
    b"ID,Cease Date,SeparationType,Ill Health,Workload,Lack of sun\n"
    b"1,05/2013,Ill Health Retirement,TRUE,FALSE,TRUE\n2,2012,Termination,FALSE,TRUE,FALSE\n"
)


def test_what_a_file_says_about_health_is_not_quoted_to_administrators(client, centre):
    client.force_login(centre.admin)
    upload(client, LEAVERS, "leavers.csv", kind="leavers")
    batch = ImportBatch.objects.get()
    columns = client.get(address("columns", batch))
    assert "Yes and no; perhaps a reason for leaving" in columns.content.decode()
    choose(client, batch)
    page = client.get(address("check", batch))
    assert page.context["rows"][0]["cells"] == ["1", "May 2013", "", *["Confidential"] * 2]
    told = [page.context["rows"][0]["problem"]["message"], page.context["reasons"][0]["example"]]
    assert told == ["The value is not shown, because it is confidential."] * 2
    client.post(address("start", batch))
    batch.refresh_from_db()
    run_job_now(batch.job_id)
    assert "Ill Health Retirement" not in client.get(batch.get_absolute_url()).content.decode()


def test_meanings_are_suggested_where_words_fit(client, centre):
    client.force_login(centre.hr)
    upload(client, LEAVERS.replace(b"1,05/2013,Ill Health", b"1,05/2013,Voluntary"), kind="leavers")
    batch = ImportBatch.objects.get()
    assert batch.plan["mapping"]["reason.health"] == ["Ill Health"]
    choose(client, batch)
    page = client.get(address("check", batch))
    assert page.context["form"]["value-0"].value() == "retired"
    assert '<option value="retired" selected>' in page.content.decode()
    client.post(address("values", batch), {"value-0": "retired"})
    client.post(address("start", batch))
    run_job_now(ImportBatch.objects.get().job_id)
    said = "is Retired"
    assert said in client.get(address("detail", batch)).text
    client.force_login(centre.admin)
    assert said not in client.get(address("detail", batch)).text


def test_a_measure_that_is_not_known_is_asked_about(supervisor, centre):
    content = b"Date,Agent,Metric,Value\n2026-01-05,Amara Okonkwo,CSAT,80%\n"
    upload(supervisor, content, "figures.csv", kind="metrics")
    batch = ImportBatch.objects.get()
    choose(supervisor, batch)
    page = supervisor.get(address("check", batch)).content.decode()
    assert "near it is Customer satisfaction, top two" in page
    assert '<option value="csat_t2b">' in page
    supervisor.post(address("values", batch), {"value-0": "csat_t2b"})
    assert "near it is" not in supervisor.get(address("check", batch)).content.decode()
