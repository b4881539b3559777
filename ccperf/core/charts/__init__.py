"""Charts as server-made SVG, coloured by classes so that themes and print follow the tokens.

Build a spec from plain dataclasses, then draw it: ``run_chart_svg``, ``spark_svg``, ``survival_svg``,
``band_chart_svg``, ``funnel_svg``. ``plotly_spec`` gives the same run chart as a plain dict for readers who
explore.
"""

from ccperf.core.charts.band import BandPoint, band_chart_svg
from ccperf.core.charts.day import DayChart, DayPoint, day_figure
from ccperf.core.charts.explore import plotly_spec
from ccperf.core.charts.funnel import FunnelPoint, funnel_svg
from ccperf.core.charts.histogram import histogram_svg
from ccperf.core.charts.run import run_chart_figure, run_chart_svg, spark_svg
from ccperf.core.charts.spec import ChartPoint, Limits, Marker, PeerBand, RunChart, State, TargetStep
from ccperf.core.charts.survival import SurvivalCurve, survival_figure, survival_svg

__all__ = [
    "BandPoint",
    "ChartPoint",
    "DayChart",
    "DayPoint",
    "FunnelPoint",
    "Limits",
    "Marker",
    "PeerBand",
    "RunChart",
    "State",
    "SurvivalCurve",
    "TargetStep",
    "band_chart_svg",
    "day_figure",
    "funnel_svg",
    "histogram_svg",
    "plotly_spec",
    "run_chart_figure",
    "run_chart_svg",
    "spark_svg",
    "survival_figure",
    "survival_svg",
]
