"""The map of themes as SVG: a circle for each theme, as large as it is spoken of, near those it is like."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString

from ccperf.core.charts.frame import point_mark, svg, text

HEIGHTS = {700: 520, 320: 420}
SMALLEST, LARGEST = 4.0, 24.0
LINE = 15
HALF_LETTER = 3.4
MARK = 8.0


@dataclass(frozen=True)
class Spot:
    """One theme: where it stands (0 to 1 each way), how many comments, and whether it is a concern."""

    name: str
    url: str
    x: float
    y: float
    comments: int
    state: str = "noise"


def map_figure(spots: Sequence[Spot], description: str) -> SafeString:
    """The map in two widths, of which the style sheet shows the fitting one."""
    return map_svg(spots, description, 700, "plot plot-wide") + map_svg(
        spots, description, 320, "plot plot-narrow"
    )


def map_svg(spots: Sequence[Spot], description: str, width: int, css: str) -> SafeString:
    """The map ``width`` units wide; the largest circles are drawn first, so that none hides a smaller one."""
    if not spots:
        return SafeString()
    height = HEIGHTS[width]
    most = max(spot.comments for spot in spots) or 1
    scale = width / 700 if width < 700 else 1.0
    placed = [
        (spot, *_at(spot, width, height), _radius(spot.comments, most, scale))
        for spot in sorted(spots, key=lambda spot: -spot.comments)
    ]
    marks = [(x - MARK, y - MARK, x + MARK, y + MARK) for spot, x, y, _ in placed if spot.state != "noise"]
    labels = _labels([(x, y, radius, spot.name) for spot, x, y, radius in placed], marks, width, height)
    body = [
        f'<a href="{escape(spot.url)}" aria-label="{escape(spot.name)}, {spot.comments} comments">'
        f'<circle class="spot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
        f"{point_mark(round(x, 1), round(y, 1), spot.state, 4) if spot.state != 'noise' else ''}</a>"
        for spot, x, y, radius in placed
    ]
    body += [text(round(x, 1), round(y, 1), name, "t-halo", "middle") for x, y, name in labels]
    return svg(width, height, "Map of themes", description, body, css, role="group")


def _at(spot: Spot, width: int, height: int) -> tuple[float, float]:
    side = 90 if width > 400 else 60
    return side + spot.x * (width - 2 * side), 46 + spot.y * (height - 92)


def _radius(comments: int, most: int, scale: float) -> float:
    return SMALLEST + (LARGEST * scale - SMALLEST) * math.sqrt(comments / most) if comments else SMALLEST


def _labels(
    spots: Sequence[tuple[float, float, float, str]],
    taken: list[tuple[float, float, float, float]],
    width: int,
    height: int,
) -> list[tuple[float, float, str]]:
    """A name beside its circle, at the first place that is free; a name without one is left out.

    Other circles, names and what is ``taken`` are kept clear. A name that is left out is still read out, and
    stands in the table beside the map.
    """
    circles = [(x - radius, y - radius, x + radius, y + radius) for x, y, radius, _ in spots]
    found = []
    for own, (x, y, radius, name) in enumerate(spots):
        half = HALF_LETTER * len(name)
        others = circles[:own] + circles[own + 1 :]
        for across, line in _beside(x, y, radius, half):
            box = (across - half, line - LINE + 2, across + half, line + 3)
            is_inside = box[0] > 0 and box[2] < width and box[1] > 0 and box[3] < height
            if is_inside and _is_free(box, taken) and _is_free(box, others):
                taken.append(box)
                found.append((across, line, name))
                break
    return found


def _beside(x: float, y: float, radius: float, half: float) -> list[tuple[float, float]]:
    """Right, left, over and under a circle, at its four corners, and upon it: the middle of a name and its
    line.
    """
    aside, corner = radius + half + 4, 0.7 * radius + half + 3
    over, under = y - 0.7 * radius - 2, y + 0.7 * radius + 11
    return [
        (x + aside, y + 4.5),
        (x - aside, y + 4.5),
        (x, y - radius - 5),
        (x, y + radius + 13),
        *((x + across, line) for across in (corner, -corner) for line in (over, under)),
        (x, y + 4.5),
    ]


def _is_free(box: Sequence[float], taken: Sequence[Sequence[float]]) -> bool:
    return not any(_overlap(box, other) for other in taken)


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def spots_of(rows, places: Mapping[str, Sequence[float]]) -> list[Spot]:
    """The upper themes and their sub-themes of an overview that have a place."""
    found = []
    for row in rows:
        state = row.state if row.movement.direction in ("rising", "falling") else "noise"
        parts = [(row.theme, row.count, state), *((part, n, "noise") for part, n in row.children)]
        found += [
            Spot(theme.name, theme.get_absolute_url(), *places[str(theme.pk)], count, shown)
            for theme, count, shown in parts
            if str(theme.pk) in places
        ]
    return found
