"""The run chart for readers who explore: a plain Plotly figure, coloured in the browser from the tokens."""

from datetime import timedelta
from typing import Any

from ccperf.core.charts.spec import Limits, RunChart


def plotly_spec(chart: RunChart) -> dict[str, Any]:
    """``data`` and ``layout`` as Plotly takes them, for ``json_script``.

    Colours are named after tokens (``token:data``); static/js/charts.js puts the values of the theme in.
    """
    scale = {"percent": 100, "per_thousand": 1000}.get(chart.unit, 1)
    symbols = {"normal": "circle", "better": "square", "worse": "diamond", "changed": "cross"}
    colours = {
        "normal": "token:data",
        "better": "token:better",
        "worse": "token:worse",
        "changed": "token:ink",
    }

    def up(value: float | None) -> float | None:
        return None if value is None else round(value * scale, 4)

    data: list[dict[str, Any]] = []
    for run in _limit_runs(chart.shown_limits):
        days = [day.isoformat() for limits in run for day in (limits.start, limits.end)]
        band = {"type": "scatter", "mode": "lines", "x": days, "hoverinfo": "skip", "showlegend": False}
        is_trial = run[0].is_trial
        line = {"color": "token:noise", "width": 1, "dash": "6px,6px" if is_trial else "2px,3px"}
        fill = {} if is_trial else {"fill": "tonexty", "fillcolor": "token:band"}
        trial = "Trial " if is_trial else ""

        def along(name: str, run: list[Limits] = run) -> list[float | None]:
            return [up(getattr(limits, name)) for limits in run for _ in range(2)]

        data += [
            {**band, "y": along("lower"), "line": line, "name": f"{trial}Lower limit".capitalize()},
            {**band, "y": along("upper"), "line": line, "name": f"{trial}Upper limit".capitalize(), **fill},
            {
                **band,
                "y": along("mean"),
                "line": {**line, "width": 1.25} if is_trial else {"color": "token:noise", "width": 1.25},
                "name": f"{trial}Mean".capitalize(),
            },
        ]
    for name, points, style in (
        (
            chart.comparison_label,
            chart.comparison,
            {"color": "token:noise", "width": 1.75, "dash": "6px,4px"},
        ),
        (chart.title, chart.points, {"color": "token:data", "width": 1.75}),
    ):
        if points:
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers" if points is chart.points else "lines",
                    "name": name,
                    "x": [point.x.isoformat() for point in points],
                    "y": [up(point.value) for point in points],
                    "text": [f"n = {point.n:,}" if point.n is not None else "" for point in points],
                    "line": style,
                    "marker": {
                        "size": 7,
                        "symbol": [symbols[point.state] for point in points],
                        "color": [colours[point.state] for point in points],
                    },
                }
            )
    axis = {"ticksuffix": {"percent": "%", "seconds": " s"}.get(chart.unit, ""), "hoverformat": ",.1f"}
    return {"data": data, "layout": {"shapes": _shapes(chart, up), "yaxis": axis}}


def _limit_runs(limits: list[Limits]) -> list[list[Limits]]:
    """Limits that are drawn as one line: those of single days that follow each other, any other by itself."""
    runs: list[list[Limits]] = []
    for one in limits:
        is_next = one.start == one.end and runs and runs[-1][-1].end + timedelta(days=1) == one.start
        if is_next and runs[-1][-1].start == runs[-1][-1].end:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _shapes(chart: RunChart, up) -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = []
    for step in chart.targets:
        for bound in (step.low, step.high):
            if bound is not None:
                shapes.append(
                    {
                        "type": "line",
                        "x0": step.start.isoformat(),
                        "x1": step.end.isoformat(),
                        "y0": up(bound),
                        "y1": up(bound),
                        "line": {"color": "token:ink-2", "width": 1.5, "dash": "9px,3px"},
                    }
                )
    for marker in chart.markers:
        colour = "token:accent" if marker.kind == "action" else "token:ink-3"
        dash = "solid" if marker.kind == "action" else "1px,3px"
        shapes.append(
            {
                "type": "line",
                "x0": marker.day.isoformat(),
                "x1": marker.day.isoformat(),
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": colour, "width": 1.5, "dash": dash},
            }
        )
    return shapes
