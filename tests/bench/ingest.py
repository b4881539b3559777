"""Ingest and sums of a large centre on one database: ``python -m tests.bench.ingest sums``, then ``filing``.

DATABASE_URL and DATA_DIR name an empty database. BENCH_ROWS says how many observations there are: 1,000,000
unless told, that is 100 days of 20 measures of 500 agents. Seconds are those of the processor, this process
and the database's own together, so that other work on the machine counts little; both sides of a ratio run
in turn.
"""

import gc
import json
import os
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from tests.bench.figures import Figure, rounded

ROWS = int(os.environ.get("BENCH_ROWS") or 1_000_000)
WRITTEN = 50_000
FILED = min(ROWS, 1_000_000)
SUMS = "SUM(numerator) AS top, SUM(denominator) AS bottom, SUM(n) AS n"


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccperf.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    for figure in measurements():
        print(json.dumps(figure.as_dict()), flush=True)
    return 0


def measurements() -> Iterator[Figure]:
    from django.db import connection

    from tests.bench import large, pages

    clock = Clock()
    where = f"{connection.display_name}, {ROWS:,} rows"
    if sys.argv[1] == "filing":
        # In a process of its own, whose memory is that of an import and nothing else.
        yield from filing(clock, where)
        return
    large.fill(ROWS)
    yield from sums(clock, where)
    yield from writing(clock, where)
    yield from pages.dashboards(where)


class Clock:
    """Processor seconds of this process and of the database process that serves it."""

    def __init__(self) -> None:
        from django.db import connection

        self.server = None
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET max_parallel_workers_per_gather = 0")
                cursor.execute("SELECT pg_backend_pid()")
                self.server = Path(f"/proc/{cursor.fetchone()[0]}/stat")

    def now(self) -> float:
        seconds = sum(os.times()[:2])
        if self.server:
            fields = self.server.read_text().rpartition(")")[2].split()
            seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return seconds

    def of(self, work: Callable[[], object]) -> float:
        """Seconds of ``work``."""
        gc.collect()
        started = self.now()
        work()
        return self.now() - started


def sums(clock: Clock, where: str) -> Iterator[Figure]:
    from django.db import connection

    from ccperf.metrics import rollups
    from tests.bench import large
    from tests.metrics import oracle

    asked = groupings(connection.vendor)
    groups, full = [1e9] * len(asked), 1e9
    for _ in range(2):
        taken = [clock.of(partial(ask, statement)) for statement in asked]
        groups = [min(pair) for pair in zip(groups, taken, strict=True)]
        full = min(full, clock.of(rollups.rebuild))
    grouped = "GROUP BY of agent-weeks, -months, team-days"
    yield Figure(f"all sums ({where})", rounded(full), "s", rounded(full / sum(groups)), grouped, 2)
    two = rounded(full / (groups[0] + groups[2]))
    yield Figure("the same, compared", rounded(full), "s", two, "GROUP BY of agent-weeks and team-days alone")
    yield Figure(f"all sums a million rows ({where})", rounded(full / ROWS * 1e6), "s")
    if ROWS <= 1_000_000:
        ours = oracle.stored()
        slow = clock.of(oracle.rebuild)
        name, against = f"the same by plain ORM ({where})", "all sums, times as quick"
        yield Figure(name, rounded(slow), "s", rounded(slow / full), against, 10, at_least=True)
        if ours != oracle.stored():
            raise RuntimeError("The sums are not those of the plain ORM.")
    notes, seconds = correction(clock, 500)
    yield Figure(
        f"refresh of {notes} partitions ({where})", rounded(seconds * 1000 / notes), "ms each", limit=0.5
    )
    day = large.FIRST + timedelta(days=large.DAYS)
    large.fill_day(day)
    seconds = clock.of(rollups.refresh)
    yield Figure(
        f"refresh of a new day ({where})",
        rounded(seconds),
        "s",
        rounded(seconds / full),
        "all sums of 100 days",
        0.15,
    )


def groupings(vendor: str) -> list[str]:
    """The bottom sums, as anybody would ask for them."""
    week, month = ("DATE_TRUNC('week', day)", "DATE_TRUNC('month', day)")
    if vendor == "sqlite":
        week, month = "DATE(day, 'weekday 0', '-6 days')", "STRFTIME('%Y-%m', day)"
    return [
        f"SELECT {by}, {SUMS} FROM metrics_observation WHERE {whose} IS NOT NULL GROUP BY {by}"
        for whose, by in (
            ("person_id", f"person_id, {week}, metric_id"),
            ("person_id", f"person_id, {month}, metric_id"),
            ("team_id", "team_id, day, metric_id"),
        )
    ]


