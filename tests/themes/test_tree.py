"""The tree put in order: what would move is shown first, every step is dated, a merge can be undone."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from feedback.models import FeedbackItem
from feedback.themes import curating, services
from feedback.themes.models import Correction, Theme, ThemeVersion
from feedback.themes.reading_store import current_reader, read_items
from feedback.themes.versions import names_on
from tests.themes.makers import PROMISE, RUDE, WAIT, keys_of, make_read_item, read, theme

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M5")]


def address(name, key="wait_access"):
    return reverse(f"themes:{name}", args=[theme(key).pk])


def tried_out(client, path, data):
    """Ask what would move, have the worker try it, and return the address of the answer."""
    answer = client.post(path, data | {"preview": "1"})["Location"]
    job = Job.objects.filter(kind="themes.what_if").latest("pk")
    assert "Waiting for a free worker" in client.get(answer).text
    assert run_job_now(job.pk).status == "done"
    return answer


def test_a_change_shows_what_would_move_and_moves_nothing_before_it_is_confirmed(client, centre):
    item = make_read_item(centre, "The chocolate fountain spilled over the carpet.")
    client.force_login(centre.manager)
    form = {"name": "Fountains", "attribution": "product", "phrases": "chocolate fountain; spilled; carpet"}
    answer = tried_out(client, reverse("themes:theme-create"), form)
    page = client.get(answer)
    assert "1 of 1 comments would move" in page.text
    assert "chocolate fountain spilled" in page.text
    assert (keys_of(item), Theme.objects.filter(name="Fountains").exists()) == (set(), False)
    token = page.context["form"]["submission"].value()
    made = [client.post(answer, {"submission": token})["Location"] for _ in range(2)]
    assert made[0] == made[1] == Theme.objects.get(name="Fountains").get_absolute_url()
    run_job_now(Job.objects.get(kind="themes.learn").pk)
    assert keys_of(item) == {"fountains"}
    client.force_login(centre.admin)
    assert client.get(answer).status_code == 403


def test_a_tried_change_of_an_older_version_is_refused(client, centre):
    make_read_item(centre, WAIT)
    client.force_login(centre.manager)
    form = {"name": "Queues", "attribution": "process", "phrases": "turnstile", "version": 1}
    answer = tried_out(client, address("theme-update"), form)
    assert "would go" in client.get(answer).text
    curating.update_theme(theme=theme(), by=centre.manager, version=1, definition="Other")
    refused = client.post(answer, {})
    assert (refused.status_code, "Somebody else changed this" in refused.text) == (422, True)


def test_splitting_by_the_page(client, centre):
    kept, moved = make_read_item(centre, WAIT), make_read_item(centre, "I was cut off and the line was busy.")
    services.confirm_theme(item=kept, theme=theme(), by=centre.supervisor)
    client.force_login(centre.manager)
    form = {"name_1": "Cut off", "phrases_1": "cut off; line busy", "name_2": "", "phrases_2": "x"}
    assert client.post(address("theme-split"), form).status_code == 422
    answer = tried_out(client, address("theme-split"), form | {"phrases_2": ""})
    assert "Cut off" in client.get(answer).text
    assert client.post(answer, {})["Location"] == theme().get_absolute_url()
    part = Theme.objects.get(name="Cut off")
    assert (part.parent, part.phrases) == (theme(), ["cut off", "line busy"])
    assert "cut off" not in theme().phrases
    run_job_now(Job.objects.get(key="themes.learn.all", status="queued").pk)
    assert part.key in keys_of(moved)
    assert "wait_access" in keys_of(kept)


def test_merging_shows_what_would_go_and_can_be_undone(client, centre):
    said, other = make_read_item(centre, PROMISE), make_read_item(centre, WAIT, about="colleague")
    services.confirm_theme(item=said, theme=theme("ownership"), by=centre.supervisor)
    services.refuse_theme(item=other, theme=theme("ownership"), by=centre.supervisor)
    client.force_login(centre.manager)
    into = theme("wait_access")
    shown = client.get(address("theme-merge", "ownership"), {"into": into.pk}).text
    assert "1 comment would move to Wait and access" in shown
    assert "nobody rang" in shown
    assert keys_of(said) == {"ownership"}
    client.post(address("theme-merge", "ownership"), {"into": into.pk})
    assert keys_of(said) == {"wait_access"}
    assert "Ownership" in client.get(address("theme-history")).text
    phrases = into.phrases
    assert (
        client.post(address("merge-undo", "ownership"))["Location"] == theme("ownership").get_absolute_url()
    )
    assert (theme("ownership").status, theme("wait_access").phrases) == ("active", phrases)
    assert keys_of(said) == {"ownership"}
    assert set(Correction.objects.values_list("theme__key", "verdict")) == {
        ("ownership", "right"),
        ("ownership", "wrong"),
    }
    assert Job.objects.filter(kind="themes.run", status="queued").count() == 1


def test_a_merge_is_not_undone_while_the_other_is_gone_or_the_name_is_taken(client, centre):
    theme()
    curating.merge_theme(theme=theme("transfer"), into=theme("ownership"), by=centre.manager)
    curating.create_theme(by=centre.manager, name="Transfers", attribution="process")
    client.force_login(centre.manager)
    refused = client.post(address("merge-undo", "transfer"))
    assert (refused.status_code, "already has this name" in refused.text) == (422, True)
    curating.merge_theme(theme=theme("ownership"), into=theme("clarity"), by=centre.manager)
    with pytest.raises(ValidationError, match="Bring it back first"):
        curating.undo_merge(theme=theme("transfer"), by=centre.manager)


def test_a_retired_theme_keeps_its_comments_and_gets_no_more(client, centre):
    old = make_read_item(centre, RUDE)
    client.force_login(centre.manager)
    assert "1 comment carries it and keeps it" in client.get(address("theme-retire", "empathy_tone")).text
    client.post(address("theme-retire", "empathy_tone"))
    new = make_read_item(centre, RUDE, about="colleague")
    read(old)
    assert (keys_of(old), "empathy_tone" in keys_of(new)) == ({"empathy_tone"}, False)
    shown = client.get("/feedback/themes/")
    assert "1 no longer in use" in shown.text
    assert "empathy_tone" not in {row.theme.key for row in shown.context["page"].rows}
    assert "rude" in client.get(theme("empathy_tone").get_absolute_url()).text
    client.post(address("theme-revive", "empathy_tone"))
    read(new)
    assert "empathy_tone" in keys_of(new)


def test_a_pinned_theme_stands_first_and_is_not_given_up(client, centre):
    theme()
    client.force_login(centre.manager)
    client.post(address("theme-pin", "clarity"), {"pinned": "1"})
    assert Theme.objects.first().key == "clarity"
    assert client.post(address("theme-retire", "clarity")).status_code == 422
    refused = client.post(address("theme-merge", "clarity"), {"into": theme().pk})
    assert (refused.status_code, "Unpin it first" in refused.text) == (422, True)
    client.post(address("theme-pin", "clarity"), {"pinned": "0"})
    assert client.post(address("theme-retire", "clarity")).status_code == 302


def test_history_keeps_its_names(client, centre):
    item = make_read_item(centre, WAIT, days_ago=10)  # A week that has ended
    Theme.objects.update(created_at=timezone.now() - timedelta(days=30))
    curating.update_theme(theme=theme(), by=centre.manager, version=1, name="Getting through")
    assert names_on(item.received_on) == {theme().pk: "Wait and access"}
    assert names_on(timezone.localdate()) == {}
    client.force_login(centre.supervisor)
    assert "then called Wait and access" in client.get(theme().get_absolute_url()).text
    past = client.get("/feedback/themes/", {"until": item.received_on.isoformat()}).text
    assert "Wait and access" in past
    past = client.get("/feedback/themes/groups/", {"until": item.received_on.isoformat()}).text
    assert ("Wait and access" in past, "Getting through" in past) == (True, False)
    assert "Getting through" in client.get("/feedback/themes/groups/").text
    history = client.get(address("theme-history")).text
    assert "Renamed from Wait and access" in history
    assert "Started with" in history
    assert ThemeVersion.objects.filter(theme=theme()).count() == 2


def test_an_analysis_keeps_the_names_of_its_time(client, centre):
    item = make_read_item(centre, WAIT)
    FeedbackItem.objects.filter(pk=item.pk).update(text=PROMISE)
    run_job_now(services.start_analysis(by=None).pk)
    curating.update_theme(theme=theme(), by=centre.manager, version=1, name="Getting through")
    client.force_login(centre.manager)
    text = client.get("/feedback/themes/runs/").text
    assert ("Wait and access" in text, "Getting through" in text) == (True, False)
    FeedbackItem.objects.filter(pk=item.pk).update(text=WAIT)
    run_job_now(services.start_analysis(by=None).pk)
    text = client.get("/feedback/themes/runs/").text
    assert ("Wait and access" in text, "Getting through" in text) == (True, True)


def test_a_theme_merged_while_a_run_goes_on_leaves_nothing_behind(centre):
    item = make_read_item(centre, PROMISE)
    reader = current_reader()
    curating.merge_theme(theme=theme("ownership"), into=theme("clarity"), by=centre.manager)
    read_items([item], reader)
    assert keys_of(item) == {"clarity"}
    curating.retire_theme(theme=theme("clarity"), by=centre.manager)
    fresh = make_read_item(centre, WAIT, about="colleague")
    FeedbackItem.objects.filter(pk=fresh.pk).update(text=PROMISE)
    fresh.refresh_from_db()
    read_items([fresh], reader)
    assert keys_of(fresh) == set()


def test_a_theme_that_came_back_while_a_run_goes_on_keeps_its_comments(centre):
    item = make_read_item(centre, RUDE)
    curating.retire_theme(theme=theme("empathy_tone"), by=centre.manager)
    reader = current_reader()
    curating.revive_theme(theme=theme("empathy_tone"), by=centre.manager)
    read_items([item], reader)
    assert keys_of(item) == {"empathy_tone"}


def test_a_taxonomy_without_phrases_still_reads(centre):
    item = make_read_item(centre, "The line was busy and I waited for access.")
    Theme.objects.update(phrases=[], definition="")
    read(item)
    assert item.reading.is_comment
    Theme.objects.exclude(key="wait_access").delete()
    read(item)
    assert item.reading.taxonomy == current_reader().taxonomy


def test_pages_of_a_theme_no_longer_in_use_lead_to_where_it_is_now(client, centre):
    client.force_login(centre.manager)
    merged, into = theme("transfer"), theme("clarity")
    curating.merge_theme(theme=merged, into=into, by=centre.manager)
    retired = curating.retire_theme(theme=theme("listening"), by=centre.manager)
    for step in ("theme-merge", "theme-retire"):
        page = client.get(reverse(f"themes:{step}", args=[merged.pk]), follow=True)
        assert page.redirect_chain[-1][0] == into.get_absolute_url()
        assert f"{merged} is merged into {into} already." in page.content.decode()
        page = client.get(reverse(f"themes:{step}", args=[retired.pk]), follow=True)
        assert page.redirect_chain[-1][0] == retired.get_absolute_url()
        assert "is retired already." in page.content.decode()


def test_two_themes_do_not_differ_by_capitals_only(client, centre):
    client.force_login(centre.manager)
    new = {"name": "wait AND access", "attribution": "process"}
    page = client.post(reverse("themes:theme-create"), new)
    assert page.status_code == 422
    assert page.context["form"].errors["name"] == ["Another theme already has this name."]
    curating.update_theme(theme=theme(), by=centre.manager, version=1, name="Wait and Access")
    assert theme().name == "Wait and Access"


def test_sub_themes_are_offered_with_the_theme_above_them(client, centre):
    client.force_login(centre.manager)
    parts = [curating.Part("Opening hours", ["opening hours"])]
    (part,) = curating.split_theme(theme=theme(), parts=parts, by=centre.manager)
    for address in (
        reverse("themes:theme-merge", args=[theme("clarity").pk]),
        reverse("themes:comment-reader"),
    ):
        text = client.get(address).text
        assert f'<option value="{part.pk}">Wait and access: Opening hours</option>' in text
    assert (
        f'<option value="{theme("clarity").pk}">'
        not in client.get(reverse("themes:theme-merge", args=[theme("clarity").pk])).text.split("Merge into")[
            1
        ]
    )


def test_undoing_a_merge_twice_says_so_once(client, centre):
    client.force_login(centre.manager)
    merged = theme("transfer")
    curating.merge_theme(theme=merged, into=theme("clarity"), by=centre.manager)
    undo = reverse("themes:merge-undo", args=[merged.pk])
    assert "is a theme of its own again" in client.post(undo, follow=True).content.decode()
    again = client.post(undo, follow=True).content.decode()
    assert "is a theme of its own again" not in again
    assert "is in use already." in again
