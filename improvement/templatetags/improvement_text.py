"""Small parts of the page of an action: its chart, the shape of its verdict, icons of its story."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from ccperf.core.charts import RunChart, run_chart_figure

register = template.Library()

STEP_ICONS = {
    "proposed": "pencil",
    "changed": "pencil",
    "countered": "arrow-left-right",
    "agreed": "check-lg",
    "disagreed": "chat-left-text",
    "withdrew": "slash-circle",
    "left_out": "person-dash",
}
SHAPES = {
    "better": '<rect x="2.5" y="2.5" width="11" height="11" rx="1.5"/>',
    "worse": '<path d="M8 .8 15.2 8 8 15.2.8 8z"/>',
    "noise": '<circle cx="8" cy="8" r="5"/>',
}


@register.filter
def step_icon(kind: str) -> str:
    """The icon of one step of an agreement."""
    return STEP_ICONS.get(kind, "circle")


@register.simple_tag
def verdict_shape(state: str) -> SafeString:
    """Square, diamond or circle, as in the charts."""
    shape = SHAPES.get(state, SHAPES["noise"])
    return mark_safe(  # noqa: S308 - constants of this module
        f'<span class="cp-var is-{state}"><svg viewBox="0 0 16 16" fill="currentColor" aria-hidden="true" '
        f'focusable="false">{shape}</svg></span>'
    )


@register.simple_tag
def run_chart(chart: RunChart) -> SafeString:
    """The chart for wide and for narrow pages."""
    return run_chart_figure(chart)
