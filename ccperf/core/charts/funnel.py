"""The funnel: n across, value up. It replaces the league table, because small groups vary more."""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString

from ccperf.core.charts.frame import Scale, grid, nice_ticks, path, point_mark, svg, text
from ccperf.core.numbers import format_value

HEIGHTS = {700: 420, 340: 330}
MOST_NAMED = 30
LETTER, LINE = 7.5, 16
"""About how wide a letter is and how high a line, in units of the drawing."""


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
    named = [point for point in points if all_named or point.state != "normal"]
    marks = [(x(point.n), y(point.value)) for point in points]
    names = dict(zip(named, _names(named, marks, x, y, width), strict=True))
    body += [_mark(point, x, y, names.get(point, "")) for point in points]
    return svg(width, HEIGHTS[width], title, description, body, css, role="group")


def _area(curve, x: Scale, y: Scale) -> str:
    around = [(x(row[0]), y(row[4])) for row in curve] + [(x(row[0]), y(row[3])) for row in reversed(curve)]
    return path(around, "funnel")


def _names(
    named: list[FunnelPoint], marks: list[tuple[float, float]], x: Scale, y: Scale, width: int
) -> list[str]:
    """The names beside their points, above or below, right or left: inside the drawing, on no other name and
    on none of ``marks``, the places of all points. Where all is taken a name stands above, to the right.
    """
    drawn: list[str] = []
    taken = [(at - 5, at + 5, up + 4) for at, up in marks]
    for point in named:
        at, up, wide = x(point.n), y(point.value), LETTER * len(point.label)
        places = [(left, up + dy) for left in (at + 8, at - 8 - wide) for dy in (-6, 15)]
        inside = [place for place in places if place[0] >= 0 and place[0] + wide <= width]
        free = (
            (left, base)
            for left, base in inside
            if all(
                abs(base - other) > LINE or left > end or left + wide < begin for begin, end, other in taken
            )
        )
        left, base = next(free, (inside or places)[0])
        taken.append((left, left + wide, base))
        drawn.append(text(round(left, 1), round(base, 1), point.label, "t-halo"))
    return drawn


def _mark(point: FunnelPoint, x: Scale, y: Scale, name: str) -> str:
    drawn = point_mark(x(point.n), y(point.value), point.state, 4) + name
    return (
        f'<a href="{escape(point.url)}" aria-label="{escape(point.label)}">{drawn}</a>'
        if point.url
        else drawn
    )
