"""Survival curves: steps with their bands, and a row of how many are still followed."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from ccperf.core.charts.frame import Scale, grid, pushed_apart, svg, text

SIZES = {600: (350, 124), 320: (310, 68)}


@dataclass(frozen=True)
class SurvivalCurve:
    """Share still here by days since start: steps (day, survival, lower, upper) and (day, still followed)."""

    label: str
    steps: tuple[tuple[float, float, float, float], ...]
    at_risk: tuple[tuple[int, int], ...]
    n: int
    emphasis: bool = False


def survival_figure(curves: tuple[SurvivalCurve, ...], title: str, description: str) -> SafeString:
    """The curves in two widths, of which the style sheet shows the fitting one."""
    return survival_svg(curves, title, description, 600, "plot plot-wide") + survival_svg(
        curves, title, description, 320, "plot plot-narrow"
    )


def survival_svg(
    curves: tuple[SurvivalCurve, ...], title: str, description: str, width: int = 600, css: str = "plot"
) -> SafeString:
    """At most three curves; a curve ends where its last person was seen."""
    if not curves:
        return SafeString()
    height, margin = SIZES[width]
    rows = 16 * len(curves)
    left, right, top, bottom = 46, width - margin, 12, height - 58 - rows
    last = max(max(curve.steps[-1][0], curve.at_risk[-1][0] if curve.at_risk else 0) for curve in curves)
    x, y = Scale(0, last or 1, left, right), Scale(0, 1, bottom, top)
    body = grid([0, 0.25, 0.5, 0.75, 1], y, left, right, lambda value: f"{value * 100:.0f}")
    body.append(f'<path class="axis" d="M{left} {bottom}H{right}"/>')
    marks = _marks(curves, width)
    for day in marks:
        body.append(f'<path class="axis" d="M{x(day)} {bottom}v4"/>')
        body.append(text(x(day), bottom + 18, str(day), anchor="middle"))
    body += [text(right + 22, bottom + 18, "days"), text(0, bottom + 39, "Still followed", "t-strong")]
    labels = []
    for index, curve in enumerate(sorted(curves, key=lambda curve: not curve.emphasis)):
        letter = "a" if curve.emphasis else "b"
        word = "t-accent" if curve.emphasis else "t-b"
        body += [_band(curve, x, y, f"f-{letter}"), _steps(curve, x, y, f"line l-{letter}")]
        line = bottom + 56 + 16 * index
        followed = dict(curve.at_risk)
        body += [
            text(x(day), line, f"{followed[day]:,}", word, "middle") for day in marks if followed.get(day)
        ]
        body.append(text(right + 22, line, _short(curve.label, width), word))
        # On a phone the row of those still followed says n, there is no room beside the curve.
        size = f", n\u00a0=\u00a0{curve.n:,}" if width > 400 else ""
        labels.append((y(curve.steps[-1][1]) + 4, f"{_short(curve.label, width)}{size}", f"{word} t-halo"))
    body += [text(right + 8, at, words, css_) for at, words, css_ in pushed_apart(labels, top, bottom)]
    return svg(width, height, title, description, body, css)


def _marks(curves: tuple[SurvivalCurve, ...], width: int) -> list[int]:
    days = sorted({day for curve in curves for day, _ in curve.at_risk})
    keep = 1 if width > 400 or len(days) <= 4 else 2
    return days[::keep]


def _short(label: str, width: int) -> str:
    most = 16 if width > 400 else 9
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"


def _steps(curve: SurvivalCurve, x: Scale, y: Scale, css: str) -> str:
    commands = [f"M{x(0)} {y(1)}"] + [f"H{x(day)}V{y(share)}" for day, share, _, _ in curve.steps]
    return f'<path class="{css}" d="{"".join(commands)}H{x(_end(curve))}"/>'


def _band(curve: SurvivalCurve, x: Scale, y: Scale, css: str) -> str:
    forward = [f"M{x(0)} {y(1)}"] + [f"H{x(day)}V{y(upper)}" for day, _, _, upper in curve.steps]
    forward.append(f"H{x(_end(curve))}")
    corners = [(0.0, 1.0)] + [(day, lower) for day, _, lower, _ in curve.steps]
    back = [f"V{y(corners[-1][1])}"]
    for (day, _), (_, before) in zip(corners[::-1], corners[-2::-1], strict=False):
        back.append(f"H{x(day)}V{y(before)}")
    return f'<path class="{css}" d="{"".join(forward + back)}H{x(0)}z"/>'


def _end(curve: SurvivalCurve) -> float:
    return max(
        curve.steps[-1][0] if curve.steps else 0, max((day for day, n in curve.at_risk if n), default=0)
    )
