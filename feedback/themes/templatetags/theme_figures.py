"""Figures that the threshold guard may have hidden."""

from django import template

from ccperf.core.numbers import format_count
from ccperf.privacy.threshold import Hidden

register = template.Library()


@register.filter
def shown(value: int | float | str | None) -> str:
    """A count as the page shows it; what is hidden says so."""
    return str(value) if isinstance(value, Hidden | str) else format_count(value)
