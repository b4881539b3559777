"""The run chart: values in time, limits, target steps, marks of actions and changes, direct labels."""

from datetime import date

from django.utils.safestring import SafeString

from ccperf.core.charts.frame import (
    Scale,
    grid,
    month_ticks,
    nice_ticks,
    path,
    point_mark,
    pushed_apart,
    svg,
    text,
)
from ccperf.core.charts.spec import ChartPoint, RunChart
from ccperf.core.numbers import format_value

HEIGHTS = {330: 192, 700: 290, 320: 226}
FLAG_GAP = 20


def run_chart_svg(chart: RunChart, width: int = 330, css: str = "plot") -> SafeString:
    """The chart as SVG, ``width`` 330 (small multiple), 700 (large) or 320 (large on a phone)."""
    if chart.latest() is None:
        return SafeString()
    return svg(width, HEIGHTS[width], chart.title, chart.description, _Drawing(chart, width).body(), css)


def run_chart_figure(chart: RunChart) -> SafeString:
    """The large chart in two widths, of which the style sheet shows the fitting one."""
    return run_chart_svg(chart, 700, "plot plot-wide") + run_chart_svg(chart, 320, "plot plot-narrow")


class _Drawing:
    """One run chart on its way to SVG: scales first, then layer upon layer."""

    def __init__(self, chart: RunChart, width: int) -> None:
        self.chart, self.width, self.height = chart, width, HEIGHTS[width]
        self.ticks = nice_ticks(min(chart.values()), max(chart.values()))
        wide = max(len(self.tick_label(tick)) for tick in self.ticks)
        self.left, self.right = 14 + 7 * wide, width - (96 if width == 700 else 76)
        self.top, self.bottom = 26, self.height - 24
        days = sorted({point.x for point in (*chart.points, *chart.comparison)})
        self.first, self.last = days[0], days[-1]
        inset = 5
        self.x = Scale(self.first.toordinal(), self.last.toordinal(), self.left + inset, self.right - inset)
        self.y = Scale(self.ticks[0], self.ticks[-1], self.bottom, self.top)
        self.half = (self.right - self.left) / max(len(days), 2) / 2

    def tick_label(self, value: float) -> str:
        if self.chart.unit == "percent":
            shown = f"{value * 100:.1f}".rstrip("0").rstrip(".")
            return shown.replace("-", "\u2212")
        if self.chart.unit == "per_thousand":
            value *= 1000
        return f"{value:,.2f}".rstrip("0").rstrip(".").replace("-", "\u2212")

    def at(self, day: date) -> float:
        return self.x(min(max(day, self.first), self.last).toordinal())

    def body(self) -> list[str]:
        return [
            *self.limits(),
            *self.peers(),
            *grid(self.ticks, self.y, self.left, self.right, self.tick_label),
            *self.axis(),
            *self.targets(),
            *self.markers(),
            *self.comparison(),
            *self.line(),
            *self.labels(),
        ]

    def limits(self) -> list[str]:
        drawn = []
        for limits in self.chart.shown_limits:
            x1 = max(self.left, self.at(limits.start) - self.half)
            x2 = min(self.right, self.at(limits.end) + self.half)
            upper, lower = self.y(limits.upper), self.y(limits.lower)
            trial = " trial" if limits.is_trial else ""
            if not trial:
                size = f'width="{x2 - x1:.1f}" height="{lower - upper:.1f}"'
                drawn.append(f'<rect class="band" x="{x1:.1f}" y="{upper}" {size}/>')
            drawn += [
                f'<path class="limit{trial}" d="M{x1:.1f} {upper}H{x2:.1f}M{x1:.1f} {lower}H{x2:.1f}"/>',
                f'<path class="mean{trial}" d="M{x1:.1f} {self.y(limits.mean)}H{x2:.1f}"/>',
            ]
        return drawn

    def peers(self) -> list[str]:
        """The band of others, in stretches of neighbouring periods."""
        known = {band.x: band for band in self.chart.peers}
        stretches: list[list] = [[]]
        for point in self.chart.points:
            if point.x in known:
                stretches[-1].append(known[point.x])
            elif stretches[-1]:
                stretches.append([])
        drawn = []
        for bands in stretches:
            if len(bands) > 1:
                around = [(self.at(band.x), self.y(band.high)) for band in bands]
                around += [(self.at(band.x), self.y(band.low)) for band in reversed(bands)]
                drawn.append(path(around, "f-a"))
        return drawn

    def axis(self) -> list[str]:
        drawn = [f'<path class="axis" d="M{self.left} {self.bottom}H{self.right}"/>']
        for day, label in month_ticks(self.first, self.last, 8 if self.width == 700 else 5):
            x = self.at(day)
            drawn += [
                f'<path class="axis" d="M{x} {self.bottom}v4"/>',
                text(x, self.bottom + 17, label, anchor="middle"),
            ]
        return drawn

    def targets(self) -> list[str]:
        drawn = []
        for side in ("low", "high"):
            steps = [step for step in self.chart.targets if getattr(step, side) is not None]
            commands = []
            for index, step in enumerate(steps):
                y = self.y(getattr(step, side))
                x1 = self.left if step.start <= self.first else self.at(step.start)
                x2 = self.right if step.end > self.last else self.at(step.end)
                joined = index and steps[index - 1].end == step.start
                commands.append(f"{f'V{y}' if joined else f'M{x1} {y}'}H{x2}")
            if commands:
                drawn.append(f'<path class="target" d="{"".join(commands)}"/>')
        return drawn

    def markers(self) -> list[str]:
        """A line on each day, and its flag above it; flags of near days stand side by side."""
        marks = sorted(
            (self.at(marker.day), marker.kind)
            for marker in self.chart.markers
            if self.first <= marker.day <= self.last
        )
        flags = pushed_apart([(x, kind, "") for x, kind in marks], self.left, self.right, FLAG_GAP)
        drawn = []
        for (x, kind), (at, _, _) in zip(marks, flags, strict=True):
            pole = f"M{x} 26V{self.bottom}M{at} 20L{x} 26"
            if kind == "action":
                drawn.append(
                    f'<path class="act" d="{pole}"/>'
                    f'<circle class="flag" cx="{at}" cy="11" r="9"/>'
                    f"{text(at, 15.2, 'A', 'flag-t', 'middle')}"
                )
            else:
                drawn.append(
                    f'<path class="chg" d="{pole}"/>'
                    f'<rect class="flag-c" x="{at - 8:.1f}" y="3" width="16" height="16" rx="3"/>'
                    f"{text(at, 15.2, 'C', 'flag-ct', 'middle')}"
                )
        return drawn

    def comparison(self) -> list[str]:
        return [path(run, "compare") for run in self.runs(self.chart.comparison)]

    def line(self) -> list[str]:
        drawn = [path(run, "line") for run in self.runs(self.chart.points) if len(run) > 1]
        shown = [point for point in self.chart.points if point.value is not None]
        radius = 3.0 if len(shown) <= 40 else 1.8
        drawn += [point_mark(self.at(point.x), self.y(point.value), point.state, radius) for point in shown]
        latest = shown[-1]
        return [*drawn, f'<circle class="p-now" cx="{self.at(latest.x)}" cy="{self.y(latest.value)}" r="8"/>']

    def runs(self, points: tuple[ChartPoint, ...]) -> list[list[tuple[float, float]]]:
        """Stretches of points without a gap."""
        found: list[list[tuple[float, float]]] = [[]]
        for point in points:
            if point.value is None:
                found.append([])
            else:
                found[-1].append((self.at(point.x), self.y(point.value)))
        return [run for run in found if run]

    def labels(self) -> list[str]:
        chart, latest = self.chart, self.chart.latest()
        words = [(self.y(latest.value) + 4, chart.text(latest.value, latest.n), "t-strong")]
        current = [step for step in chart.targets if step.end >= self.last]
        for step in current[-1:]:
            bounds = [bound for bound in (step.low, step.high) if bound is not None]
            words += [(self.y(bound) + 4, f"Target {self.tick_label(bound)}", "") for bound in bounds]
        others = [point for point in chart.comparison if point.value is not None]
        if others:
            words.append((self.y(others[-1].value) + 4, chart.comparison_label, ""))
        return [
            text(self.right + 7, y, label, css)
            for y, label, css in pushed_apart(words, self.top - 8, self.bottom + 4)
        ]


def spark_svg(chart: RunChart) -> SafeString:
    """A small line with its limits and its latest point, for a row of a list."""
    shown = [point for point in chart.points if point.value is not None]
    if not shown:
        return SafeString()
    values = chart.values()
    width, height, pad = 136, 48, 6
    x = Scale(chart.points[0].x.toordinal(), chart.points[-1].x.toordinal(), pad, width - 8)
    y = Scale(min(values), max(values), height - pad, pad)
    body = []
    if chart.limits and not chart.limits[-1].is_trial:
        limits = chart.shown_limits[-1]
        top, low = y(limits.upper), y(limits.lower)
        body.append(f'<rect class="band" x="0" y="{top}" width="{width}" height="{low - top:.1f}"/>')
    body.append(path([(x(point.x.toordinal()), y(point.value)) for point in shown], "line"))
    latest = shown[-1]
    body.append(point_mark(x(latest.x.toordinal()), y(latest.value), latest.state, 3.3))
    words = f"{chart.description} Latest {format_value(latest.value, chart.unit, latest.n)}."
    return svg(width, height, chart.title, words, body, "plot spark")
