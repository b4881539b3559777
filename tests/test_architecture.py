"""Rules of the house that a machine can check."""

import ast
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("ccperf", "feedback", "improvement", "retention", "strategy")
ALL_CRITERIA = {f"M{number}" for number in range(1, 17)} | {f"D{number}" for number in range(1, 17)}

# Criteria that nothing proves yet. A criterion leaves this table when its first test is marked.
STILL_OPEN = {
    "M2": "the matrix of responsibilities is not built",
    "M3": "initiatives and evaluations are not built",
    "M7": "team strategies are not built",
    "M9": "the pressure desk is not built",
    "M11": "procedures are not built",
    "M12": "buddying and coaching are not built",
    "M13": "factors are not built; survival by intake belongs to D16",
    "M15": "retention briefs are not built",
    "D1": "reviews of sources are not built",
    "D2": "the catalogue of methods is not built",
    "D3": "the evaluation of methods is not built",
    "D4": "collection plans are not built",
    "D5": "sharing plans are not built",
    "D8": "consultations are not built",
    "D9": "options and replay are not built",
    "D10": "releases are not built",
    "D12": "the structure pages are not built",
    "D14": "the change strategy is not built",
    "D15": "playbooks are not built",
}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


def templates() -> list[str]:
    folder = ROOT / "templates"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def tracked_files() -> list[Path]:
    """What git knows, and what is about to be added; nothing that a run has written."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return [
            path for folder in (*ROOMS, "templates", "docs", "tests") for path in (ROOT / folder).rglob("*.*")
        ]
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_rooms_import_downwards_only():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.django_db
def test_no_migration_is_missing():
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except (SystemExit, CommandError):
        pytest.fail(said.getvalue())


@pytest.mark.parametrize("name", templates())
def test_the_template_compiles(name):
    assert get_template(name)


INLINE = re.compile(
    r"""<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style\b|\sstyle=|\son[a-z]+=["']|javascript:""",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", [name for name in templates() if name.endswith(".html")])
def test_the_template_has_no_inline_script_or_style(name):
    """The content security policy would refuse them."""
    source = (ROOT / "templates" / name).read_text()
    assert not INLINE.findall(source)


def _module_path(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_pure_numbers_need_neither_django_nor_celery():
    """`analysis*.py` and whatever of ours they import, all the way down."""
    waiting = [path for path in python_files(*ROOMS) if path.name.startswith("analysis")]
    assert waiting
    seen: set[Path] = set()
    wrong = []
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in _imports(path):
            top = module.split(".")[0]
            if top in {"django", "celery"} and not module.startswith("django.utils.safestring"):
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")
            elif top in ROOMS and (found := _module_path(module)):
                waiting.append(found)
    assert not wrong, "\n".join(sorted(wrong))


def scoped_models() -> set[str]:
    """Models whose rows belong to some people's view only: they know `visible_to`."""
    return {
        model.__name__
        for model in apps.get_models()
        if any(hasattr(model._default_manager, name) for name in ("visible_to", "performance_visible_to"))
    }


def test_views_begin_every_question_about_people_with_its_scope():
    """`Model.objects.visible_to(user)…` and nothing else where a request is answered."""
    personal = scoped_models()
    assert {"Person", "Team", "Job"} <= personal
    wrong = []
    for path in python_files(*ROOMS):
        if not path.name.startswith("views") and path.parent.name != "views":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Attribute)
                and node.value.attr in {"objects", "_default_manager"}
                and isinstance(node.value.value, ast.Name)
                and node.value.value.id in personal
                and not node.attr.endswith("visible_to")
                and node.attr != "none"
            ):
                wrong.append(
                    f"{path.relative_to(ROOT)}:{node.lineno} {node.value.value.id}.objects.{node.attr}"
                )
    assert not wrong, "\n".join(wrong)


def marked_criteria() -> set[str]:
    found = set()
    for path in python_files("tests"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "criterion"
            ):
                found |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def test_every_criterion_is_proven_or_known_to_be_open():
    marked = marked_criteria()
    assert marked <= ALL_CRITERIA, f"Not criteria: {sorted(marked - ALL_CRITERIA)}"
    assert not ALL_CRITERIA - marked - STILL_OPEN.keys(), "No test is marked for these, and none says why."
    assert not marked & STILL_OPEN.keys(), "These have a test by now; take them out of STILL_OPEN."


# Spelt in pieces, so that this file does not find itself.
FOREIGN = re.compile(
    "|".join(
        [
            r"/wo" + r"rk/(main|shared|\.)",
            r"\.\./sha" + r"red/",
            r"py" + r"pi\.org",
            r"registry\.npm" + r"js",
            r"files\.python" + r"hosted",
            r"cdn\.|jsdel" + r"ivr|unp" + r"kg\.com|cdn" + r"js|googleap" + r"is",
            r"\bTO" + r"DO\b|\bFIX" + r"ME\b|\bXX" + r"X\b",
            r"\bCla" + r"ude\b|\bChat" + r"GPT\b|\bLL" + r"M\b",
        ]
    )
)
TEXT = {".py", ".html", ".css", ".js", ".md", ".toml", ".lock", ".yml", ".sh", ".txt", ".json", ".cfg", ""}


def test_the_project_stands_alone():
    """No address of a place where it was built or downloaded from, nothing left for later."""
    wrong = []
    for path in tracked_files():
        name = str(path.relative_to(ROOT))
        if path.suffix not in TEXT or name.startswith("static/vendor/") or name in {"LICENSE", ".ci/run"}:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if FOREIGN.search(line):
                wrong.append(f"{name}:{number}: {line.strip()[:120]}")
    assert not wrong, "\n".join(wrong)


def locked(name: str) -> dict[str, str]:
    """Package → version; fails on a line that is neither a pin nor its hash."""
    pins = {}
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("#"):
            continue
        pin = re.fullmatch(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)(?: ; .+)? \\", line)
        assert pin or re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), f"{name}: {line}"
        if pin:
            pins[pin[1]] = pin[2]
    return pins


def test_locks_are_hashed_and_agree_with_each_other():
    runtime, everything = locked("requirements.lock"), locked("requirements-dev.lock")
    assert runtime.items() <= everything.items()
    assert {"django", "celery", "pandas"} <= runtime.keys()
    assert "pytest" not in runtime


def test_every_periodic_task_exists():
    from ccperf.celery import app

    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert named <= set(app.tasks), named - set(app.tasks)


def test_long_work_has_distinct_titles():
    """People tell jobs apart by their titles."""
    from ccperf.jobs.registry import KINDS

    titles = [kind.title for name, kind in KINDS.items() if not name.startswith(("test.", "operations."))]
    assert len(titles) == len(set(titles))
