"""A day by half hour: a line over the middle half of earlier days of the same weekday, with a goal."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from ccperf.core.charts.frame import Scale, grid, nice_ticks, path, point_mark, svg, text
from ccperf.core.numbers import format_value

HEIGHTS = {560: 250, 320: 210}


@dataclass(frozen=True)
class DayPoint:
    """One half hour: how it is called, its value, and mean and middle half of earlier days."""

    label: str
    value: float | None
    usual: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class DayChart:
    """The half hours of a day in order, 46, 48 or 50 of them. ``goal`` is the least wanted value."""

    title: str
    description: str
    unit: str
    points: tuple[DayPoint, ...]
    goal: float | None = None

    @property
    def open(self) -> tuple[int, int]:
        """The first and the last half hour with anything to show, from 0."""
        known = [
            index
            for index, point in enumerate(self.points)
            if point.value is not None or point.usual is not None
        ]
        return (known[0], known[-1]) if known else (0, 0)


def day_figure(chart: DayChart) -> SafeString:
    """The chart in two widths, of which the style sheet shows the fitting one."""
    return day_svg(chart, 560, "plot plot-wide") + day_svg(chart, 320, "plot plot-narrow")


def day_svg(chart: DayChart, width: int, css: str) -> SafeString:
    """The chart; nothing when no half hour has a value."""
    first, last = chart.open
    points = [(index, chart.points[index]) for index in range(first, last + 1)]
    values = [value for _, point in points for value in (point.value, point.usual, point.low, point.high)]
    known = [value for value in (*values, chart.goal) if value is not None]
    if not any(point.value is not None for _, point in points):
        return SafeString()
    ticks = nice_ticks(min(0.0, *known) if chart.unit == "count" else min(known), max(known))
    height, left, right, top = HEIGHTS[width], 50, width - (80 if width == 560 else 58), 14
    bottom = height - 26
    x, y = Scale(first, max(last, first + 1), left + 6, right - 6), Scale(ticks[0], ticks[-1], bottom, top)
    body = grid(ticks, y, left, right, lambda value: format_value(value, chart.unit, 0))
    for run in _runs([(index, point) for index, point in points], lambda point: point.low):
        around = [(x(index), y(point.high)) for index, point in run]
        around += [(x(index), y(point.low)) for index, point in reversed(run)]
        body.append(path(around, "f-b"))
    for run in _runs(points, lambda point: point.usual):
        body.append(path([(x(index), y(point.usual)) for index, point in run], "compare"))
    body.append(f'<path class="axis" d="M{left} {bottom}H{right}"/>')
    body += _axis(points, x, bottom, 7 if width == 560 else 4)
    if chart.goal is not None:
        goal = y(chart.goal)
        body.append(f'<path class="target" d="M{left} {goal}H{right}"/>')
        words = format_value(chart.goal, chart.unit, 0)
        body.append(text(right + 6, goal + 4, f"Goal {words}" if width == 560 else words))
    for run in _runs(points, lambda point: point.value):
        body.append(path([(x(index), y(point.value)) for index, point in run], "line"))
    for index, point in points:
        if point.value is not None:
            body.append(point_mark(x(index), y(point.value), "normal", 2.4))
    return svg(width, height, chart.title, chart.description, body, css)


def _runs(points, value) -> list[list[tuple[int, DayPoint]]]:
    """Neighbouring half hours that have a value."""
    found: list[list[tuple[int, DayPoint]]] = [[]]
    for index, point in points:
        if value(point) is None:
            found.append([])
        else:
            found[-1].append((index, point))
    return [run for run in found if len(run) > 1]


def _axis(points: list[tuple[int, DayPoint]], x: Scale, bottom: float, most: int) -> list[str]:
    """Labels of full hours, thinned to ``most``; an hour that comes twice is named both times."""
    whole = [(index, point.label) for index, point in points if point.label[3:5] == "00"]
    step = max(1, -(-len(whole) // most))
    kept = [item for number, item in enumerate(whole) if number % step == 0]
    return [text(x(index), bottom + 18, label, anchor="middle") for index, label in kept]
