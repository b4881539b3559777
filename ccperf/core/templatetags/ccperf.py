"""Tags and filters of every page: icons, dates, numbers."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from ccperf.core.addresses import record_address
from ccperf.core.charts import RunChart, run_chart_figure, run_chart_svg
from ccperf.core.dates import day_words, full_day_words
from ccperf.core.icons import symbols
from ccperf.core.numbers import (
    format_change,
    format_change_range,
    format_count,
    format_share,
    format_value,
    signed,
)

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """The icon ``name``; with a ``label`` it speaks to screen readers, without one it is decoration.

    Raises KeyError for a name that the sheet does not have.
    """
    box, paths = symbols()[name]
    speech = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="ic" viewBox="{}" fill="currentColor" {} focusable="false">{}</svg>',
        box,
        speech,
        mark_safe(paths),  # noqa: S308 - from the committed icon sheet
    )


@register.simple_tag
def asset(path: str) -> str:
    """The address of a static file, or nothing where none was collected: an error page must not fail."""
    try:
        return static(path)
    except ValueError:
        return ""


register.simple_tag(record_address)


@register.filter
def last_day(ends_before: date | None) -> date | None:
    """The last day on which a dated row holds; people do not think in half-open ranges."""
    return ends_before and ends_before - timedelta(days=1)


@register.filter
def day(value: date | datetime | str | None) -> str:
    """A date for people: 17 Aug within this year, 17 Aug 2025 otherwise, with spaces that do not break."""
    if isinstance(value, str):
        value = parse_date(value[:10])
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return day_words(value)


@register.filter
def full_day(value: date | datetime | None) -> str:
    """A date with its year: 17 Aug 2026."""
    if value is None:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return full_day_words(value)


@register.filter
def moment(value: datetime | None) -> str:
    """Date and time: 17 Aug, 09:40."""
    return f"{day(value)}, {timezone.localtime(value):%H:%M}" if value else ""


@register.filter
def count(value: float | int | None) -> str:
    return format_count(value)


@register.filter
def amount(value: float | None) -> str:
    """A sum without rounding what matters: whole numbers as counts, others with two decimals."""
    if value is None or float(value).is_integer():
        return format_count(value)
    return signed(f"{value:,.2f}")


@register.filter
def measure(value: float | None, unit: str) -> str:
    """A value with its unit: {{ point.value|measure:metric.unit }}."""
    return format_value(value, unit)


@register.filter
def change(value: float | None, unit: str) -> str:
    """A difference of two values of a unit."""
    return format_change(value, unit)


@register.simple_tag
def change_range(low: float | None, high: float | None, unit: str) -> str:
    """The interval of a difference of two values of a unit."""
    return format_change_range(low, high, unit)


@register.filter
def percent(value: float | None) -> str:
    """A fraction as a whole percentage: {{ row.share|percent }}."""
    return format_share(value)


@register.filter
def get(mapping: dict, key: Any) -> Any:
    """The value of ``key``, or None."""
    return mapping.get(key)


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pages(context: dict, page) -> dict:
    """Links to the other pages of a long list; filters in the address are kept."""
    return {"page": page, "request": context["request"]}


@register.simple_tag
@lru_cache(maxsize=512)
def variation(state: str, words: str) -> SafeString:
    """The latest state of a measure, shape and words: ``better``, ``worse``, ``changed``, ``early``, or
    ``normal``. A table of teams says the same few dozens of times.
    """
    context = {"state": {"normal": "noise"}.get(state, state), "words": words}
    return render_to_string("components/variation.html", context)


@register.simple_tag
def run_chart(chart: RunChart, width: int = 0) -> SafeString:
    """A run chart: one drawing of ``width``, or the wide and the narrow one of which the screen shows one."""
    return run_chart_svg(chart, width) if width else run_chart_figure(chart)
