"""Figures and charts of the retention page."""

from datetime import date, timedelta

from django import template
from django.utils.safestring import SafeString

from ccperf.core.templatetags.ccperf import full_day
from retention import charts
from retention.analysis_turnover import RollingPoint, TenureHazard
from retention.intakes import SurvivalPanel
from retention.models import Leaver
from retention.pages import PatternsPage
from retention.pages import band_name as name_of_band
from retention.wording import percent_interval

register = template.Library()


@register.filter
def range_percent(interval: tuple[float, float] | None) -> str:
    """26 to 39%."""
    return percent_interval(interval)


@register.filter
def fine_percent(value: float | None) -> str:
    """A monthly rate needs a decimal: 2.4%."""
    return "no data" if value is None else f"{value * 100:.1f}%"


@register.filter
def fine_range(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0] * 100:.1f} to {interval[1] * 100:.1f}%"


@register.filter
def last_month(point: RollingPoint) -> str:
    """The month a rolling year ends with."""
    return f"{point.ends_before - timedelta(days=1):%B %Y}"


@register.filter
def band_name(band: TenureHazard) -> str:
    return name_of_band(band)


@register.filter
def rough_day(day: date | None, precision: str) -> str:
    """A day as far as it is known: 17 Aug 2026, August 2026 or 2026."""
    if day is None:
        return "not known"
    if precision == Leaver.Precision.DAY:
        return full_day(day)
    return f"{day:%B %Y}" if precision == Leaver.Precision.MONTH else f"{day:%Y}"


@register.simple_tag
def survival_chart(panel: SurvivalPanel) -> SafeString:
    return charts.survival_chart(panel)


@register.simple_tag
def turnover_chart(page: PatternsPage) -> SafeString:
    return charts.turnover_chart(page)
