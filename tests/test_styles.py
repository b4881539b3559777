"""The subset of Bootstrap holds what templates, scripts and our own style sheets ask of it."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parent.parent
subset = SimpleNamespace(**runpy.run_path(str(ROOT / "scripts" / "bootstrap_subset" / "__init__.py")))
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
