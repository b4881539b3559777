"""A run chart of 26 weeks with limits, a target and marks: as the browser explores it, and as it is drawn."""

from datetime import date, timedelta
from typing import Any

from ccperf.core.charts import (
    ChartPoint,
    Limits,
    Marker,
    RunChart,
    TargetStep,
    plotly_spec,
    run_chart_svg,
)
from tests.bench.figures import in_turn, percentile, rounded

WEEKS = 26
CHARTS = 100


def run() -> list[dict[str, Any]]:
    chart = made_up()
    actions = [
        lambda: [plotly_spec(chart) for _ in range(CHARTS)],
        lambda: [run_chart_svg(chart) for _ in range(CHARTS)],
    ]
    named = ("chart spec of 26 weeks", "chart of 26 weeks, drawn")
    return [
        {
            "name": name,
            "value": rounded(percentile(times, 0.5) * 1000 / CHARTS),
            "unit": "ms",
            "ratio_to": None,
            "limit": limit,
        }
        for name, limit, times in zip(named, (0.5, None), in_turn(actions, 10), strict=True)
    ]


def made_up() -> RunChart:
    days = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(WEEKS)]
    return RunChart(
        title="First contact resolution",
        description="26 weeks",
        unit="percent",
        points=tuple(ChartPoint(day, 0.7 + day.day % 7 / 100, 200, "normal") for day in days),
        limits=(Limits(days[0], days[-1], 0.73, 0.68, 0.78),),
        targets=(TargetStep(days[0], days[-1], low=0.75),),
        markers=(Marker(days[9], "action", "Coaching"), Marker(days[15], "change", "New tool")),
    )
