"""The same figures as tables: for the table view of a chart, and for files."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date
from html import escape
from typing import Any

from django.utils.safestring import mark_safe

from ccperf.core.charts import ChartPoint, Limits
from ccperf.core.dates import today
from ccperf.core.numbers import format_count, format_value
from ccperf.metrics.boards import Board
from ccperf.metrics.comparing import Comparison
from ccperf.metrics.days import Day, Intervals
from ccperf.metrics.drilling import Part
from ccperf.metrics.models import MetricDefinition, MetricTarget, Observation
from ccperf.metrics.previews import Preview
from ccperf.metrics.readings import Reading, target_words
from ccperf.metrics.records_behind import Behind
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import TargetBook
from ccperf.metrics.spreading import Complete
from ccperf.metrics.targets import TargetRow
from ccperf.people.models import Team

PERIODS = (
    *("Subject", "Measure", "Key", "Unit", "By", "Period from", "Numerator", "Denominator", "n", "Value"),
    *("State", "Mean", "Lower limit", "Upper limit", "Limits", "Target from", "Target to"),
)
COMPARED = (
    *("Team", "Numerator", "Denominator", "n", "Value", "Low 95%", "High 95%"),
    *("Expected from", "Expected to", "Reading"),
)
TARGETS = ("Where", "Kind", "At least", "At most", "Comes from", "Since", "Planned from")
PREVIEW = ("Row", "Today: numerator", "Denominator", "Value", "Draft: numerator", "Denominator", "Value")
MATRIX = ("Team", "Measure", "Key", "By", "Period from", "n", "Value", "State")
PARTS = ("Day", "Whose", "Kind", "Team that day", "Numerator", "Denominator", "n", "Value", "Source")
HALF_HOURS = (
    *("Day", "From", "Begins (UTC)", "Intervals", "Offered", "Answered", "Abandoned", "Within target"),
    *("Offered of these", "Service level", "Usual offered", "Usual service level", "Earlier days"),
)
INTERVALS = (
    *("Day", "From", "Begins (UTC)", "Offered", "Answered", "Abandoned", "Within target"),
    "Offered of these",
)
COMPLETE = ("Team", "Days with data", "Days expected", "Share")
RECORDS = ("Record", "Begins", "About", "Numerator", "Denominator", "n")


def period_rows(readings: Iterable[Reading]) -> Iterator[tuple[Any, ...]]:
    """One row per measure and period; where n is too small to compare, the value is left out."""
    for reading in readings:
        shown = {point.x: point for point in reading.chart.points}
        for point in reading.points:
            limits = next(
                (item for item in reading.chart.limits if item.start <= point.start <= item.end), None
            )
            chart_point = shown[point.start]
            yield (
                reading.place.name,
                reading.metric.name,
                reading.metric.key,
                reading.metric.get_unit_display(),
                reading.by,
                point.start,
                point.numerator,
                point.denominator,
                point.n,
                chart_point.value,
                _state(chart_point, limits),
                *((limits.mean, limits.lower, limits.upper) if limits else (None, None, None)),
                ("trial" if limits.is_trial else "settled") if limits else None,
                *_target_at(reading, point.start),
            )


def _state(point: ChartPoint, limits: Limits | None) -> str:
    """What the limits say of one point; nothing is normal where nothing was judged."""
    if point.value is None:
        return "n too small"
    return point.state if limits and not limits.is_trial else "not judged"


def complete_rows(found: Iterable[Complete]) -> Iterator[tuple[Any, ...]]:
    """One row per team: days with data of the days on which some team had data."""
    for row in found:
        yield row.team.name, row.days, row.expected, row.share


def _target_at(reading: Reading, day: date) -> tuple[float | None, float | None]:
    step = next((item for item in reading.chart.targets if item.start <= day <= item.end), None)
    return (step.low, step.high) if step else (None, None)


def period_grid(board: Board) -> dict[str, Any]:
    """Periods down, measures across; measures read by month stand apart."""
    readings = [reading for reading in board.readings if reading.by == board.window.by]
    columns = [
        (one, {item.x: item for item in one.chart.points}, {item.start: item for item in one.points})
        for one in readings
    ]
    rows = []
    for start in reversed(board.window.starts):
        cells = []
        for reading, shown, known in columns:
            point, parts = shown.get(start), known.get(start)
            text = cell_text(reading, point.value if point else None, point.n if point else None)
            n = format_count(point.n) if point and point.n is not None else ""
            state = point.state if point else "normal"
            cells.append(_grid_cell(text, n, state, reading.rows_url(parts) if parts else ""))
        rows.append((start, mark_safe("".join(cells))))  # noqa: S308 - every value in a cell is escaped
    return {"readings": readings, "rows": rows}


SPOKEN = {"better": ("improvement", "■"), "worse": ("concern", "◆"), "changed": ("changed", "✚")}


def _grid_cell(text: str, n: str, state: str, url: str) -> str:
    """A value with its n as HTML. Twelve weeks of days are a thousand, over which a template takes long."""
    value = f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)
    words, sign = SPOKEN.get(state, ("", ""))
    spoken = f'<span class="visually-hidden">, {words}</span>' if words else ""
    under = f'<span class="ci">{escape(n)}{f" {sign}" if sign else ""}</span>' if n else ""
    return f'<td class="num">{value}{spoken}{under}</td>'


def cell_text(reading: Reading, value: float | None, n: int | None) -> str:
    """A value, or why there is none."""
    if value is not None:
        return format_value(value, reading.metric.unit, n)
    return "too few" if n else "no data"


def single_rows(reading: Reading) -> list[dict[str, Any]]:
    """Every period of one measure, the newest first."""
    shown = {point.x: point for point in reading.chart.points}
    return [
        {
            "start": point.start,
            "numerator": point.numerator,
            "denominator": point.denominator,
            "n": point.n,
            "value": cell_text(reading, shown[point.start].value, point.n),
            "state": shown[point.start].state,
            "url": reading.rows_url(point),
        }
        for point in reversed(reading.points)
    ]


def matrix(
    teams: Sequence[Team], readings: dict[Scope, list[Reading]], metrics: Sequence[MetricDefinition]
) -> list[tuple[Team, list[tuple[MetricDefinition, Reading | None]]]]:
    """Team by measure, with the reading of each cell."""
    found = []
    for team in teams:
        by_metric = {reading.metric.pk: reading for reading in readings.get(Scope.team(team.pk), [])}
        found.append((team, [(metric, by_metric.get(metric.pk)) for metric in metrics]))
    return found


def matrix_rows(
    rows: Iterable[tuple[Team, list[tuple[MetricDefinition, Reading | None]]]],
) -> Iterator[tuple[Any, ...]]:
    """The newest period of every measure of every team; without a reading there is no row."""
    for team, cells in rows:
        for metric, reading in cells:
            if reading:
                latest = reading.latest
                parts = (latest.start, latest.n, latest.value) if latest else (None, None, None)
                yield (team.name, metric.name, metric.key, reading.by, *parts, reading.words)


def compared_rows(compared: Comparison) -> Iterator[tuple[Any, ...]]:
    for row in compared.rows:
        yield (
            row.place.name,
            row.numerator,
            row.denominator,
            row.n,
            row.value,
            *(row.interval or (None, None)),
            *(row.expected or (None, None)),
            row.words,
        )
    for place, n in compared.thin:
        yield (place.name, None, None, n, None, None, None, None, None, "Not enough data")


def general_target(book: TargetBook, metric: MetricDefinition) -> str:
    """Today's target for everybody, in words."""
    return target_words(book.on(metric.pk, today()), metric.unit)


