"""Axes, scales and labels that every chart shares."""

import hashlib
import math
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

LABEL_GAP = 15
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Scale:
    """A straight line from data to units of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def nice_ticks(low: float, high: float, most: int = 4) -> list[float]:
    """At most ``most`` + 1 round values that cover low to high, as 1, 2, 2.5 or 5 times a power of ten.

    A single value gets room above, and below only as far as nought.
    """
    if high <= low:
        pad = abs(low) * 0.1 or 1.0
        low, high = max(low - pad, min(low, 0.0)), high + pad
    rough = (high - low) / most
    power = 10 ** math.floor(math.log10(rough))
    step = next(
        (factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough - 1e-12), 10 * power
    )
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def month_ticks(first: date, last: date, most: int) -> list[tuple[date, str]]:
    """Starts of months inside the range, thinned to at most ``most``; days when it is shorter than that."""
    days = (last - first).days
    if days < 62:
        step = max(1, math.ceil((days + 1) / most))
        marks = [date.fromordinal(first.toordinal() + offset) for offset in range(0, days + 1, step)]
        return [(mark, f"{mark.day} {MONTHS[mark.month - 1]}") for mark in marks]
    index, marks = first.year * 12 + first.month - 1 + (first.day > 1), []
    while (start := date(index // 12, index % 12 + 1, 1)) <= last:
        marks.append(start)
        index += 1
    keep = max(1, math.ceil(len(marks) / most))
    return [(mark, MONTHS[mark.month - 1]) for mark in marks[::keep]]


def pushed_apart(
    labels: list[tuple[float, str, str]], top: float, bottom: float, gap: float = LABEL_GAP
) -> list[tuple[float, str, str]]:
    """Labels (place, text, class) moved so that none is nearer than ``gap`` to the next; all stay inside."""
    placed: list[list] = [list(label) for label in sorted(labels)]
    for before, after in pairwise(placed):
        after[0] = max(after[0], before[0] + gap)
    if placed and placed[-1][0] > bottom:
        placed[-1][0] = bottom
        for after, before in zip(placed[::-1], placed[-2::-1], strict=False):
            before[0] = min(before[0], after[0] - gap)
    return [(round(max(y, top), 1), text, css) for y, text, css in placed]


def svg(
    width: int,
    height: int,
    title: str,
    description: str,
    body: list[str],
    css: str = "plot",
    role: str = "img",
) -> SafeString:
    """The finished drawing with its title and description for screen readers; all words in it are escaped."""
    key = hashlib.md5(f"{title}{description}{width}".encode(), usedforsecurity=False).hexdigest()[:10]
    return mark_safe(  # noqa: S308 - every word passed through escape()
        f'<svg class="{css}" viewBox="0 0 {width} {height}" role="{role}" aria-labelledby="t{key} d{key}">'
        f'<title id="t{key}">{escape(title)}</title><desc id="d{key}">{escape(description)}</desc>'
        f"{''.join(body)}</svg>"
    )


def text(x: float, y: float, words: str, css: str = "", anchor: str = "") -> str:
    attributes = (f' class="{css}"' if css else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{x}" y="{y}"{attributes}>{escape(words)}</text>'


def path(points: list[tuple[float, float]], css: str) -> str:
    return f'<path class="{css}" d="M{"L".join(f"{x} {y}" for x, y in points)}"/>' if points else ""


def grid(ticks: list[float], scale: Scale, left: float, right: float, label) -> list[str]:
    """Horizontal lines with their values at the left."""
    drawn = []
    for tick in ticks:
        y = scale(tick)
        drawn += [
            f'<path class="grid" d="M{left} {y}H{right}"/>',
            text(left - 6, y + 4, label(tick), anchor="end"),
        ]
    return drawn


def point_mark(x: float, y: float, state: str, radius: float = 3.0) -> str:
    """Circle for normal, square for an improvement, diamond for a concern, cross for any other change."""
    if state == "better":
        side = radius * 2.7
        corner = f'x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:.1f}" height="{side:.1f}"'
        return f'<rect class="p p-better" {corner} rx="1"/>'
    if state == "worse":
        size = round(radius * 1.75, 1)
        return f'<path class="p p-worse" d="M{x} {y - size:.1f}l{size} {size}-{size} {size}-{size}-{size}z"/>'
    if state == "changed":
        arm, half = round(radius * 1.6, 1), round(radius * 0.55, 1)
        out = round(arm - half, 1)
        way = f"h{2 * half}v{out}h{out}v{2 * half}h-{out}v{out}h-{2 * half}v-{out}h-{out}v-{2 * half}h{out}z"
        return f'<path class="p p-changed" d="M{x - half:.1f} {y - arm:.1f}{way}"/>'
    return f'<circle class="p p-noise" cx="{x}" cy="{y}" r="{radius}"/>'
