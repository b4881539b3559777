"""Ready figures of any system: one row a measure (long), or one column a measure (wide)."""

from collections.abc import Iterator, Sequence

from django.db import transaction

from ccperf.imports.amounts import decimal_mark, number_of, read_shares
from ccperf.imports.cells import is_missing, text_of
from ccperf.imports.clocktimes import read_durations
from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field, Plan
from ccperf.imports.kinds import Context, Counts, ImportKind, Progress, refuse_wrong_days
from ccperf.imports.models import RowChange
from ccperf.imports.problems import Unreadable
from ccperf.imports.subjects import agent_fields, match_people
from ccperf.imports.words import fold
from ccperf.metrics.import_results import figures_link
from ccperf.metrics.models import MetricDefinition, Observation
from ccperf.metrics.queues import QueueBook, undo_queues
from ccperf.metrics.scopes import ObservationKey, ObservationRow, Scope
from ccperf.metrics.services import delete_observations, write_observations
from ccperf.people.models import User

# What other systems call a measure, beside its own name and short name.
OTHER_NAMES = {
    "fcr_net": ("fcr", "first call resolution", "first contact resolution"),
    "aht": ("aht", "average handling time", "handle time", "handling time"),
    "asa": ("asa",),
    "acw": ("acw", "wrap", "wrap time", "after call work"),
    "service_level": ("sl", "sla"),
    "abandon_rate": ("abandonment", "abandonment rate", "abandoned rate"),
    "adherence": ("adherence", "schedule adherence"),
    "qa_score": ("qa", "qa score", "quality", "quality score"),
    "transfer_rate": ("transfers", "transfer rate"),
    "absence_rate": ("absence", "absenteeism", "sickness"),
}
PARTS = ("numerator", "denominator", "n")
TYPES = {"percent": "share", "seconds": "duration"}
UNDO_CHUNK = 500


class Figures(ImportKind):
    """Observations: a measure of an agent, team, queue or site on a day."""

    key = "metrics"
    title = "Metrics"
    noun = "figures"
    description = "Ready figures of agents, teams or sites: one row for each measure, or one column for each."
    requires = (("date",),)
    roles = frozenset({"supervisor", "manager", "admin"})
    constants = ("date", "metric", "team", "site", "queue", "n")
    chunk_size = 400

    def fields(self) -> list[Field]:
        return [*_fields(), *_wide_fields(MetricDefinition.objects.imported())]

    def missing(self, plan: Plan) -> str:
        lack = super().missing(plan)
        if lack:
            return lack
        wide = [name for name in plan.mapping if name.partition(".")[0] in _keys()]
        if plan.fills("metric") and not (plan.fills("value") or plan.fills("numerator")):
            return (
                "Metrics in rows need value (with n), or numerator and denominator: say which columns "
                "hold them."
            )
        if not plan.fills("metric") and not wide:
            return (
                "Metrics need the measure: say which column names it in each row, or match each "
                f"measure's own column. The measures are: {', '.join(sorted(_keys()))}."
            )
        return ""

    def examine(self, rows: Rows, context: Context) -> None:
        rows.values["_day"] = [moment.at.date() if moment else None for moment in rows.column("date")]
        refuse_wrong_days(rows, "_day")
        match_people(rows, context, rows.column("_day"))
        definitions = {metric.key: metric for metric in MetricDefinition.objects.imported()}
        figures = _long(rows, definitions) if "metric" in rows.values else _wide(rows, definitions, context)
        rows.values["_figures"] = figures
        for position, found in enumerate(figures):
            if not found:
                rows.refuse(position, "no_figures", "The row holds no figure.")
        _once(rows)

    def write(self, rows: Rows, positions: Sequence[int], context: Context) -> Counts:
        book = context.memory.setdefault("queues", None) or QueueBook()
        context.memory["queues"] = book
        wanted: dict[int, list[ObservationRow]] = {}
        for position in positions:
            scope = _scope(rows, position, book, context)
            day = rows.get("_day", position)
            wanted[position] = [
                ObservationRow(day, scope, metric, *parts)
                for metric, parts in rows.values["_figures"][position]
            ]
        flat = [row for some in wanted.values() for row in some]
        stored = _stored(flat)
        _journal(flat, stored, context.batch_id)
        write_observations(flat, origin=Observation.Origin.DIRECT, batch_id=context.batch_id)
        counts = Counts()
        for some in wanted.values():
            state = {_compare(row, stored) for row in some}
            counts.imported += "new" in state
            counts.updated += "changed" in state and "new" not in state
            counts.unchanged += state == {"same"}
        return counts

    def results(self, batch_id: int, user: User) -> tuple[str, str] | None:
        return figures_link(
            user, Observation.objects.filter(batch_id=batch_id, origin=Observation.Origin.DIRECT)
        )

    def undo(self, batch_id: int, progress: Progress) -> list[str]:
        kept = _restore(batch_id, progress)
        _delete(batch_id, progress)
        undo_queues(batch_id)
        return [f"{kept:,} figures stay as they are, because something changed them later."] if kept else []