def target_text(target: MetricTarget, metric: MetricDefinition) -> str:
    return target_words((target.low, target.high), metric.unit)


def target_rows(rows: Iterable[TargetRow]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        kind = "team" if row.team else "site" if row.site else "organisation"
        since = row.source.starts_on if row.source else None
        yield (row.name, kind, *row.bounds, row.source_words, since, row.planned and row.planned.starts_on)


def preview_rows(preview: Preview) -> Iterator[tuple[Any, ...]]:
    """Months of the organisation, then sites over all months."""
    for row in (*preview.months, preview.whole, *preview.sites):
        parts = (
            (point.numerator, point.denominator, point.value) if point else (None, None, None)
            for point in (row.old, row.new)
        )
        yield (row.name, *itertools.chain(*parts))


def part_rows(parts: Iterable[Part]) -> Iterator[tuple[Any, ...]]:
    for part in parts:
        yield (
            part.day,
            part.name,
            part.kind,
            part.team,
            part.numerator,
            part.denominator,
            part.n,
            part.numerator / part.denominator if part.denominator else None,
            part.source_words,
        )


def record_cells(record: Behind) -> tuple[Any, ...]:
    return (record.name, record.at, record.about, record.numerator, record.denominator, record.n)


def half_hour_rows(day: Day) -> Iterator[tuple[Any, ...]]:
    """Every half hour in order, also those without intervals."""
    for half in day.half_hours:
        counts = half.counts
        yield (
            day.day,
            half.slot.label,
            f"{half.slot.at:%Y-%m-%d %H:%M}",
            counts.records,
            half.offered,
            half.answered,
            half.abandoned,
            counts.given("within"),
            counts.known if "within" in counts.told else None,
            half.level,
            half.usual_offered and half.usual_offered.mean,
            half.usual_level and half.usual_level.mean,
            half.usual_offered.days if half.usual_offered else 0,
        )


def interval_rows(shown: Intervals) -> Iterator[tuple[Any, ...]]:
    """The intervals behind a day or a half hour."""
    for label, at, counts in shown.rows:
        yield (
            shown.day,
            label,
            f"{at.astimezone(UTC):%Y-%m-%d %H:%M}",
            *(counts.given(name) for name in ("offered", "answered", "abandoned", "within")),
            counts.known if "within" in counts.told else None,
        )


def subject_name(row: Observation) -> str:
    """Whose figure an observation is."""
    return str(row.person or row.queue or row.team or row.site or "Organisation")
