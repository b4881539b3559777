"""Import of 100,000 contact rows, end to end, against the least that any program would have to do."""

import csv
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from tests.bench.figures import Figure, rounded, timed

ROWS = 100_000
LIMIT_SECONDS = 60
HEADER = [
    "Contact ID", "Started at", "Agent", "Queue", "Topic", "Answered", "Abandoned", "Wait seconds",
    "Talk seconds", "Hold seconds", "After call seconds", "Resolved", "Satisfaction",
]  # fmt: skip


def write_file(path: Path, agents: list[str], rows: int = ROWS) -> None:
    """A day-by-day log of calls as a telephone system exports it."""
    chance = random.Random(7)
    begin = datetime(2026, 1, 5, 8, 0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            started = begin + timedelta(days=number * 60 // rows, seconds=chance.randrange(36_000))
            answered = chance.random() < 0.93
            writer.writerow(
                [
                    f"C{number:07d}",
                    started.strftime("%d/%m/%Y %H:%M:%S"),
                    chance.choice(agents) if answered else "",
                    chance.choice(["Billing", "Orders", "Technical", "Returns"]),
                    chance.choice(["Invoice", "Late delivery", "Password", "Refund", "Other"]),
                    "Yes" if answered else "No",
                    "No" if answered else "Yes",
                    round(chance.expovariate(1 / 35)),
                    round(chance.lognormvariate(5.6, 0.5)) if answered else "",
                    round(chance.expovariate(1 / 20)) if answered else "",
                    round(chance.expovariate(1 / 45)) if answered else "",
                    chance.choice(["Yes", "Yes", "Yes", "No"]) if answered else "",
                    chance.choice(["", "", 3, 4, 5]) if answered else "",
                ]
            )


def bare_minimum(path: Path, folder: Path) -> float:
    """Seconds to read the file with pandas and to write its rows into a table without any rule."""
    with timed() as watch:
        frame = pd.read_csv(path, dtype=str)
        frame["Started at"] = pd.to_datetime(frame["Started at"], dayfirst=True).astype(str)
        database = sqlite3.connect(folder / "bare.sqlite3")
        columns = ", ".join(f'"{name}"' for name in frame.columns)
        database.execute(f"CREATE TABLE contacts ({columns})")
        marks = ", ".join("?" * len(frame.columns))
        database.executemany(f"INSERT INTO contacts VALUES ({marks})", frame.astype(object).values.tolist())
        database.commit()
        database.close()
    return watch.wall


def run_import(root: Path, path: Path) -> tuple[float, dict]:
    """Seconds of the command from its start to the last sum, and what it said."""
    command = [sys.executable, "manage.py", "import_file", "contacts", str(path), "--create-people", "--json"]
    with timed() as watch:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The import failed: {done.stdout}\n{done.stderr}")
    return watch.wall, json.loads(done.stdout.strip().splitlines()[-1])


def measure(root: Path, folder: Path, agents: list[str]) -> Iterator[Figure]:
    path = folder / "contacts.csv"
    write_file(path, agents)
    bare = bare_minimum(path, folder)
    first, said = run_import(root, path)
    if said["imported"] != ROWS:
        raise RuntimeError(f"The import took {said['imported']} of {ROWS} rows: {said}")
    yield Figure(f"import of {ROWS:,} contacts", rounded(first), "s", limit=LIMIT_SECONDS)
    yield Figure(
        "the same, compared", rounded(first), "s", rounded(first / bare), "reading and writing without rules"
    )
    again, said = run_import(root, path)
    if said["imported"] or said["updated"]:
        raise RuntimeError(f"The second import of the same file changed something: {said}")
    yield Figure(
        "import of the same file again", rounded(again), "s", rounded(again / first), "first import", 0.5
    )