def _keys() -> set[str]:
    return set(MetricDefinition.objects.imported().values_list("key", flat=True))


def _long(rows: Rows, definitions: dict[str, MetricDefinition]) -> list[list[tuple]]:
    """One measure a row: its name, and numerator and denominator, or value and n."""
    by_name = {
        fold(word): metric
        for metric in definitions.values()
        for word in (metric.key, metric.name, metric.short_name, *OTHER_NAMES.get(metric.key, ()))
    }
    by_name |= {word.replace("_", " "): metric for word, metric in list(by_name.items())}
    values = _values_by_metric(rows, by_name)
    figures = []
    for position, name in enumerate(rows.column("metric")):
        metric = by_name.get(fold(name or ""))
        if metric is None:
            if name:
                rows.refuse(position, "unknown_metric", f"“{name[:60]}” is not a measure of this centre.")
            figures.append([])
            continue
        value = values[position]
        parts = [rows.get(part, position) for part in PARTS]
        figure = _parts(rows, position, metric, value, *parts)
        figures.append([(metric.key, figure)] if figure else [])
    return figures


def _values_by_metric(rows: Rows, by_name: dict[str, MetricDefinition]) -> list[float | None]:
    """The value column holds shares, seconds and scores mixed: each measure's values are read by its own
    unit.
    """
    cells = rows.column("value")
    mark = decimal_mark(cells)
    groups: dict[str, list[int]] = {}
    units: dict[str, str] = {}
    for position, name in enumerate(rows.column("metric")):
        metric = by_name.get(fold(name or ""))
        if metric is not None and not is_missing(cells[position]):
            groups.setdefault(metric.key, []).append(position)
            units[metric.key] = metric.unit
    values: list[float | None] = [None] * len(rows)
    for key, positions in groups.items():
        some = [cells[position] for position in positions]
        for position, value in zip(positions, _read(some, units[key], mark, rows, positions), strict=True):
            values[position] = value
    return values


def _read(cells: list, unit: str, mark: str, rows: Rows, positions: list[int]) -> list[float | None]:
    if unit == MetricDefinition.Unit.PERCENT:
        read = read_shares(cells, decimal=mark)
    elif unit == MetricDefinition.Unit.SECONDS:
        read = read_durations(cells, decimal=mark)
    else:
        return [_number(cell, mark, rows, position) for cell, position in zip(cells, positions, strict=True)]
    for index, problem in read.problems.items():
        rows.refuse(positions[index], problem.code, problem.message)
    return read.values


def _number(cell, mark: str, rows: Rows, position: int) -> float | None:
    try:
        return number_of(text_of(cell), mark)
    except Unreadable as unreadable:
        rows.refuse(position, unreadable.code, unreadable.message)
        return None


def _wide(rows: Rows, definitions: dict[str, MetricDefinition], context: Context) -> list[list[tuple]]:
    """One column a measure; its parts may stand in columns of their own."""
    mapped = [key for key in definitions if any(name in rows.values for name in (key, f"{key}.numerator"))]
    general = rows.column("n")
    figures: list[list[tuple]] = []
    for position in range(len(rows)):
        found = []
        for key in mapped:
            numerator, denominator, n = (rows.get(f"{key}.{part}", position) for part in PARTS)
            value = rows.get(key, position)
            if value is None and numerator is None:
                continue
            n = n if n is not None else general[position]
            figure = _parts(rows, position, definitions[key], value, numerator, denominator, n)
            if figure:
                found.append((key, figure))
        figures.append(found)
    if not any(name == "n" or name.endswith((".n", ".denominator")) for name in rows.values):
        context.note("The file gives no n: every row counts as one, whatever it stands for.")
    return figures


