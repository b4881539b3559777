"""The subsets of Bootstrap and its icons hold what our templates, code and style sheets ask of them."""

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from ccperf.core.icons import symbols

ROOT = Path(__file__).resolve().parent.parent
subset = SimpleNamespace(**runpy.run_path(str(ROOT / "scripts" / "bootstrap_subset" / "__init__.py")))
ICON_TAG = re.compile(r"""{% icon ["']([^"']+)["']""")
ANEW = f"The subset of Bootstrap lacks what is used; make it anew with {subset.COMMAND}:\n"


@pytest.fixture(scope="module")
def sheet() -> str:
    return (ROOT / subset.TARGET).read_text()


def test_no_class_in_use_was_cut_from_bootstrap(sheet):
    lost = set((ROOT / subset.CLASS_LIST).read_text().split()) - subset.classes_of(sheet)
    assert "modal-dialog" in lost, "The list of Bootstrap's classes is not that of the whole."
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in subset.sources()
        for name in lost & subset.classes_used(path.read_text())
    }
    assert not missing, ANEW + "\n".join(sorted(missing))


def test_no_variable_in_use_was_cut_from_bootstrap(sheet):
    sheets = (ROOT / "static" / "css").glob("*.css")
    known = set(subset.VARIABLE.findall(sheet)) | {
        name for path in sheets for name in subset.VARIABLE_SET.findall(path.read_text())
    }
    missing = subset.own_variables() - known
    assert not missing, ANEW + "\n".join(sorted(missing))


def test_the_licence_stays_with_the_rules(sheet):
    assert "Licensed under MIT" in sheet.split("{")[0]


def test_the_sheet_has_no_icon_that_is_not_in_use():
    held = set(symbols())
    idle = held - subset.icons_used(held)
    assert not idle, f"Make the sheet of icons anew with {subset.COMMAND}. No longer in use: {sorted(idle)}"


def test_every_icon_that_a_template_names_can_be_drawn():
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "templates").rglob("*.html")
        for name in ICON_TAG.findall(path.read_text())
        if name not in symbols()
    }
    assert not missing, "\n".join(sorted(missing))


def test_a_sheet_is_cut_to_names_that_stand_between_quotes():
    symbol = '<symbol class="bi bi-{0}" viewBox="0 0 16 16" id="{0}"><path d="M1"/></symbol>'.format
    whole = f"<svg>{symbol('check-lg')}{symbol('0-circle')}{symbol('bell')}</svg>"
    assert subset.cut_icons(whole.encode()).decode() == f"<svg>{symbol('check-lg')}{symbol('bell')}</svg>"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<p class="lead{% if a == "b" %} fs-1{% else %} fs-2{% endif %}">', {"lead", "fs-1", "fs-2"}),
        ('{% include "x.html" with class="fw-bold" %}', {"fw-bold"}),
        ("attrs={'class': 'form-range'}", {"form-range"}),
        ("the word modal in a sentence", set()),
    ],
)
def test_classes_are_found_where_they_are_given(text, found):
    assert found <= subset.classes_used(text)
    assert "modal" not in subset.classes_used(text)
