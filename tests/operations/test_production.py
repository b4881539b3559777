"""The processes of production, started as the compose file starts them, on PostgreSQL and Redis."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.operations.installation import (
    CELERY,
    ROOT,
    Installation,
    ServiceMissingError,
    free_port,
    own_postgres,
    own_redis,
    wait_for,
)

pytestmark = pytest.mark.slow
SECRET = "a-secret-of-the-tests-that-is-long-enough"
CELERY_OPTIONS = ["--loglevel", "INFO"]


class KeepRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def ask(port: int, path: str, **headers: str):
    """Status, headers and body of one answer, redirects not followed."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.build_opener(KeepRedirect).open(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except OSError:
        return 0, {}, b""


@pytest.fixture
def production(install, tmp_path):
    try:
        with own_redis(tmp_path) as redis_url, own_postgres() as postgres_url:
            centre = install(
                PRODUCTION="1",
                SECRET_KEY=SECRET,
                ALLOWED_HOSTS="ccperf.example.org",
                DATABASE_URL=postgres_url,
                REDIS_URL=redis_url,
                DJANGO_SETTINGS_MODULE="ccperf.settings",
                PORT=str(free_port()),
            )
            yield centre
            centre.close()
    except ServiceMissingError as missing:
        pytest.skip(str(missing))


def test_the_processes_of_production_become_ready(production):
    port = int(production.environment["PORT"])
    production.manage("collectstatic", "--noinput", "-v", "0")
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]
    production.start(*gunicorn, "ccperf.wsgi:application", log="web")
    visitor = {"Host": "ccperf.example.org"}
    wait_for(lambda: ask(port, "/healthz", **visitor)[0] == 200, seconds=60, what=production.logs())

    status, _, body = ask(port, "/readyz", **visitor)
    assert status == 503
    assert [name for name, check in json.loads(body)["checks"].items() if not check["ok"]] == ["worker"]

    production.start(
        *CELERY, "worker", "--pool", "prefork", "--concurrency", "2", *CELERY_OPTIONS, log="worker"
    )
    schedule = str(production.folder / "schedule")
    production.start(*CELERY, "beat", "--schedule", schedule, "--pidfile", "", *CELERY_OPTIONS, log="beat")
    wait_for(lambda: ask(port, "/readyz", **visitor)[0] == 200, seconds=60, what=production.logs())
    wait_for(
        lambda: "Sending due task" in production.logs() and "jobs.sweep" in production.logs(),
        seconds=30,
        what="the timer\n" + production.logs(),
    )
    assert production.manage("worker_alive") == ""

    probe = [sys.executable, "-m", "ccperf.health.probe", "/readyz"]
    assert subprocess.run(probe, cwd=ROOT, env=production.environment, timeout=30).returncode == 0

    # Behind the proxy everything is https; hosts that are not ours are refused.
    status, headers, _ = ask(port, "/accounts/login/", **visitor)
    assert (status, headers["Location"]) == (301, "https://ccperf.example.org/accounts/login/")
    status, headers, body = ask(port, "/accounts/login/", **visitor, **{"X-Forwarded-Proto": "https"})
    assert status == 200, production.logs()
    assert "max-age=" in headers["Strict-Transport-Security"]
    assert "Secure" in headers["Set-Cookie"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert ask(port, "/accounts/login/", Host="evil.example.org")[0] == 400

    # Static files carry their hash, are compressed and kept for ever.
    static = json.loads((production.folder / "data" / "static" / "staticfiles.json").read_text())["paths"]
    hashed = static["css/tokens.css"]
    assert hashed in body.decode()
    proxied = {**visitor, "X-Forwarded-Proto": "https", "Accept-Encoding": "br"}
    status, headers, _ = ask(port, f"/static/{hashed}", **proxied)
    assert (status, headers["Content-Encoding"]) == (200, "br")
    assert "immutable" in headers["Cache-Control"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "Production needs SECRET_KEY."),
        ({"ALLOWED_HOSTS": "", "REDIS_URL": ""}, "Production needs ALLOWED_HOSTS, REDIS_URL."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 32 characters."),
        ({"DEBUG": "1"}, "exclude each other"),
        ({"DEBUG": "maybe"}, "DEBUG is 'maybe'. Use 1 or 0."),
        ({"PORT": "80a"}, "PORT is '80a'."),
    ],
)
def test_half_configured_production_does_not_start(tmp_path, change, sentence):
    configured = {
        "PRODUCTION": "1",
        "SECRET_KEY": SECRET,
        "ALLOWED_HOSTS": "x",
        "DATABASE_URL": "postgres://u:p@127.0.0.1:1/x",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    centre = Installation(tmp_path, **(configured | change))
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(
        command, cwd=ROOT, env=centre.environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert sentence in done.stderr


def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_compose_file_names_every_process_with_its_safeguards():
    services = compose()["services"]
    assert set(services) == {"migrate", "web", "worker", "beat", "postgres", "redis"}
    for name, service in services.items():
        assert service["restart"], name
        assert "healthcheck" in service, name
    for name in ("web", "worker", "beat"):
        waits = services[name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert waits["postgres"]["condition"] == waits["redis"]["condition"] == "service_healthy"


def test_every_variable_of_the_compose_file_stands_in_the_example():
    text = (ROOT / "docker-compose.yml").read_text()
    named = {part.split("}")[0].split(":")[0] for part in text.split("${")[1:]} - {"CCPERF_VERSION"}
    example = {line.split("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line}
    assert named <= example, named - example
    # No secret has a value that somebody could forget to change.
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        assert f"{secret}=\n" in (ROOT / ".env.example").read_text()
        assert f"${{{secret}:?" in text


def test_the_compose_file_is_valid_for_every_client_there_is(tmp_path):
    """Where no client exists the tests above still look at the structure."""
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    configured = os.environ | {"SECRET_KEY": SECRET, "ALLOWED_HOSTS": "x", "POSTGRES_PASSWORD": "p"}
    for client in (["docker", "compose"], ["docker-compose"]):
        if not shutil.which(client[0]) or not _works([*client, "version"]):
            continue
        for environment, good in ((configured, True), (dict(os.environ), False)):
            done = subprocess.run(
                [*client, "config"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
            )
            assert (done.returncode == 0) is good, done.stderr
            assert good or "SECRET_KEY" in done.stderr


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, timeout=30).returncode == 0


def test_static_files_are_collected_with_the_settings_of_the_image(tmp_path):
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    [run] = [line for line in text.splitlines() if line.startswith("RUN PRODUCTION=1")]
    given = dict(part.split("=", 1) for part in shlex.split(run.split("/opt/venv")[0])[1:])
    here = {"STATIC_ROOT": str(tmp_path / "collected"), "DATA_DIR": str(tmp_path / "data")}
    environment = {"PATH": os.environ["PATH"]} | given | here
    command = [sys.executable, "manage.py", "collectstatic", "--noinput"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "collected").rglob("*.gz"))


def test_the_image_runs_without_root_and_installs_with_hashes():
    lines = Path(ROOT / "Dockerfile").read_text().splitlines()
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    assert len(stages) == 2
    assert any(line == "USER ccperf" for line in lines[stages[1] :])
    assert any("--require-hashes" in line for line in lines)