def _parts(
    rows: Rows, position: int, metric: MetricDefinition, value, numerator, denominator, n
) -> tuple | None:
    """Numerator, denominator and n of one figure; a bare value weighs as much as its n, or one."""
    if numerator is not None and denominator is not None:
        if denominator < 0 or (denominator == 0 and numerator):
            rows.refuse(
                position, "too_low", f"{metric.short_name}: the denominator {denominator:g} is too low."
            )
            return None
        n = denominator if n is None else n
        value = numerator / denominator if denominator else None
    elif value is not None:
        weight = denominator if denominator is not None else n if n is not None else 1
        numerator, denominator = value * weight, weight
        n = weight if n is None else n
    if value is None or not denominator or n is None or n < 0:
        return None
    for bound, is_wrong, code, word in (
        (metric.lower_bound, lambda bound: value < bound - 1e-9, "too_low", "below"),
        (metric.upper_bound, lambda bound: value > bound + 1e-9, "too_high", "above"),
    ):
        if bound is not None and is_wrong(bound):
            rows.refuse(
                position, code, f"{metric.short_name} of {value:g} is {word} {bound:g}, which cannot be."
            )
            return None
    return float(numerator), float(denominator), round(n)


def _once(rows: Rows) -> None:
    # Somebody who is only going to be created has no number of ours yet: then the words of the file tell.
    as_written = zip(*(rows.column(name) for name in ("employee_number", "agent", "email")), strict=True)
    whose = [known or words for known, words in zip(rows.column("_person"), as_written, strict=True)]
    places = (rows.column(name) for name in ("_day", "queue", "_team", "_site"))
    seen: dict[tuple, tuple[int, object]] = {}
    for position, key in enumerate(zip(whose, *places, strict=True)):
        if position in rows.problems:
            continue
        for metric, parts in rows.values["_figures"][position]:
            first = seen.setdefault((*key, metric), (position, parts))
            if first[0] != position and first[1] != parts:
                rows.refuse(
                    position,
                    "conflicting_identifier",
                    f"Line {rows.lines[first[0]]} gives the same measure of the same day another value.",
                )


def _scope(rows: Rows, position: int, book: QueueBook, context: Context) -> Scope:
    if person_id := rows.get("_person", position):
        return Scope.agent(person_id)
    site_id = rows.get("_site", position)
    if queue_id := book.find_or_create(rows.get("queue", position), site_id, context.batch_id):
        return Scope.queue(queue_id)
    if team_id := rows.get("_team", position):
        return Scope.team(team_id)
    return Scope.site(site_id) if site_id else Scope.organisation()


def _stored(rows: Sequence[ObservationRow]) -> dict[tuple, Observation]:
    days = {row.day for row in rows}
    subjects = {row.scope.subject for row in rows}
    found = Observation.objects.filter(day__in=days, subject__in=subjects).select_related("metric")
    return {(row.day, row.subject, row.metric.key): row for row in found}


def _compare(row: ObservationRow, stored: dict[tuple, Observation]) -> str:
    old = stored.get((row.day, row.scope.subject, row.metric))
    if old is None:
        return "new"
    same = (old.numerator, old.denominator, old.n) == (row.numerator, row.denominator, row.n)
    return "same" if same else "changed"


def _journal(rows: Sequence[ObservationRow], stored: dict[tuple, Observation], batch_id: int) -> None:
    changes = []
    for row in rows:
        if _compare(row, stored) == "changed":
            old = stored[(row.day, row.scope.subject, row.metric)]
            before = {
                name: getattr(old, name) for name in ("numerator", "denominator", "n", "origin", "batch_id")
            }
            after = {"numerator": row.numerator, "denominator": row.denominator, "n": row.n}
            changes.append(
                RowChange(batch_id=batch_id, table="observation", row_id=old.pk, before=before, after=after)
            )
    RowChange.objects.bulk_create(changes, batch_size=500)


