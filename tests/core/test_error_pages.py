"""Error pages say what to do, need no database, and never fail themselves."""

import pytest
from django.template.loader import get_template
from django.views.defaults import server_error


def test_a_crash_shows_a_page_without_the_database(rf):
    answer = server_error(rf.get("/"))
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "saved whole or not at all" in page
    assert "css/tokens.css" in page


def test_a_crash_shows_a_page_where_no_static_file_was_collected(rf, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    page = server_error(rf.get("/")).content.decode()
    assert "Something broke on our side" in page
    assert "stylesheet" not in page


@pytest.mark.parametrize("code", ["400", "403", "404", "405", "500"])
def test_every_error_page_leads_home(code, rf):
    page = get_template(f"{code}.html").render({}, rf.get("/"))
    assert 'href="/"' in page
    assert page.count("<h1>") == 1


def test_not_found_reads_like_not_allowed(client, centre):
    client.force_login(centre.agent)
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "This page is not here for you" in page.content.decode()


def test_what_only_a_form_may_send_shows_a_page_when_it_is_opened(client, centre):
    client.force_login(centre.supervisor)
    page = client.get("/feedback/share/")
    assert page.status_code == 405
    assert page.headers["Allow"] == "POST"
    assert "This address only takes what a form sends." in page.content.decode()
