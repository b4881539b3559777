"""Settings refuse bad values and a half-configured production, with a sentence that says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "centre.example",
    "DATABASE_URL": "postgres://ccperf@localhost/ccperf",
    "REDIS_URL": "redis://localhost:6379/0",
}


def start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess:
    """Load the settings in a process of their own with nothing but these variables set."""
    code = (
        "import django; django.setup(); from django.conf import settings; print(settings.CELERY_BROKER_URL)"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "ccperf.settings",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_configured_is_the_embedded_edition(tmp_path):
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "embedded" in done.stdout
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_command_with_a_wrong_value_ends_with_one_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "run_centre"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PORT": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "PORT is 'many'. Use a whole number from 1 to 65535.\n"


def test_complete_production_starts(tmp_path):
    done = start(tmp_path, **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == PRODUCTION["REDIS_URL"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
def test_production_without_one_part_is_refused_by_name(tmp_path, name):
    done = start(tmp_path, **{**PRODUCTION, name: ""})
    assert done.returncode != 0
    assert f"Production needs {name}" in done.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DEBUG": "perhaps"}, "DEBUG is 'perhaps'. Use 1 or 0."),
        ({"PORT": "http"}, "PORT is 'http'. Use a whole number from 1 to 65535."),
        ({"PORT": "70000"}, "PORT is '70000'."),
        ({"PRIVACY_AVERAGE_MINIMUM": "1"}, "Use a whole number from 3 to 50."),
        ({**PRODUCTION, "SECRET_KEY": "short"}, "SECRET_KEY is shorter than 32 characters."),
        ({**PRODUCTION, "DEBUG": "1"}, "exclude each other"),
        ({"SECRET_KEY_FILE": "/nowhere/secret"}, "cannot be read"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 32 characters."),
        ({"TIME_ZONE": "Mars/Olympus"}, "TIME_ZONE is 'Mars/Olympus'. Use a name like Europe/London."),
        ({"TIME_ZONE": "Europe"}, "TIME_ZONE is 'Europe'."),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is 'LOUD'. Use one of DEBUG, INFO,"),
        ({"DATA_DIR": __file__}, "which cannot be used as a folder: File exists."),
        ({"DATABASE_URL": "foo"}, "DATABASE_URL is no address that can be used. Write it like postgres://"),
        ({"DATABASE_URL": "mysql://u:hush@h/name"}, "DATABASE_URL is no address"),
        ({"DATABASE_URL": "postgres://u:hush@h"}, "DATABASE_URL is no address"),
        ({"DATABASE_URL": "postgres://u:hush@h:99999/name"}, "DATABASE_URL is no address"),
        (
            {"REDIS_URL": "foo"},
            "REDIS_URL is no address that can be used. Write it like redis://host:6379/0.",
        ),
        ({"REDIS_URL": "http://h"}, "REDIS_URL is no address"),
        ({"REDIS_URL": "redis://h/first"}, "REDIS_URL is no address"),
        ({"PRIVACY_DISTRIBUTION_MINIMUM": "4"}, "below PRIVACY_AVERAGE_MINIMUM (5)"),
        ({**PRODUCTION, "DATABASE_URL": "sqlite:////tmp/x"}, "Production needs PostgreSQL."),
        ({**PRODUCTION, "ALLOWED_HOSTS": "*"}, "Name the hosts under which people reach ccperf."),
    ],
)
def test_bad_value_stops_the_start_with_a_sentence(tmp_path, environment, sentence):
    done = start(tmp_path, **environment)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "hush" not in done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"DATABASE_URL": "postgres:///ccperf"},
        {"DATABASE_URL": "postgresql://u:p%40ss@h:5433/name?sslmode=require"},
        {"REDIS_URL": "rediss://:p@ss@h:6380/1?ssl_cert_reqs=none"},
        {"REDIS_URL": "redis://h"},
        {"TIME_ZONE": "", "LOG_LEVEL": "", "DATABASE_URL": "", "REDIS_URL": ""},
        {"TIME_ZONE": "Asia/Kolkata", "LOG_LEVEL": "debug"},
    ],
)
def test_good_and_empty_values_are_taken(tmp_path, environment):
    assert start(tmp_path, **environment).returncode == 0


def test_the_web_server_refuses_a_bad_size_with_a_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "ccperf.wsgi:application"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "WEB_WORKERS": "x"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (1, "WEB_WORKERS is 'x'. Use a whole number from 1 to 64.\n")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "The database is not up to date. Run manage.py migrate first.\n"),
        ("sqlite:////nowhere/there.sqlite3", "The database cannot be used: unable to open database file\n"),
        ("postgres://u:hush@127.0.0.1:1/x", "The database cannot be used: connection to server at"),
    ],
)
@pytest.mark.parametrize("command", [["import_file", "metrics", "--fields"], ["undo_import", "1"]])
def test_a_command_without_a_database_ends_with_one_sentence(tmp_path, command, address, sentence):
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DATABASE_URL": address},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert "Traceback" not in done.stderr


def test_secret_can_come_from_a_file(tmp_path):
    secret = tmp_path / "key"
    secret.write_text("s" * 40 + "\n")
    assert start(tmp_path, **{**PRODUCTION, "SECRET_KEY": "", "SECRET_KEY_FILE": str(secret)}).returncode == 0