def ask(statement: str) -> None:
    """Let the database work a grouping out, without fetching its rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), SUM(top), SUM(bottom), SUM(n) FROM ({statement}) AS sums")
        cursor.fetchall()


def correction(clock: Clock, agents: int) -> tuple[int, float]:
    """One day of ``agents`` corrected; partitions and seconds of their refresh."""
    from ccperf.metrics import rollups
    from ccperf.metrics.models import DirtyPartition
    from ccperf.metrics.services import write_observations
    from tests.bench import large

    rollups.refresh()
    write_observations(made_up(large.FIRST + timedelta(days=50), 1, agents, add=7), origin="direct")
    notes = DirtyPartition.objects.count()
    return notes, clock.of(rollups.refresh)


def made_up(first: date, days: int, agents: int, *, add: int = 0) -> list:
    """Figures of some agents, as a source says them."""
    from ccperf.metrics.models import MetricDefinition
    from ccperf.metrics.scopes import ObservationRow, Scope
    from ccperf.people.models import Person
    from tests.bench import large

    keys = list(MetricDefinition.objects.order_by("pk").values_list("key", flat=True)[: large.METRICS])
    people = list(
        Person.objects.filter(employee_number__startswith="B").values_list("pk", flat=True)[:agents]
    )
    return [
        ObservationRow(first + timedelta(days=day), Scope.agent(pk), key, (pk + day) % 50 + add, 60.0, 60)
        for day in range(days)
        for pk in people
        for key in keys
    ]


def writing(clock: Clock, where: str) -> Iterator[Figure]:
    """New and changed rows, against the ORM's own upsert of rows like them; the best of three in turn."""
    from ccperf.metrics.services import write_observations

    days = WRITTEN // 500 // 20

    def store(rows: list) -> float:
        return clock.of(lambda: write_observations(rows, origin="direct", batch_id=1))

    warm = date(2028, 1, 3)
    store(made_up(warm, 1, 50))
    upsert(clock, made_up(warm, 1, 50))
    quick, slow = defaultdict(list), defaultdict(list)
    for turn in range(3):
        ours = date(2027 + turn, 1, 4)
        plain = ours + timedelta(days=60)
        for what, add in (("new", 0), ("changed", 1), ("unchanged", 1)):
            quick[what].append(store(made_up(ours, days, 500, add=add)))
            slow[what].append(upsert(clock, made_up(plain, days, 500, add=add)))
    limit = 2 if clock.server else 5
    for what in quick:
        yield Figure(
            f"writing {WRITTEN:,} {what} rows ({where})",
            rounded(min(quick[what])),
            "s",
            rounded(min(slow[what]) / min(quick[what])),
            "bulk_create(update_conflicts), times as quick",
            limit if what == "new" else None,
            at_least=True,
        )


def upsert(clock: Clock, rows: list) -> float:
    from django.db import transaction

    from ccperf.metrics import bulk
    from ccperf.metrics.models import MetricDefinition, Observation
    from ccperf.people.scope import team_ids_on

    def store() -> None:
        metrics = dict(MetricDefinition.objects.values_list("key", "pk"))
        teams = team_ids_on([(row.scope.id, row.day) for row in rows])
        found = [
            Observation(
                day=row.day, subject=row.scope.subject, metric_id=metrics[row.metric], person_id=row.scope.id,
                team_id=team, numerator=row.numerator, denominator=row.denominator, n=row.n, origin="direct",
            )
            for row, team in zip(rows, teams, strict=True)
        ]  # fmt: skip
        fields = [name.removesuffix("_id") if name != "batch_id" else name for name in bulk.COLUMNS]
        for start in range(0, len(found), 10_000):
            with transaction.atomic():
                Observation.objects.bulk_create(
                    found[start : start + 10_000],
                    update_conflicts=True,
                    unique_fields=fields[:3],
                    update_fields=fields[3:],
                )

    return clock.of(store)


def filing(clock: Clock, where: str) -> Iterator[Figure]:
    """A file of figures, one row a measure: read and checked, imported, imported again."""
    import resource

    from django.conf import settings

    path = write_file(Path(settings.DATA_DIR) / "figures.csv", FILED)
    read, first = import_file(clock, path)
    yield Figure(
        f"reading and checking {FILED:,} lines of CSV",
        rounded(FILED / read),
        "rows/s",
        limit=200_000,
        at_least=True,
    )
    yield Figure(f"import of {FILED:,} figures ({where})", rounded(read + first), "s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure(f"memory with the import of {FILED:,} figures", rounded(peak), "MB", limit=400)
    again = sum(import_file(clock, path, unchanged=True))
    share = rounded(again / (read + first))
    yield Figure(f"the same file again ({where})", rounded(again), "s", share, "first import", 0.5)


def write_file(path: Path, rows: int) -> Path:
    from ccperf.metrics.models import MetricDefinition

    keys = list(MetricDefinition.objects.order_by("pk").values_list("key", flat=True)[:20])
    chance = random.Random(1)
    with path.open("w") as file:
        file.write("Date,Employee number,Measure,Numerator,Denominator,n\n")
        for number in range(rows):
            day = date(2024, 1, 1) + timedelta(days=number // 10_000)
            whole = chance.randrange(20, 120)
            part = min(whole, round(whole * chance.random()))
            file.write(f"{day:%d/%m/%Y},B{number // 20 % 500},{keys[number % 20]},{part},{whole},{whole}\n")
    return path


def import_file(clock: Clock, path: Path, *, unchanged: bool = False) -> tuple[float, float]:
    """Seconds of reading and checking, and of writing. Raises where rows went astray."""
    from ccperf.imports import applying, loading, services
    from ccperf.imports.kinds import KINDS

    kind = KINDS["metrics"]
    with path.open("rb") as source:
        batch = services.receive(
            by=None, kind=kind, source=source, filename=path.name, choices=services.Choices()
        ).batch
    found = []
    read = clock.of(lambda: found.append(services.check_stored(batch)))
    loading.keep(batch, found.pop())
    services.start(by=None, batch=batch)
    seconds = clock.of(lambda: applying.apply_batch(batch.pk, lambda *_: None))
    batch.refresh_from_db()
    if (batch.unchanged if unchanged else batch.imported) != FILED:
        raise RuntimeError(f"Of {FILED} rows {batch.imported} came in and {batch.unchanged} stayed.")
    return read, seconds


if __name__ == "__main__":
    sys.exit(main())
