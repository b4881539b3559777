"""Ingest and sums of a large centre, on SQLite and on the PostgreSQL that BENCH_DATABASE_URL names."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 8
WRITING_SECONDS = int(os.environ.get("BENCH_WRITING_SECONDS") or 60)


def run() -> list[dict[str, Any]]:
    """One run a database, each in a process and a database of its own, and writers beside a rebuild."""
    rows = [*figures({}), *writers_beside_a_rebuild("SQLite", {})]
    if address := os.environ.get("BENCH_DATABASE_URL"):
        for part in (figures, partial(writers_beside_a_rebuild, "PostgreSQL")):
            with database(address) as made:
                rows += part({"DATABASE_URL": made, "REDIS_URL": os.environ["BENCH_REDIS_URL"]})
    return rows


def figures(environment: dict[str, str]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(dir=os.environ["DATA_DIR"]) as folder:
        here = environment | {"DATA_DIR": folder}
        said = "".join(program("tests.bench.ingest", part, environment=here) for part in ("sums", "filing"))
    return [as_row(json.loads(line)) for line in said.splitlines() if line.startswith("{")]


def as_row(figure: dict[str, Any]) -> dict[str, Any]:
    """As the table of figures takes it: where there is a ratio, that is the value."""
    return figure | ({"value": figure["ratio"], "unit": "times"} if figure["ratio_to"] else {})


def writers_beside_a_rebuild(name: str, environment: dict[str, str]) -> list[dict[str, Any]]:
    """Eight writers while all sums are worked out again and again: none fails, no row is lost."""
    module, seconds = "tests.bench.rebuilding", str(WRITING_SECONDS)
    with tempfile.TemporaryDirectory(dir=os.environ["DATA_DIR"]) as folder:
        here = environment | {"DATA_DIR": folder}
        program(module, "fill", "200000", environment=here)
        started = [begin(module, "rebuild", seconds, environment=here)]
        started += [begin(module, "write", str(n), seconds, environment=here) for n in range(WRITERS)]
        ended = [process.communicate() for process in started]
        failed = sum(process.returncode != 0 for process in started)
        wrote = [json.loads(out) for out, _ in ended[1:] if out.strip()]
        found = json.loads(program(module, "check", environment=here))
    lost = sum(one["rows"] for one in wrote) - found["rows"]
    named = f"{WRITERS} writers, {seconds} s of rebuilds ({name})"
    return [
        row(f"{named}: failures", failed, "processes", 0),
        row(f"{named}: rows lost of {found['rows']:,}", lost + (not found["equal"]), "rows", 0),
        row(f"{named}: longest write", max(one["longest"] for one in wrote), "s", None),
    ]


def row(name: str, value: float, unit: str, limit: float | None) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "ratio_to": None, "limit": limit, "at_least": False}


def begin(module: str, *arguments: str, environment: dict[str, str]) -> subprocess.Popen:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def program(module: str, *arguments: str, environment: dict[str, str]) -> str:
    process = begin(module, *arguments, environment=environment)
    out, err = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{module} failed: {out}\n{err}")
    return out


@contextmanager
def database(address: str) -> Iterator[str]:
    """A database of its own beside the one named, dropped afterwards."""
    import psycopg2

    name = f"bench_{os.getpid()}"
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            try:
                yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
            finally:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def main() -> int:
    """Print every figure, and say by the exit status whether all kept their limits."""
    os.environ.setdefault("DATA_DIR", tempfile.gettempdir())
    missed = 0
    for one in run():
        print(json.dumps(one), flush=True)
        limit, value = one["limit"], one["value"]
        missed += limit is not None and (value < limit if one["at_least"] else value > limit)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