def _restore(batch_id: int, progress: Progress) -> int:
    """Give overwritten figures their former values, newest change first; returns how many had changed
    since.
    """
    kept = 0
    journal = RowChange.objects.filter(batch_id=batch_id, table="observation").order_by("-pk")
    while changes := list(journal[:UNDO_CHUNK]):
        progress(0, 1, "Restoring what was overwritten")
        with transaction.atomic():
            ids = [change.row_id for change in changes]
            current = Observation.objects.select_related("metric").in_bulk(ids)
            for (origin, former), rows in _former(changes, current, batch_id).items():
                write_observations(rows, origin=origin, batch_id=former)
            kept += sum(current.get(pk) is None or current[pk].batch_id != batch_id for pk in ids)
            RowChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return kept


def _former(
    changes: Sequence[RowChange], current: dict[int, Observation], batch_id: int
) -> dict[tuple, list]:
    groups: dict[tuple, list[ObservationRow]] = {}
    for change in changes:
        now = current.get(change.row_id)
        if now is None or now.batch_id != batch_id:
            continue
        before = change.before
        row = ObservationRow(
            now.day,
            Scope.parse(now.subject),
            now.metric.key,
            before["numerator"],
            before["denominator"],
            before["n"],
        )
        groups.setdefault((before["origin"], before["batch_id"]), []).append(row)
    return groups


def _delete(batch_id: int, progress: Progress) -> None:
    mine = Observation.objects.filter(batch_id=batch_id).select_related("metric")
    while rows := list(mine[:UNDO_CHUNK]):
        progress(0, 1, "Deleting what was imported")
        delete_observations(ObservationKey(row.day, Scope.parse(row.subject), row.metric.key) for row in rows)


def _wide_fields(metrics: Iterator[MetricDefinition]) -> Iterator[Field]:
    for metric in metrics:
        unit = metric.get_unit_display()
        own = (metric.name, metric.short_name, f"{metric.key} value")
        names = tuple(dict.fromkeys((*own, *OTHER_NAMES.get(metric.key, ()))))
        yield Field(
            metric.key,
            metric.name,
            TYPES.get(metric.unit, "number"),
            f"{metric.purpose}"[:160],
            unit,
            synonyms=names,
        )
        yield Field(
            f"{metric.key}.numerator",
            f"{metric.name}: {metric.numerator_label}",
            "number",
            "Upper part of the ratio.",
        )
        yield Field(
            f"{metric.key}.denominator",
            f"{metric.name}: {metric.denominator_label}",
            "number",
            "Lower part of the ratio.",
        )
        yield Field(
            f"{metric.key}.n",
            f"{metric.name}: n",
            "number",
            "How many the figure is made of.",
            metric.n_label,
            minimum=0,
        )


def _fields() -> list[Field]:
    return [
        Field(
            "date",
            "Date",
            "date",
            "The day the figure belongs to; a month stands on its first day.",
            precision="month",
            synonyms=(
                "day",
                "report date",
                "month",
                "period",
                "week",
                "period start",
                "week commencing",
                "week beginning",
            ),
        ),
        *agent_fields(),
        Field(
            "queue",
            "Queue",
            "text",
            "Queue, skill or channel.",
            maximum=120,
            synonyms=("queue name", "skill", "channel"),
        ),
        Field(
            "metric",
            "Measure",
            "text",
            "Key or name of the measure, where each row names one.",
            synonyms=("metric name", "kpi", "measure", "indicator", "metric key", "kpi name", "measure name"),
        ),
        Field(
            "value",
            "Value",
            "raw",
            "The figure itself, read in the unit of its measure.",
            synonyms=("result", "metric value", "figure", "kpi value", "actual"),
        ),
        Field(
            "numerator",
            "Numerator",
            "number",
            "Upper part of the ratio, in seconds or counts.",
            synonyms=("num",),
        ),
        Field(
            "denominator",
            "Denominator",
            "number",
            "Lower part of the ratio.",
            synonyms=("denom", "den", "base", "out of"),
        ),
        Field(
            "n",
            "n",
            "number",
            "How many contacts, answers or shifts the figure is made of.",
            minimum=0,
            synonyms=("count", "sample size", "volume", "contacts", "responses", "sample"),
        ),
    ]
