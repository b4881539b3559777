"""The map of themes as SVG: a circle for each theme, as large as it is spoken of, near those it is like."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.template.defaultfilters import pluralize
from django.utils.html import escape
from django.utils.safestring import SafeString

from ccperf.core.charts.frame import path, point_mark, svg, text
from feedback.themes.map_labels import LINE, Box, labels_of

HEIGHTS = {700: 520, 320: 420}
SMALLEST, LARGEST = 4.0, 24.0
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
    labels = labels_of([(x, y, radius, spot.name) for spot, x, y, radius in placed], marks, width, height)
    body = [_tied(label.tie) for label in labels if label.tie]
    body += [
        f'<a href="{escape(spot.url)}" aria-label="{escape(spot.name)}, {spot.comments} '
        f'comment{pluralize(spot.comments)}">'
        f'<circle class="spot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
        f"{point_mark(round(x, 1), round(y, 1), spot.state, 4) if spot.state != 'noise' else ''}</a>"
        for spot, x, y, radius in placed
    ]
    body += [
        text(round(label.x, 1), round(label.y + number * LINE, 1), words, "t-halo", "middle")
        for label in labels
        for number, words in enumerate(label.lines)
    ]
    return svg(width, height, "Map of themes", description, body, css, role="group")


def _tied(tie: Box) -> str:
    x, y, end_x, end_y = (round(edge, 1) for edge in tie)
    return path([(x, y), (end_x, end_y)], "axis")


def _at(spot: Spot, width: int, height: int) -> tuple[float, float]:
    side = 90 if width > 400 else 60
    return side + spot.x * (width - 2 * side), 46 + spot.y * (height - 92)


def _radius(comments: int, most: int, scale: float) -> float:
    return SMALLEST + (LARGEST * scale - SMALLEST) * math.sqrt(comments / most) if comments else SMALLEST


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
