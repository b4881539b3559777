"""The pages: figures over the reader's own comments, words only where they may be read, presses that hold."""

import subprocess
import sys

import pytest
from django.urls import reverse

from ccperf.jobs.models import Job
from feedback.themes.models import Correction, Theme, ThemeSuggestion
from feedback.themes.quotes import by_word, pieces_of
from feedback.themes.selectors import theme_choices, themes_of, top_themes
from tests.factories import press_again
from tests.themes.makers import PROMISE, RUDE, WAIT, keys_of, make_read_item, make_suggestion, theme

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M5")]
LIST = "/feedback/themes/"
HTMX = {"HTTP_HX_REQUEST": "true"}


def address(name, item, key="wait_access"):
    return reverse(f"themes:{name}", args=[theme(key).pk, item.pk])


def page(client, user, path):
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return response


# ---- reading


def test_empty_centre_says_what_to_do(client, centre):
    assert "No comment has been read yet" in page(client, centre.supervisor, LIST).text


def test_supervisor_counts_only_the_comments_of_their_teams(client, centre):
    for _ in range(3):
        make_read_item(centre, WAIT)
    make_read_item(centre, WAIT, about="stranger_agent", team=centre.other_team)
    own = page(client, centre.supervisor, LIST).context["page"]
    other = page(client, centre.stranger_supervisor, LIST).context["page"]
    count = {row.theme.key: row.count for row in own.rows}
    assert (own.comments, count["wait_access"], other.comments) == (3, 3, 1)


def test_theme_page_shows_the_words_that_caused_it(client, centre):
    make_read_item(centre, PROMISE)
    text = page(client, centre.supervisor, theme("ownership").get_absolute_url()).text
    assert "<mark>promised a call back</mark>" in text
    assert "% sure" in text
    assert "Propose an action" in text


def test_nobody_reads_comments_of_another_team(client, centre):
    make_read_item(centre, WAIT)
    assert "data-comment" in page(client, centre.supervisor, theme().get_absolute_url()).text
    text = page(client, centre.stranger_supervisor, theme().get_absolute_url()).text
    assert "data-comment" not in text


def test_hr_sees_guarded_figures_and_no_words(client, centre):
    make_read_item(centre, WAIT)
    response = page(client, centre.hr, LIST)
    counts = {row.theme.key: row.count for row in response.context["page"].rows}
    assert counts["wait_access"] == "Hidden"
    text = page(client, centre.hr, theme().get_absolute_url()).text
    assert "data-comment" not in text
    assert "Hidden" in text


def said_of(centre, people, team=None, text=WAIT):
    """One comment about each of so many new people of a team."""
    from tests.factories import make_person

    team = team or centre.team
    for number in range(people):
        item = make_read_item(centre, f"{text} {number}", about=None, team=team)
        item.about_person = make_person(team=team)
        item.save()


def test_hr_sees_figures_of_groups_that_are_large_enough(client, centre):
    said_of(centre, 8)
    response = page(client, centre.hr, LIST)
    assert {row.theme.key: row.count for row in response.context["page"].rows}["wait_access"] == 8
    assert page(client, centre.hr, theme().get_absolute_url()).context["page"].named == 8


@pytest.mark.criterion("M16")
def test_comments_about_nobody_are_no_group_for_hr(client, centre):
    said_of(centre, 7)
    for number in range(9):
        make_read_item(centre, f"{WAIT} Again {number}", about=None, team=centre.team)
    response = page(client, centre.hr, LIST)
    assert {row.theme.key: row.count for row in response.context["page"].rows}["wait_access"] == "Hidden"
    assert response.context["page"].comments == "Hidden"
    found = page(client, centre.hr, theme().get_absolute_url()).context["page"]
    assert (found.named, found.comments, found.agents, found.teams) == ("Hidden", "Hidden", "Hidden", [])


@pytest.mark.criterion("M16")
def test_hr_sees_no_cell_of_a_team_with_few_agents_named_nor_what_reveals_it(client, centre):
    said_of(centre, 6)
    said_of(centre, 1, team=centre.other_team)
    said_of(centre, 9, team=centre.far_team)
    response = page(client, centre.hr, theme().get_absolute_url())
    cells = {row.name: (row.named, row.comments, row.share) for row in response.context["page"].teams}
    assert cells == {
        centre.team.name: ("Hidden", None, None),
        centre.other_team.name: ("Hidden", None, None),
        centre.far_team.name: (9, None, None),
    }


