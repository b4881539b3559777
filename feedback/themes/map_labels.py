"""Where names stand on the map of themes: beside their circles, in two lines or at the end of a thin line
where it is crowded. Pure numbers.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LINE = 15
HALF_LETTER = 3.4
FAR = (18, 34, 52, 72, 94)
DIRECTIONS = 16
STEPS = 10

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A name in one or two lines: the middle, and the first line's foot. ``tie`` leads from the circle to a
    name that stands apart from it.
    """

    x: float
    y: float
    lines: tuple[str, ...]
    tie: Box | None = None

    @property
    def name(self) -> str:
        return " ".join(self.lines)

    @property
    def box(self) -> Box:
        """What the words cover: left, top, right and bottom."""
        half = HALF_LETTER * max(map(len, self.lines))
        foot = self.y + 3 + LINE * (len(self.lines) - 1)
        return self.x - half, self.y - LINE + 2, self.x + half, foot


def labels_of(
    spots: Sequence[tuple[float, float, float, str]], taken: Sequence[Box], width: int, height: int
) -> list[Label]:
    """The names of circles (x, y, radius, name), in turn, each at the first place that is free.

    Other circles, names and what is ``taken`` are kept clear; only where a circle is walled in, the thin line
    to its name crosses them. A name without any free place is left out; it is still read out, and stands in
    the table beside the map.
    """
    circles = [(x - radius, y - radius, x + radius, y + radius) for x, y, radius, _ in spots]
    kept = list(taken)
    found = []
    for own, (x, y, radius, name) in enumerate(spots):
        full = kept + circles[:own] + circles[own + 1 :]
        label = _first(x, y, radius, name, full, width, height)
        if label:
            kept += [label.box, *_along(label.tie)]
            found.append(label)
    return found


# ---- inside


def _first(
    x: float, y: float, radius: float, name: str, full: Sequence[Box], width: int, height: int
) -> Label | None:
    walled_in = None
    for label in _places(x, y, radius, name):
        if not _is_inside(label.box, width, height) or not _is_free(label.box, full):
            continue
        if all(_is_free(box, full) for box in _along(label.tie)):
            return label
        walled_in = walled_in or label
    return walled_in


def _places(x: float, y: float, radius: float, name: str) -> Iterator[Label]:
    """Beside the circle, best first; then farther and farther from it."""
    shapes = [(name,)] if " " not in name else [(name,), _in_two(name)]
    for lines in shapes:
        for across, foot in _beside(x, y, radius, lines):
            yield Label(across, foot, lines)
    for far in FAR:
        for lines in shapes:
            yield from _apart(x, y, radius, far, lines)


def _in_two(name: str) -> tuple[str, str]:
    """Cut at the space that is nearest to the middle."""
    spaces = [place for place, letter in enumerate(name) if letter == " "]
    cut = min(spaces, key=lambda place: abs(place - len(name) / 2))
    return name[:cut], name[cut + 1 :]


def _beside(x: float, y: float, radius: float, lines: tuple[str, ...]) -> list[tuple[float, float]]:
    """Right, left, over and under the circle, at its four corners, and upon it."""
    half, more = HALF_LETTER * max(map(len, lines)), LINE * (len(lines) - 1)
    aside, corner, middle = radius + half + 4, 0.7 * radius + half + 3, y + 4.5 - more / 2
    over, under = y - 0.7 * radius - 2 - more, y + 0.7 * radius + 11
    return [
        (x + aside, middle),
        (x - aside, middle),
        (x, y - radius - 5 - more),
        (x, y + radius + 13),
        *((x + across, line) for across in (corner, -corner) for line in (over, under)),
        (x, middle),
    ]


def _apart(x: float, y: float, radius: float, far: float, lines: tuple[str, ...]) -> Iterator[Label]:
    """So far from the circle, all around it, with a line that leads there."""
    half, more = HALF_LETTER * max(map(len, lines)), LINE * (len(lines) - 1)
    for turn in range(DIRECTIONS):
        angle = 2 * math.pi * turn / DIRECTIONS
        along, down = math.cos(angle), math.sin(angle)
        end_x, end_y = x + along * (radius + far), y + down * (radius + far)
        middle = end_x + along * (half + 2)
        foot = end_y + 4.5 - more / 2 + down * (LINE + more) / 2
        yield Label(middle, foot, lines, (x + along * radius, y + down * radius, end_x, end_y))


def _along(tie: Box | None) -> list[Box]:
    """Small boxes along a line, but not at its very ends, which touch the circle and the name."""
    if tie is None:
        return []
    steps = [(step + 1) / (STEPS + 1) for step in range(STEPS)]
    points = [(tie[0] + (tie[2] - tie[0]) * at, tie[1] + (tie[3] - tie[1]) * at) for at in steps]
    return [(x - 1, y - 1, x + 1, y + 1) for x, y in points]


def _is_inside(box: Box, width: int, height: int) -> bool:
    left, top, right, bottom = box
    return left > 0 and right < width and top > 0 and bottom < height


def _is_free(box: Box, taken: Sequence[Box]) -> bool:
    return not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken
    )
