"""Ready figures of any system: one row a measure (long), or one column a measure (wide)."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from django.utils.translation import ngettext

from ccperf.imports.amounts import read_numbers, read_shares
from ccperf.imports.cells import is_missing
from ccperf.imports.clocktimes import read_durations
from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field, Plan
from ccperf.imports.kinds import Context, Counts, ImportKind, Progress, refuse_wrong_days
from ccperf.imports.subjects import match_people, note_rows_of_nobody
from ccperf.imports.suggesting import words_of
from ccperf.metrics.analysis_examples import write_value
from ccperf.metrics.catalogue import ANSWERS
from ccperf.metrics.emptying import give_back, take_away
from ccperf.metrics.figure_columns import (
    SLACK,
    FigureColumns,
    Floats,
    Parts,
    Whole,
    Worked,
    floats,
    numbered,
    worked_out,
)
from ccperf.metrics.figure_fields import figure_fields
from ccperf.metrics.former_figures import PARTS, UNDO_CHUNK, count_replaced, keep_former, restore_former
from ccperf.metrics.import_results import figures_link
from ccperf.metrics.models import MetricDefinition, Observation
from ccperf.metrics.queues import QueueBook, undo_queues
from ccperf.metrics.scopes import ObservationKey, Scope
from ccperf.metrics.services import WriteResult, delete_observations, write_observations
from ccperf.people.models import User
from ccperf.privacy.threshold import Grain, minimum

# Words for what a measure is made of that mean the same.
SAME_THINGS = {
    "volume": "contacts",
    "responses": "ratings",
    "surveys": "ratings",
    "assessments": "evaluations",
    "audits": "evaluations",
}
FIGURES_AT_ONCE = 10_000


class Figures(ImportKind):
    """Observations: a measure of an agent, team, queue or site on a day."""

    key = "metrics"
    title = "Metrics"
    noun = "figures"
    description = "Ready figures of agents, teams or sites: one row for each measure, or one column for each."
    requires = (("date",),)
    roles = frozenset({"supervisor", "manager", "admin"})
    constants = ("date", "metric", "team", "site", "queue", "n")

    def fields(self) -> list[Field]:
        return figure_fields(list(MetricDefinition.objects.imported()))

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

    def rows_at_once(self, rows: Rows) -> int:
        """So many that one short transaction takes their figures."""
        figures = len(rows.values["_figures"].row)
        return max(1, FIGURES_AT_ONCE * len(rows) // max(figures, len(rows)))

    def examine(self, rows: Rows, context: Context) -> None:
        moments = rows.column("date")
        days = {moment: moment.at.date() for moment in set(moments) if moment}
        rows.values["_day"] = [days.get(moment) for moment in moments]
        refuse_wrong_days(rows, "_day")
        match_people(rows, context, rows.column("_day"))
        definitions = {metric.key: metric for metric in MetricDefinition.objects.imported()}
        figures = _long(rows, definitions) if "metric" in rows.values else _wide(rows, definitions, context)
        rows.values["_figures"] = figures
        for position in figures.rows_without(len(rows)):
            rows.refuse(position, "no_figures", "The row holds no figure.")
        _refuse_answers(rows, figures)
        _once(rows, figures)
        note_rows_of_nobody(rows, context)

    def write(self, rows: Rows, positions: Sequence[int], context: Context) -> Counts:
        book = context.memory.setdefault("queues", None) or QueueBook()
        context.memory["queues"] = book
        people = rows.column("_person")
        agents = {pk: Scope.agent(pk) for pk in {people[position] for position in positions} if pk}
        scopes = {
            position: agents.get(people[position]) or _scope(rows, position, book, context)
            for position in positions
        }
        days = rows.column("_day")
        at, *parts = rows.values["_figures"].between(positions[0], positions[-1])
        owners = [days[row] for row in at], [scopes.get(row) for row in at]
        wanted = [figure for figure in zip(*owners, *parts, at, strict=True) if figure[1]]
        nothing = [figure for figure in wanted if not figure[4]]
        wanted = [figure for figure in wanted if figure[4]]
        written = write_observations(wanted, origin=Observation.Origin.DIRECT, batch_id=context.batch_id)
        if written.former:
            keep_former(written.former, {figure[:3]: figure[3:6] for figure in wanted}, context.batch_id)
        gone = take_away({figure[:3] for figure in nothing}, context.batch_id)
        return _count(positions, wanted, written, {figure[-1] for figure in nothing if figure[:3] in gone})

    def finish(self, context: Context, progress: Progress) -> None:
        replaced = count_replaced(context.batch_id, Observation.Origin.DIRECT)
        said = ngettext("{:,} figure", "{:,} figures", replaced).format(replaced)
        if replaced:
            context.note(f"{said} made of contacts or intervals gave way to what the file says.")

    def results(self, batch_id: int, user: User) -> tuple[str, str] | None:
        return figures_link(
            user, Observation.objects.filter(batch_id=batch_id, origin=Observation.Origin.DIRECT)
        )

    def undo(self, batch_id: int, progress: Progress) -> list[str]:
        kept = give_back(batch_id, progress) + restore_former(batch_id, progress)
        _delete(batch_id, progress)
        undo_queues(batch_id)
        said = ngettext("{:,} figure stays as it is", "{:,} figures stay as they are", kept).format(kept)
        return [f"{said}, because something changed it later."] if kept else []


def _keys() -> set[str]:
    return set(MetricDefinition.objects.imported().values_list("key", flat=True))


def _long(rows: Rows, definitions: dict[str, MetricDefinition]) -> FigureColumns:
    """One measure a row: its name, and numerator and denominator, or value and n."""
    names = rows.column("metric")
    known = {name: definitions.get(name or "") for name in dict.fromkeys(names)}
    measures = list(definitions.values())
    nobody = len(measures)
    places = {metric.key: place for place, metric in enumerate(measures)}
    place_of = {name: places[metric.key] if metric else nobody for name, metric in known.items()}
    measure = np.array([place_of[name] for name in names], np.int64)
    parts = Parts(
        _values_by_metric(rows, known),
        *(floats(rows.column(part)) for part in PARTS),
        lower=np.array([*(_lower(metric) for metric in measures), np.inf])[measure],
        upper=np.array([*(_upper(metric) for metric in measures), -np.inf])[measure],
    )
    worked = worked_out(parts)
    worked.forget(measure == nobody)
    _refuse_wrong(rows, worked, lambda position: (measures[measure[position]], parts))
    return FigureColumns.joined([metric.key for metric in measures], [(measure, worked)])


def _values_by_metric(rows: Rows, known: dict[str | None, MetricDefinition | None]) -> Floats:
    """The value column holds shares, seconds and scores mixed: each measure's values are read by its own
    unit.
    """
    cells = rows.column("value")
    mark = rows.decisions["value"]["decimal"] if "value" in rows.decisions else "."
    empty = {cell for cell in set(cells) if is_missing(cell)}
    groups: dict[str, list[int]] = {}
    for position, name in enumerate(rows.column("metric")):
        if cells[position] not in empty and known[name] is not None:
            groups.setdefault(name, []).append(position)
    values = np.full(len(rows), np.nan)
    by_metric: dict[str, list[int]] = {}
    for name, positions in groups.items():
        by_metric.setdefault(known[name].key, []).extend(positions)
    units = {metric.key: metric.unit for metric in known.values() if metric}
    for key, positions in by_metric.items():
        positions.sort()
        values[positions] = floats(_read([cells[at] for at in positions], units[key], mark, rows, positions))
    return values


def _read(cells: list, unit: str, mark: str, rows: Rows, positions: list[int]) -> list[float | None]:
    if unit == MetricDefinition.Unit.PERCENT:
        read = read_shares(cells, decimal=mark)
    elif unit == MetricDefinition.Unit.SECONDS:
        read = read_durations(cells, decimal=mark)
    else:
        read = read_numbers(cells, decimal=mark)
    for index, problem in read.problems.items():
        rows.refuse(positions[index], problem.code, problem.message)
    return read.values


def _wide(rows: Rows, definitions: dict[str, MetricDefinition], context: Context) -> FigureColumns:
    """One column a measure; its parts may stand in columns of their own."""
    mapped = [key for key in definitions if any(name in rows.values for name in (key, f"{key}.numerator"))]
    general, counted = floats(rows.column("n")), _counted(mapped, definitions, context.plan)
    found: list[tuple[Whole | int, Worked]] = []
    for place, key in enumerate(mapped):
        metric = definitions[key]
        value = floats(rows.column(key))
        numerator, denominator, n = (floats(rows.column(f"{key}.{part}")) for part in PARTS)
        if key in counted:
            n = np.where(np.isnan(n), general, n)
        parts = Parts(value, numerator, denominator, n, _lower(metric), _upper(metric))
        worked = worked_out(parts)
        _refuse_wrong(rows, worked, lambda position, metric=metric, parts=parts: (metric, parts))
        found.append((place, worked))
    _note_counts(mapped, counted, definitions, context)
    return FigureColumns.joined(mapped, found)


def _counted(mapped: Sequence[str], definitions: dict[str, MetricDefinition], plan: Plan) -> set[str]:
    """The measures whose n the general column gives. A heading that says what it counts, as “Calls”, is no n
    of a measure that is made of something else, as evaluations, unless somebody said so.
    """
    if not plan.fills("n"):
        return set()
    if "n" in plan.explicit:
        return set(mapped)
    nouns = {key: _things(definitions[key].n_label) for key in definitions}
    named = _things(" ".join(plan.mapping.get("n", []))) & set().union(*nouns.values())
    return {key for key in mapped if not named or named & nouns[key]}


def _things(label: str) -> set[str]:
    return {SAME_THINGS.get(word, word) for word in words_of(label)}


def _note_counts(
    mapped: Sequence[str], counted: set[str], definitions: dict[str, MetricDefinition], context: Context
) -> None:
    """Say which measures the general n counts for when it is not all, and which have none."""

    def named(keys: Iterable[str]) -> str:
        return ", ".join(definitions[key].short_name for key in keys)

    headings = context.plan.mapping.get("n", [])
    if counted and len(counted) < len(mapped) and headings:
        context.note(f"“{headings[0]}” is the n of: {named(key for key in mapped if key in counted)}.")
    own = {
        key for key in mapped if context.plan.fills(f"{key}.n") or context.plan.fills(f"{key}.denominator")
    }
    without = [key for key in mapped if key not in counted | own]
    if without:
        context.note(f"The file gives no n of: {named(without)}. There every row counts as one.")


def _lower(metric: MetricDefinition) -> float:
    return -np.inf if metric.lower_bound is None else metric.lower_bound


def _upper(metric: MetricDefinition) -> float:
    return np.inf if metric.upper_bound is None else metric.upper_bound


def _refuse_wrong(rows: Rows, worked: Worked, of: Callable[[int], tuple[MetricDefinition, Parts]]) -> None:
    """Set rows with an impossible or incomplete figure aside, each with the sentence that says what is
    wrong.
    """
    for position in np.flatnonzero(worked.wrong | worked.lacking).tolist():
        metric, parts = of(position)
        numerator, denominator = float(parts.numerator[position]), float(worked.denominator[position])
        if worked.lacking[position]:
            said = f"{metric.short_name}: the numerator {numerator:,.10g} has no denominator."
            rows.refuse(position, "no_denominator", said)
            continue
        if denominator <= 0:
            said = f"{metric.short_name}: the denominator {denominator:g} is too low."
            rows.refuse(position, "too_low", said)
            continue
        given = not np.isnan(numerator) and not np.isnan(parts.denominator[position])
        value = numerator / denominator if given else float(parts.value[position])
        is_low = value < _lower(metric) - SLACK
        bound, word = (metric.lower_bound, "below") if is_low else (metric.upper_bound, "above")
        rows.refuse(
            position,
            "too_low" if is_low else "too_high",
            f"{metric.short_name} of {write_value(value, metric.unit)} is {word} "
            f"{write_value(bound, metric.unit)}, which cannot be.",
        )


def _refuse_answers(rows: Rows, figures: FigureColumns) -> None:
    """Set aside what single people, or too few of them, answered about their work: what is not kept cannot
    be seen on a page, in the rows behind it or in a file.
    """
    measures = {metric.key: metric for metric in MetricDefinition.objects.filter(key__in=ANSWERS)}
    places = [place for place, key in enumerate(figures.metrics) if key in measures]
    named = [rows.column(name) for name in ("_person", "employee_number", "agent", "email")]
    least = minimum(Grain.AVERAGE)
    for index in np.flatnonzero(np.isin(figures.metric, places) & (figures.denominator > 0)).tolist():
        position, metric = int(figures.row[index]), measures[figures.metrics[figures.metric[index]]]
        if any(column[position] for column in named):
            said = "is about what people answered. It is kept for groups: name a team or site."
            rows.refuse(position, "answers_of_one", f"{metric.short_name} {said}")
        elif not _says_how_many(rows, position, metric.key):
            said = "is about what people answered. Give as n how many did."
            rows.refuse(position, "answers_of_how_many", f"{metric.short_name} {said}")
        elif figures.n[index] < least:
            said = f"{figures.n[index]} answered, and answers are kept from {least} people on."
            rows.refuse(position, "answers_of_few", f"{metric.short_name}: {said}")


def _says_how_many(rows: Rows, position: int, key: str) -> bool:
    """Whether the row says how many people answered: the denominator of a scale counts items, not people."""
    names = ["n", f"{key}.n", *(["denominator", f"{key}.denominator"] if key == "enps" else [])]
    return any(not is_missing(rows.get(name, position)) for name in names)


def _once(rows: Rows, figures: FigureColumns) -> None:
    """Set aside a second row that gives the same measure of the same day another value."""
    # Somebody who is only going to be created has no number of ours yet: then the words of the file tell.
    words = [rows.column(name) for name in ("employee_number", "agent", "email")]
    people = rows.column("_person")
    if None in people:
        people = [known or said for known, said in zip(people, zip(*words, strict=True), strict=True)]
    columns = [people, *(rows.column(name) for name in ("_day", "queue", "_team", "_site"))]
    owner = numbered(columns, len(rows))
    seen: dict[tuple[int, str], tuple[int, tuple]] = {}
    for position in figures.rows_alike(owner):
        if position in rows.problems:
            continue
        for metric, *parts in figures.of(position):
            first = seen.setdefault((int(owner[position]), metric), (position, tuple(parts)))
            if first[0] != position and first[1] != tuple(parts):
                rows.refuse(
                    position,
                    "conflicting_identifier",
                    f"Line {rows.lines[first[0]]} gives the same measure of the same day another value.",
                )


def _scope(rows: Rows, position: int, book: QueueBook, context: Context) -> Scope:
    """Whose figures a row holds that names no agent."""
    site_id = rows.get("_site", position)
    if queue_id := book.find_or_create(rows.get("queue", position), site_id, context.batch_id):
        return Scope.queue(queue_id)
    if team_id := rows.get("_team", position):
        return Scope.team(team_id)
    return Scope.site(site_id) if site_id else Scope.organisation()


def _count(
    positions: Sequence[int], wanted: Sequence[tuple], written: WriteResult, emptied: set[int]
) -> Counts:
    """A row counts as imported when it brought a new figure, as updated when it only changed some or took
    some away.

    ``wanted`` are figures (``Plain``) with the position of their row, ``emptied`` rows that took some away.
    """
    if not written.changed and not emptied:
        return Counts(unchanged=len(positions))
    is_all_new = written.inserted == len(wanted)
    imported = {figure[-1] for figure in wanted if is_all_new or figure[:3] in written.new}
    updated = {figure[-1] for figure in wanted if not is_all_new and figure[:3] in written.replaced}
    updated = (updated | emptied) - imported
    return Counts(len(imported), len(updated), len(positions) - len(imported) - len(updated))


def _delete(batch_id: int, progress: Progress) -> None:
    mine = Observation.objects.filter(batch_id=batch_id).select_related("metric")
    while rows := list(mine[:UNDO_CHUNK]):
        progress(0, 1, "Deleting what was imported")
        delete_observations(ObservationKey(row.day, Scope.parse(row.subject), row.metric.key) for row in rows)