@pytest.mark.criterion("M16")
def test_hr_has_one_window_no_weeks_and_no_parts(client, centre):
    said_of(centre, 8)
    part = theme().children.first() or Theme.objects.create(name="Part of waiting", parent=theme())
    for query in ("", "?weeks=8", "?weeks=13&show=all", "?view=table"):
        for path in (LIST, theme().get_absolute_url()):
            response = page(client, centre.hr, path + query)
            assert response.context["page"].window.weeks == 26
            assert "weeks=8" not in response.text
            assert '<svg class="plot' not in response.text
    detail = page(client, centre.hr, theme().get_absolute_url())
    assert "The weekly trend is hidden" in detail.text
    assert not any(point.n for point in detail.context["page"].chart.points)
    assert detail.context["page"].children == []
    assert page(client, centre.hr, part.get_absolute_url()).context["page"].named == "Hidden"
    assert all(
        row.movement.change is None and not row.spark
        for row in page(client, centre.hr, LIST).context["page"].rows
    )


@pytest.mark.criterion("M16")
def test_the_file_for_hr_hides_what_the_page_hides(client, centre):
    said_of(centre, 9)
    said_of(centre, 9, text=PROMISE)
    said_of(centre, 1, text=RUDE)
    client.force_login(centre.hr)
    rows = client.get(LIST, {"format": "csv", "weeks": 8}).content.decode("utf-8-sig").splitlines()
    assert rows[0] == "Theme,Matter of,Comments,Share,Negative,Agents"
    lone = next(row for row in rows if row.startswith("Empathy and tone,"))
    assert lone.endswith(",Hidden,Hidden,Hidden,Hidden")
    assert sum("Hidden,Hidden" in row for row in rows) >= 2
    assert "Hidden: a group of fewer than 8" in rows[-1]


def test_names_and_numbers_are_masked_in_quotes(client, centre):
    make_read_item(centre, "I waited ages on hold for Rhys Llewellyn, ring me on 07700 900123.")
    text = page(client, centre.supervisor, theme().get_absolute_url()).text
    assert "900123" not in text
    quote = text.split('id="comment-')[1].split("</blockquote>")[0]
    assert "Llewellyn" not in quote
    assert 'class="cp-mask"' in quote
    assert "<mark>" in quote


def test_marks_survive_masking_before_them():
    text = "Dave Smith was kind but I waited ages"
    start = text.index("waited")
    pieces = pieces_of(text, [[start, len(text)]], by_word(["Dave Smith"]))
    assert [piece.text for piece in pieces if piece.is_mark] == ["waited ages"]
    assert "Dave" not in "".join(piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("Not on time, not told why", [13, 16], "Not on time, <not> told why"),
        ("On 07700 900456 Dave said hold, I hold on", [34, 38], "On [] [] said hold, I <hold> on"),
        ("Thanks to Dave the wait was short", [0, 18], "<Thanks to >[]< the> wait was short"),
        ("Le cafe\u0301 was cold, cold I say", [19, 23], "Le caf\u00e9 was cold, <cold> I say"),
        ("The wait, the wait. Ring dave@example.com", [14, 18], "The wait, the <wait>. Ring []"),
    ],
)
def test_the_words_marked_are_those_at_the_place_and_no_others_like_them(text, words, shown):
    pieces = pieces_of(text, [words], by_word(["Dave Smith"]))
    assert (
        "".join(
            "[]" if piece.is_mask else f"<{piece.text}>" if piece.is_mark else piece.text for piece in pieces
        )
        == shown
    )


def test_chart_as_table_and_file(client, centre):
    for week in range(3):
        for _ in range(6):
            make_read_item(centre, WAIT, days_ago=7 * week)
    client.force_login(centre.supervisor)
    table = client.get(theme().get_absolute_url(), {"view": "table"}).text
    assert "100%" in table
    chart = client.get(theme().get_absolute_url()).text
    assert "<svg" in chart
    file = client.get(LIST, {"format": "csv"})
    assert file["Content-Type"].startswith("text/csv")
    assert "Wait and access,Process,18,1.0" in file.content.decode("utf-8-sig")


def test_a_handful_of_weeks_is_no_news(client, centre):
    for week in range(1, 6):
        for _ in range(5):
            make_read_item(centre, RUDE, days_ago=7 * week)
    for _ in range(5):
        make_read_item(centre, WAIT)
    page_of = page(client, centre.supervisor, theme().get_absolute_url()).context["page"]
    assert (page_of.state, page_of.words, page_of.chart.limits) == ("normal", "Too early to tell", ())


def test_what_is_hardly_ever_said_has_no_limits(client, centre):
    """Nineteen weeks of nothing are no improvement, and a single comment is no concern."""
    for week in range(1, 24):
        for _ in range(5):
            make_read_item(centre, RUDE, days_ago=7 * week)
    for _ in range(5):
        make_read_item(centre, WAIT, days_ago=14)
    page_of = page(client, centre.supervisor, theme().get_absolute_url()).context["page"]
    assert (page_of.state, page_of.words, page_of.chart.limits) == ("normal", "Too rare to tell", ())


