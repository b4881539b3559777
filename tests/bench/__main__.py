"""Build a demonstration centre in a folder of its own, measure, print, and write DATA_DIR/bench.json.

``python -m tests.bench pages`` measures pages alone and prints every one of them.
"""

import importlib
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AGENTS = 240


def main() -> int:
    output = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()
    output.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=output))
    os.environ["DATA_DIR"] = str(folder)
    for name in ("DATABASE_URL", "REDIS_URL"):
        if address := os.environ.pop(name, None):
            os.environ[f"BENCH_{name}"] = address
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccperf.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    try:
        import django

        django.setup()
        from tests.bench.figures import table

        figures = []
        for figure in measurements(folder):
            figures.append(figure)
            print(f"{figure.name}: {figure.value:,.4g} {figure.unit}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{table(figures)}")
    report = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
        },
        "figures": [figure.as_dict() for figure in figures],
    }
    (output / "bench.json").write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nWritten to {output / 'bench.json'}")
    missed = [figure.name for figure in figures if not figure.good]
    return 1 if missed else 0


def measurements(folder: Path) -> Iterator:
    from django.core.management import call_command

    from ccperf.people.models import Person
    from tests.bench import importing, working_out
    from tests.bench.figures import Figure, rounded, timed

    call_command("migrate", verbosity=0, interactive=False)
    with timed() as watch, (folder / "demo.log").open("w") as log:
        call_command("demo", agents=AGENTS, months=12, seed=1, stdout=log)
    yield Figure(f"demonstration centre of {AGENTS} agents", rounded(watch.wall), "s", limit=60)
    working_out.run_waiting_jobs()
    if sys.argv[1:] == ["pages"]:
        yield from pages_of_roles(folder, whole=True)
        return
    yield from working_out.rollups()
    yield from working_out.themes()
    yield from figures_of_rooms()
    yield from pages_of_roles(folder)
    numbers = list(Person.objects.filter(memberships__isnull=False).values_list("employee_number", flat=True))
    yield from importing.measure(ROOT, folder, sorted({number for number in numbers if number})[:AGENTS])


def pages_of_roles(folder: Path, *, whole: bool = False) -> Iterator:
    from django.conf import settings
    from django.test.utils import override_settings

    from ccperf.health.static import collect_if_changed
    from ccperf.people.models import User
    from tests.bench import pages

    collect_if_changed()
    logins = json.loads((folder / "demo.json").read_text())["logins"]
    users = [(login["role"], User.objects.get(username=login["username"])) for login in logins]
    with override_settings(ALLOWED_HOSTS=[*settings.ALLOWED_HOSTS, "testserver"]):
        yield from pages.measure(users, whole=whole)


def figures_of_rooms() -> Iterator:
    """What the rooms measure themselves: ``run()`` of every ``bench_*.py`` beside this file, as rows."""
    from tests.bench.figures import Figure

    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        for row in importlib.import_module(f"tests.bench.{path.stem}").run():
            ratio = row["value"] if row["ratio_to"] else None
            least = row.get("at_least", False)
            yield Figure(row["name"], row["value"], row["unit"], ratio, row["ratio_to"], row["limit"], least)


if __name__ == "__main__":
    sys.exit(main())
