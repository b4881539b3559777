"""Fixtures of the importer's tests: files go to a temporary folder, and a command's JSON comes back as a
dict.
"""

import json
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def run(db):
    """Run ``import_file`` and return its JSON with ``exit`` 0 or 2."""

    def go(kind, path, *arguments):
        out, err = StringIO(), StringIO()
        try:
            call_command("import_file", kind, str(path), *arguments, "--json", stdout=out, stderr=err)
        except SystemExit as ended:
            return SimpleNamespace(
                exit=ended.code, sentence=err.getvalue().strip(), **json.loads(out.getvalue())
            )
        return SimpleNamespace(exit=0, **json.loads(out.getvalue()))

    return go


@pytest.fixture
def undo(db):
    """Run ``undo_import`` and return its JSON."""

    def go(import_id):
        out = StringIO()
        call_command("undo_import", str(import_id), "--json", stdout=out)
        return SimpleNamespace(**json.loads(out.getvalue()))

    return go


@pytest.fixture
def csv(tmp_path):
    """Write a CSV file of lines."""

    def write(*lines, name="file.csv"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        return path

    return write