def test_odd_addresses_do_not_break(client, centre):
    make_read_item(centre, WAIT)
    client.force_login(centre.supervisor)
    for query in ("weeks=x", "weeks=999999999999", "page=0", "page=99999999999999", "page=-1", "view=7"):
        assert client.get(f"{theme().get_absolute_url()}?{query}").status_code == 200
        assert client.get(f"{LIST}?{query}").status_code == 200
    assert client.get("/feedback/themes/999999/").status_code == 404


def test_a_merged_theme_leads_to_where_it_went(client, centre):
    from feedback.themes.curating import merge_theme

    merge_theme(theme=theme("transfer"), into=theme("ownership"), by=centre.manager)
    client.force_login(centre.supervisor)
    assert (
        client.get(theme("transfer").get_absolute_url())["Location"] == theme("ownership").get_absolute_url()
    )


def test_a_name_is_hidden_by_any_of_its_words():
    names = by_word(["Siobhán Leary-Byrne", "Rhys Llewellyn"])
    for text in ("I asked Siobhan twice", "then Leary came", "Mum says Byrne is kind"):
        assert any(piece.is_mask for piece in pieces_of(text, (), names))
    assert [piece.text for piece in pieces_of("Nobody rang", (), names)] == ["Nobody rang"]


# ---- presses


def test_confirming_by_plain_form_and_by_htmx(client, centre):
    first, second = make_read_item(centre, WAIT), make_read_item(centre, WAIT, about="colleague")
    client.force_login(centre.supervisor)
    assert client.post(address("comment-confirm", first))["Location"] == theme().get_absolute_url()
    fragment = client.post(address("comment-confirm", second), **HTMX)
    assert "Confirmed in Wait and access" in fragment.text
    assert "<html" not in fragment.text
    assert Correction.objects.filter(verdict="right", by=centre.supervisor).count() == 2
    assert address("comment-take-back", second) in fragment.text


def test_a_move_is_taken_back_where_it_was_made(client, centre):
    item = make_read_item(centre, WAIT)
    client.force_login(centre.supervisor)
    fragment = client.post(address("comment-move", item), {"to": theme("transfer").pk}, **HTMX)
    assert f'name="moved_to" value="{theme("transfer").pk}"' in fragment.text
    response = client.post(address("comment-take-back", item), {"moved_to": theme("transfer").pk}, **HTMX)
    assert "Taken back" in response.text
    assert "take-back" not in response.text
    assert not Correction.objects.exists()


def test_moving_and_refusing(client, centre):
    first, second = make_read_item(centre, WAIT), make_read_item(centre, RUDE)
    client.force_login(centre.manager)
    client.post(address("comment-move", first), {"to": theme("transfer").pk})
    client.post(address("comment-refuse", second, "empathy_tone"))
    assert (keys_of(first), keys_of(second)) == ({"transfer"}, set())


def test_moving_to_nowhere_says_what_to_do(client, centre):
    item = make_read_item(centre, WAIT)
    client.force_login(centre.supervisor)
    for target in ("", "abc", 999_999):
        response = client.post(address("comment-move", item), {"to": target})
        assert response.status_code == 422
        assert "Choose" in response.text
    same = client.post(address("comment-move", item), {"to": theme().pk})
    assert (same.status_code, "already in this theme" in same.text) == (422, True)
    assert keys_of(item) == {"wait_access"}


def test_stranger_and_hr_cannot_correct_and_an_agent_may_not(client, centre):
    item = make_read_item(centre, WAIT, shared=True)
    for user, status in [(centre.stranger_supervisor, 404), (centre.hr, 404), (centre.agent, 403)]:
        client.force_login(user)
        assert client.post(address("comment-confirm", item)).status_code == status
    client.force_login(centre.supervisor)
    assert client.get(address("comment-confirm", item)).status_code == 405
    assert not Correction.objects.exists()


def test_manager_starts_an_analysis_once_and_sees_its_progress(client, centre):
    make_read_item(centre, WAIT)
    client.force_login(centre.manager)
    for _ in range(2):
        assert client.post("/feedback/themes/analyse/", {"grain": "fine"})["Location"] == LIST
    assert Job.objects.filter(kind="themes.run").count() == 1
    assert "Waiting for a free worker" in client.get(LIST).text
    assert client.post("/feedback/themes/analyse/", {"grain": "huge"}).status_code == 422
    client.force_login(centre.supervisor)
    assert client.post("/feedback/themes/analyse/", {"grain": "fine"}).status_code == 403


# ---- the tree


FORM = {"name": "Call-backs", "definition": "Promised and kept", "phrases": "rang back; call back",
        "attribution": "process", "submission": "token"}  # fmt: skip


