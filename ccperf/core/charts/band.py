"""A line with an interval around it, such as a rate over twelve months."""

from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from ccperf.core.charts.frame import Scale, grid, month_ticks, nice_ticks, path, point_mark, svg, text
from ccperf.core.numbers import format_value

HEIGHTS = {470: 300, 320: 210}


@dataclass(frozen=True)
class BandPoint:
    """A value with its 95% interval; a suppressed or missing value is None."""

    x: date
    value: float | None
    low: float | None = None
    high: float | None = None


def band_chart_svg(
    points: tuple[BandPoint, ...],
    *,
    title: str,
    description: str,
    unit: str,
    width: int = 470,
    css: str = "plot",
) -> SafeString:
    """The line, its band, and the latest value with its interval in words."""
    shown = [point for point in points if point.value is not None]
    if not shown:
        return SafeString()
    bounds = [value for point in shown for value in (point.value, point.low, point.high) if value is not None]
    ticks = nice_ticks(min(bounds), max(bounds))
    height, left, right, top = HEIGHTS[width], 46, width - 76, 16
    bottom = height - 24
    x = Scale(points[0].x.toordinal(), points[-1].x.toordinal(), left + 8, right - 8)
    y = Scale(ticks[0], ticks[-1], bottom, top)
    body = grid(ticks, y, left, right, lambda value: format_value(value, unit, 0))
    spread = [point for point in shown if point.low is not None and point.high is not None]
    around = [(x(point.x.toordinal()), y(point.high)) for point in spread]
    around += [(x(point.x.toordinal()), y(point.low)) for point in reversed(spread)]
    body += [path(around, "f-b"), path([(x(point.x.toordinal()), y(point.value)) for point in shown], "line")]
    body += [point_mark(x(point.x.toordinal()), y(point.value), "normal", 3.2) for point in shown]
    body.append(f'<path class="axis" d="M{left} {bottom}H{right}"/>')
    for day, label in month_ticks(points[0].x, points[-1].x, 6 if width > 400 else 5):
        body.append(text(x(day.toordinal()), bottom + 18, label, anchor="middle"))
    last = shown[-1]
    body.append(text(right + 6, y(last.value) + 4, format_value(last.value, unit, 0), "t-strong"))
    if last.low is not None and last.high is not None:
        words = (
            f"{format_value(last.low, unit, 0).rstrip('%')} to {format_value(last.high, unit, 0).rstrip('%')}"
        )
        body.append(text(right + 6, y(last.value) + 20, words))
    return svg(width, height, title, description, body, css)
