"""Installations of the tests of operations."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.operations.installation import Installation


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """An SQLite database with all tables, made once and copied for each installation."""
    model = Installation(tmp_path_factory.mktemp("model"))
    model.manage("migrate", "--noinput", "-v", "0")
    return model.sqlite


@pytest.fixture(scope="module")
def install(tmp_path_factory, migrated) -> Iterator[Callable[..., Installation]]:
    """Makes an installation with the given environment; ends all of its processes afterwards."""
    made = []

    def make(**environment: str) -> Installation:
        installation = Installation(tmp_path_factory.mktemp("installation"), **environment)
        made.append(installation)
        if "DATABASE_URL" in environment:
            installation.manage("migrate", "--noinput", "-v", "0")
        else:
            installation.sqlite.parent.mkdir(parents=True)
            shutil.copy(migrated, installation.sqlite)
        return installation

    yield make
    for installation in made:
        installation.close()
