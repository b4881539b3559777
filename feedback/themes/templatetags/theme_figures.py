"""Parts of pages about themes: figures that may be hidden, what a theme is a matter of, words quoted."""

from collections.abc import Iterable

from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ccperf.core.numbers import format_count
from ccperf.core.templatetags.ccperf import icon, percent
from ccperf.privacy.threshold import Hidden
from feedback.themes.grouping import Cell
from feedback.themes.models import Theme
from feedback.themes.quotes import Piece

register = template.Library()

ICONS = {
    Theme.Attribution.AGENT: "person",
    Theme.Attribution.PROCESS: "diagram-3",
    Theme.Attribution.TOOL: "pc-display",
    Theme.Attribution.POLICY: "file-earmark-text",
    Theme.Attribution.PRODUCT: "box",
    Theme.Attribution.MANAGEMENT: "people",
}


@register.filter
def shown(value: int | float | str | None) -> str:
    """A count as the page shows it; what is hidden says so."""
    return str(value) if isinstance(value, Hidden | str) else format_count(value)


@register.filter
def heat(cell: Cell) -> SafeString:
    """Share, count and how much of it is negative, in a heat map of hundreds of cells."""
    mood = f", {percent(cell.negative)} negative" if cell.count and cell.negative is not None else ""
    return format_html('{}<span class="ci">{}{}</span>', percent(cell.lift.share), shown(cell.count), mood)


@register.simple_tag
def matter_of(theme: Theme) -> SafeString:
    """What the theme is a matter of, as a chip."""
    drawing = icon(ICONS.get(theme.attribution, "globe"))
    return format_html('<span class="cp-chip">{}{}</span>', drawing, theme.get_attribution_display())


@register.filter
def quoted(pieces: Iterable[Piece]) -> SafeString:
    """A quote with its marks, and with what is hidden in it told apart."""
    return format_html_join("", "{}", ((_quoted(piece),) for piece in pieces))


def _quoted(piece: Piece) -> SafeString:
    if piece.is_mark:
        return format_html("<mark>{}</mark>", piece.text)
    if piece.is_mask:
        return format_html('<span class="cp-mask">{}</span>', piece.text)
    return linebreaksbr(piece.text)
