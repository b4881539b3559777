"""The funnel: n across, value up. It replaces the league table, because small groups vary more."""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString

from ccperf.core.charts.frame import Scale, grid, nice_ticks, path, point_mark, svg, text
from ccperf.core.numbers import format_value

HEIGHTS = {700: 420, 340: 330}
MOST_NAMED = 30


@dataclass(frozen=True)
class FunnelPoint:
    """One group: its n, value, state (normal inside the limits) and the page with its rows."""

    label: str
    n: int
    value: float
    state: str = "normal"
    url: str = ""


def funnel_svg(
    points: tuple[FunnelPoint, ...],
    curve: tuple[tuple[float, float, float, float, float], ...],
    *,
    mean: float,
    title: str,
    description: str,
    unit: str,
    across: str = "n",
    width: int = 700,
    css: str = "plot",
) -> SafeString:
    """Points over the limits ``curve`` of (n, lower95, upper95, lower998, upper998), smallest n first.

    ``across`` says what n counts.
    """
    if not points or not curve:
        return SafeString()
    values = [point.value for point in points] + [curve[0][3], curve[0][4]]
    ticks = nice_ticks(min(values), max(values))
    left, right, top, bottom = 56, width - (110 if width > 400 else 60), 14, HEIGHTS[width] - 40
    x, y = Scale(curve[0][0], curve[-1][0], left + 8, right - 8), Scale(ticks[0], ticks[-1], bottom, top)
    whole = [format_value(tick, unit, 0) for tick in ticks]
    precision = 0 if len(set(whole)) == len(whole) else None  # Two ticks never read alike.
    body = grid(ticks, y, left, right, lambda value: format_value(value, unit, precision))
    body.append(_area(curve, x, y))
    for index, name in ((3, "lim998"), (4, "lim998"), (1, "lim95"), (2, "lim95")):
        body.append(path([(x(row[0]), y(row[index])) for row in curve], name))
    body += [
        f'<path class="mean" d="M{left} {y(mean)}H{right}"/>',
        f'<path class="axis" d="M{left} {bottom}H{right}"/>',
        text(right + 6, y(mean) + 4, f"Mean {format_value(mean, unit)}"),
    ]
    for tick in nice_ticks(curve[0][0], curve[-1][0], 5 if width > 400 else 3):
        if curve[0][0] <= tick <= curve[-1][0]:
            body.append(text(x(tick), bottom + 18, f"{tick:,.0f}", anchor="middle"))
    body.append(text((left + right) / 2, bottom + 34, across, anchor="middle"))
    all_named = width > 400 and len(points) <= MOST_NAMED
    body += [_mark(point, x, y, named=all_named or point.state != "normal") for point in points]
    return svg(width, HEIGHTS[width], title, description, body, css, role="group")


def _area(curve, x: Scale, y: Scale) -> str:
    around = [(x(row[0]), y(row[4])) for row in curve] + [(x(row[0]), y(row[3])) for row in reversed(curve)]
    return path(around, "funnel")


def _mark(point: FunnelPoint, x: Scale, y: Scale, *, named: bool) -> str:
    at, up = x(point.n), y(point.value)
    drawn = point_mark(at, up, point.state, 4)
    if named:
        drawn += text(at + 8, up - 6, point.label, "t-halo")
    return (
        f'<a href="{escape(point.url)}" aria-label="{escape(point.label)}">{drawn}</a>'
        if point.url
        else drawn
    )
