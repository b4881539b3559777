"""What one build of the program kept, the next one does not show."""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache

from ccperf.core import build
from ccperf.core.build import digest_of
from tests.metrics.test_pages import page


@pytest.fixture
def program(tmp_path) -> Path:
    room = tmp_path / "room"
    room.mkdir()
    (room / "views.py").write_text("SHOWN = 3\n")
    (room / "page.html").write_text("<p>{{ shown }}</p>\n")
    (room / "notes.txt").write_text("Nothing that a page shows.\n")
    return room


@pytest.mark.parametrize(("name", "changes"), [("views.py", True), ("page.html", True), ("notes.txt", False)])
def test_a_build_is_another_when_the_program_or_a_template_is(program, name, changes):
    before = digest_of([program])
    assert digest_of([program]) == before
    (program / name).write_text("<b>{{ shown }}</b>\n")
    assert (digest_of([program]) != before) is changes


def test_a_build_is_another_when_a_file_has_another_name(program):
    before = digest_of([program])
    (program / "page.html").rename(program / "other.html")
    assert digest_of([program]) != before


def test_every_app_of_ours_counts():
    rooms = {config.name.split(".")[0] for config in apps.get_app_configs()}
    assert {room for room in rooms if (settings.BASE_DIR / room).is_dir()} | {"templates"} == set(build.ROOMS)


def test_what_another_build_kept_is_not_found(monkeypatch):
    cache.set("part", "<p>old</p>")
    monkeypatch.setattr(build, "build", lambda: "next")
    assert cache.get("part") is None
    cache.set("part", "<p>new</p>")
    monkeypatch.undo()
    assert cache.get("part") == "<p>old</p>"


@pytest.mark.django_db
def test_a_part_of_a_page_is_kept_until_the_program_is_another(client, centre, monkeypatch):
    def renders_anew() -> bool:
        answer = page(client, centre.manager, "alerts:span", view="table")
        return "metrics/_matrix.html" in {template.name for template in answer.templates}

    assert renders_anew()
    assert not renders_anew()
    monkeypatch.setattr(build, "build", lambda: "next")
    assert renders_anew()
