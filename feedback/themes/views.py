"""Reading themes: the explorer and the page of one theme."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_GET

from ccperf.core.addresses import record_address
from ccperf.core.charts.run import run_chart_figure
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.identifiers import as_id
from ccperf.people.access import require_capability
from ccperf.privacy.threshold import HIDDEN, Grain, explanation, minimum
from feedback.themes import overview as explorer
from feedback.themes import theme_page
from feedback.themes.forms import RunForm
from feedback.themes.models import CheckSample, Theme
from feedback.themes.opportunities import opportunities
from feedback.themes.periods import period_of
from feedback.themes.quality import quality_of
from feedback.themes.selectors import WEEKS, steps_for, until_asked, weeks_asked

LAST_PAGE = 99_999
FIRST_SHOWN = 3
EXPORT_HEADER = (
    "Theme",
    "Matter of",
    "Comments",
    "Share",
    "Negative",
    "Agents",
    "Change",
    "Low",
    "High",
    "Reading",
)


@require_GET
@require_capability("themes.read")
def theme_list(request: HttpRequest) -> HttpResponse:
    """The explorer: what people speak about, what moves, what may be new."""
    until = until_asked(request.GET.get("until", ""))
    page, first = opportunities(request.user, weeks_asked(request.GET.get("weeks", "")), until)
    kind = wanted_format(request)
    if kind:
        if page.guarded:
            return table_response(kind, "themes", EXPORT_HEADER[:6], _guarded_export(page))
        return table_response(kind, "themes", EXPORT_HEADER, _export(page))
    access = request.user.access
    may_act = access.can("actions.propose")
    context = {
        "page": page,
        "period": "" if page.guarded else period_of(request),
        "unused": Theme.objects.visible_to(request.user).exclude(status=Theme.Status.ACTIVE),
        "found": [(one, steps_for(one.theme, may_act)) for one in first[:FIRST_SHOWN]],
        "weeks_choices": [] if page.guarded else WEEKS,
        "minimum": minimum(Grain.DISTRIBUTION),
        "explanation": explanation(Grain.DISTRIBUTION),
        "may_curate": access.can("themes.curate"),
        "run_form": RunForm(user=request.user),
        "show_all": request.GET.get("show") == "all",
        "until": until,
        "past": _past(until),
    }
    return render(request, "themes/theme_list.html", context)


@require_GET
@require_capability("themes.read")
def theme_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One theme: trend, comments with the words that put them here, teams."""
    themes = Theme.objects.visible_to(request.user).select_related("parent", "owner", "merged_into")
    theme = get_object_or_404(themes, pk=pk)
    if theme.merged_into_id:
        return redirect(theme.merged_into)
    until = until_asked(request.GET.get("until", ""))
    page = theme_page.theme_page(
        request.user,
        theme,
        weeks=weeks_asked(request.GET.get("weeks", "")),
        until=until,
        page=min(as_id(request.GET.get("page")) or 1, LAST_PAGE),
    )
    access = request.user.access
    context = {
        "theme": theme,
        "page": page,
        "figure": run_chart_figure(page.chart),
        "move_options": format_html_join("", '<option value="{}">{}</option>', page.choices),
        "places_to_drop": format_html_join(
            "",
            '<li><a href="{}" data-drop="{}"><span>{}</span></a></li>',
            ((record_address("themes:theme-detail", pk), pk, label) for pk, label in page.choices),
        ),
        "team_explanation": explanation(Grain.AVERAGE),
        "quality": quality_of(CheckSample.objects.filter(checked__gt=0).first(), theme.pk),
        "as_table": request.GET.get("view") == "table",
        "until": until,
        "past": _past(until),
        "weeks_choices": [] if page.guarded else WEEKS,
        "minimum": minimum(Grain.DISTRIBUTION),
        "explanation": explanation(Grain.DISTRIBUTION),
        "may_curate": access.can("themes.curate"),
        "steps": steps_for(theme, access.can("actions.propose")),
    }
    return render(request, "themes/theme_detail.html", context)


# ---- inside


def _past(until: date | None) -> str:
    """What links of a page about a past period carry on."""
    return format_html("&amp;until={}", until.isoformat()) if until else ""


def _guarded_export(page: explorer.Overview) -> list[list]:
    """What the page shows to readers without the words: no change, because the weeks before are not shown."""
    rows: list[list] = [
        [
            row.theme.name,
            row.theme.get_attribution_display(),
            row.count,
            HIDDEN if row.is_hidden else row.share,
            HIDDEN if row.is_hidden else row.negative,
            row.agents,
        ]
        for row in page.by_count
    ]
    return [*rows, [explanation(Grain.DISTRIBUTION)]] if any(row.is_hidden for row in page.rows) else rows


def _export(page: explorer.Overview) -> list[list]:
    return [
        [
            row.theme.name,
            row.theme.get_attribution_display(),
            row.count,
            row.share,
            row.negative,
            row.agents,
            row.movement.change,
            row.movement.low,
            row.movement.high,
            row.words,
        ]
        for row in page.by_count
    ]
