"""Parts of pages about themes: figures that may be hidden, what a theme is a matter of, words quoted."""

from collections.abc import Iterable

from django import template
from django.template.defaultfilters import linebreaksbr, pluralize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from ccperf.core.numbers import format_change, format_change_range, format_count
from ccperf.core.templatetags.ccperf import icon, percent, variation
from ccperf.privacy.threshold import HIDDEN, Hidden
from feedback.themes.grouping import Cell
from feedback.themes.models import Theme
from feedback.themes.quotes import Piece
from feedback.themes.theme_page import TeamRow

register = template.Library()

HIDDEN_CELL = mark_safe('<td class="num is-hidden"><span>Hidden</span></td>')

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
def heat(cells: Iterable[Cell], guarded: bool) -> SafeString:
    """A row of the heat map, which has hundreds of cells."""
    return format_html_join("", "{}", ((_heat_cell(cell, guarded),) for cell in cells))


def _heat_cell(cell: Cell, guarded: bool) -> SafeString:
    """Share, count, mood and agents; behind the guard a count or the word that hides it."""
    if guarded:
        return _count_cell(cell.count)
    mood = f", {percent(cell.negative)} negative" if cell.count and cell.negative is not None else ""
    agents = (
        f"{cell.agents} agent{pluralize(cell.agents)}"
        if cell.agents
        else "about nobody"
        if cell.count
        else ""
    )
    figures = (cell.shade, percent(cell.lift.share), shown(cell.count), mood, agents, _mark(cell))
    return format_html(
        '<td class="num heat-{}">{}<span class="ci">{}{}</span><span class="ci">{}</span>{}</td>', *figures
    )


def _count_cell(count: int | str) -> SafeString:
    return HIDDEN_CELL if count is HIDDEN else format_html('<td class="num">{}</td>', shown(count))


def _mark(cell: Cell) -> str:
    """What is beyond chance, with the difference and its interval."""
    if not cell.words:
        return ""
    mark = variation(cell.state, cell.words)
    lift = cell.lift
    if lift.signal not in ("more", "less"):
        return mark
    words = (format_change(lift.difference, "percent"), format_change_range(lift.low, lift.high, "percent"))
    return mark + format_html('<span class="ci">{}</span><span class="ci">{}</span>', *words)


@register.filter
def team_rows(teams: Iterable[TeamRow], guarded: bool) -> SafeString:
    """The teams of a theme, of which a large centre has hundreds."""
    if guarded:
        rows = ((team.name, _count_cell(team.named)) for team in teams)
        return format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', rows)
    return format_html_join(
        "",
        '<tr><th scope="row"><a href="{}">{}</a></th><td class="num">{}</td>'
        '<td class="num">{}<span class="ci">n&nbsp;=&nbsp;{}</span></td></tr>',
        (
            (team.url, team.name, shown(team.named), percent(team.share), shown(team.comments))
            for team in teams
        ),
    )


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