def test_new_theme_is_made_once(client, centre):
    client.force_login(centre.manager)
    first = client.post("/feedback/themes/new/", FORM)
    second = client.post("/feedback/themes/new/", FORM)
    made = Theme.objects.get(name="Call-backs")
    assert first["Location"] == second["Location"] == made.get_absolute_url()
    assert made.phrases == ["rang back", "call back"]
    assert client.post("/feedback/themes/new/", FORM | {"submission": "other"}).status_code == 422
    assert client.post("/feedback/themes/new/", {"name": ""}).status_code == 422


def test_the_second_editor_is_told(client, centre):
    client.force_login(centre.manager)
    path = reverse("themes:theme-update", args=[theme().pk])
    change = {"name": "Getting through", "attribution": "process", "phrases": "queue", "version": 1}
    assert client.post(path, change).status_code == 302
    stale = client.post(path, change | {"name": "Queues"})
    assert (stale.status_code, "Somebody else changed this" in stale.text) == (422, True)
    assert theme().name == "Getting through"
    assert press_again(client, path, stale).status_code == 302


def test_merging_by_the_page(client, centre):
    client.force_login(centre.manager)
    path = reverse("themes:theme-merge", args=[theme("transfer").pk])
    assert client.post(path, {"into": ""}).status_code == 422
    assert client.post(path, {"into": theme("transfer").pk}).status_code == 422
    assert (
        client.post(path, {"into": theme("ownership").pk})["Location"]
        == theme("ownership").get_absolute_url()
    )


def test_suggestion_becomes_a_theme(client, centre):
    suggestion = make_suggestion(centre)
    client.force_login(centre.supervisor)
    text = client.get(suggestion.get_absolute_url()).text
    assert "hides the meter reading" in text
    assert client.post(suggestion.get_absolute_url(), {"name": "New bill"}).status_code == 403
    client.force_login(centre.manager)
    assert client.post(suggestion.get_absolute_url(), {"name": ""}).status_code == 422
    data = {"name": "New bill", "attribution": "product", "submission": "once"}
    made = client.post(suggestion.get_absolute_url(), data)
    assert made["Location"] == Theme.objects.get(name="New bill").get_absolute_url()
    assert client.get(suggestion.get_absolute_url())["Location"] == made["Location"]


def test_suggestion_shows_no_words_of_others(client, centre):
    suggestion = make_suggestion(centre)
    text = page(client, centre.stranger_supervisor, suggestion.get_absolute_url()).text
    assert "hides the meter reading" not in text


def test_suggestions_say_that_they_are_of_the_whole_centre_and_are_six_at_most(client, centre):
    for _ in range(8):
        make_suggestion(centre)
    for query in ("", "?show=all"):
        response = page(client, centre.supervisor, LIST + query)
        assert "counts of the whole centre" in response.text
        assert response.text.count("redesigned bill, meter reading") == 6
        assert "2 more wait their turn" in response.text


def test_dismissed_suggestion_is_gone_from_the_page(client, centre):
    suggestion = make_suggestion(centre)
    client.force_login(centre.manager)
    assert "redesigned bill" in client.get(LIST).text
    client.post(reverse("themes:suggestion-dismiss", args=[suggestion.pk]))
    assert ThemeSuggestion.objects.get().status == "dismissed"
    client.get(LIST)
    assert "redesigned bill" not in client.get(LIST).text


# ---- for other rooms


def test_themes_of_many_items_cost_one_query(centre, django_assert_num_queries):
    items = [make_read_item(centre, WAIT), make_read_item(centre, RUDE)]
    with django_assert_num_queries(1):
        found = themes_of([item.pk for item in items])
    assert [found[item.pk][0].name for item in items] == ["Wait and access", "Empathy and tone"]
    with django_assert_num_queries(1):
        assert len(theme_choices()) == 23


def test_top_themes_are_those_of_the_readers_own_comments(centre):
    make_read_item(centre, WAIT)
    make_read_item(centre, WAIT)
    make_read_item(centre, RUDE)
    assert [(row.name, row.count) for row in top_themes(centre.supervisor, limit=1)] == [
        ("Wait and access", 2)
    ]
    assert top_themes(centre.stranger_supervisor) == []


def test_web_processes_never_load_the_engine():
    script = (
        "import django, sys; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "import feedback.themes.views_curate\n"
        "print([m for m in ('tokenizers', 'safetensors', 'sknetwork', 'vaderSentiment',"
        " 'feedback.themes.engine.embedding') if m in sys.modules])\n"
    )
    import os

    env = os.environ | {"DJANGO_SETTINGS_MODULE": "ccperf.settings"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env)
    assert done.stdout.strip() == "[]", done.stderr
