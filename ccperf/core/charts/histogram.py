"""How many of a group lie in each range: bars without names, from nought."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from ccperf.core.charts.frame import Scale, grid, nice_ticks, svg, text
from ccperf.core.numbers import format_value

WIDTH, HEIGHT = 330, 170


def histogram_svg(
    counts: Sequence[int], low: float, high: float, *, unit: str, title: str, description: str
) -> SafeString:
    """Bars of ``counts`` over equal ranges from ``low`` to ``high``."""
    left, right, top, bottom = 40, WIDTH - 10, 12, HEIGHT - 28
    ticks = [tick for tick in nice_ticks(0, max(counts), 3) if float(tick).is_integer()]
    y = Scale(0, ticks[-1], bottom, top)
    body = grid(ticks, y, left, right, lambda value: f"{value:,.0f}")
    width = (right - left) / len(counts)
    for index, count in enumerate(counts):
        if count:
            at, up = left + index * width, y(count)
            size = f'width="{width - 2:.1f}" height="{bottom - up:.1f}"'
            body.append(f'<rect class="bar" x="{at + 1:.1f}" y="{up}" {size}/>')
    body.append(f'<path class="axis" d="M{left} {bottom}H{right}"/>')
    for share in (0, 0.5, 1):
        anchor = {0: "start", 1: "end"}.get(share, "middle")
        words = format_value(low + share * (high - low), unit)
        body.append(text(left + share * (right - left), bottom + 18, words, anchor=anchor))
    return svg(WIDTH, HEIGHT, title, description, body)
