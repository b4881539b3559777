"""Reading themes, and saying where a comment belongs."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html_join
from django.views.decorators.http import require_GET, require_POST

from ccperf.core.charts.run import run_chart_figure
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.identifiers import as_id
from ccperf.people.access import require_capability
from ccperf.privacy.threshold import HIDDEN, Grain, explanation, minimum
from feedback.models import FeedbackItem
from feedback.themes import overview as explorer
from feedback.themes import services, theme_page
from feedback.themes.forms import MoveForm, RunForm
from feedback.themes.models import Theme
from feedback.themes.selectors import WEEKS, action_url, weeks_asked

LAST_PAGE = 99_999
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
    page = explorer.overview(request.user, weeks_asked(request.GET.get("weeks", "")))
    kind = wanted_format(request)
    if kind:
        if page.guarded:
            return table_response(kind, "themes", EXPORT_HEADER[:6], _guarded_export(page))
        return table_response(kind, "themes", EXPORT_HEADER, _export(page))
    access = request.user.access
    context = {
        "page": page,
        "weeks_choices": [] if page.guarded else WEEKS,
        "minimum": minimum(Grain.DISTRIBUTION),
        "explanation": explanation(Grain.DISTRIBUTION),
        "may_curate": access.can("themes.curate"),
        "may_act": access.can("actions.propose"),
        "run_form": RunForm(user=request.user),
        "show_all": request.GET.get("show") == "all",
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
    page = theme_page.theme_page(
        request.user,
        theme,
        weeks=weeks_asked(request.GET.get("weeks", "")),
        page=min(as_id(request.GET.get("page")) or 1, LAST_PAGE),
    )
    access = request.user.access
    context = {
        "theme": theme,
        "page": page,
        "figure": run_chart_figure(page.chart),
        "move_options": format_html_join("", '<option value="{}">{}</option>', page.choices),
        "team_explanation": explanation(Grain.AVERAGE),
        "as_table": request.GET.get("view") == "table",
        "weeks_choices": [] if page.guarded else WEEKS,
        "minimum": minimum(Grain.DISTRIBUTION),
        "explanation": explanation(Grain.DISTRIBUTION),
        "may_curate": access.can("themes.curate"),
        "action_url": action_url(theme) if access.can("actions.propose") else "",
    }
    return render(request, "themes/theme_detail.html", context)


@require_POST
@require_capability("themes.read")
def comment_confirm(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """The comment carries this theme."""
    theme, item = _theme_and_item(request, pk, item_pk)
    return _settled(
        request,
        theme,
        item,
        lambda: services.confirm_theme(item=item, theme=theme, by=request.user),
        f"Confirmed in {theme}. It stays there through every analysis.",
    )


@require_POST
@require_capability("themes.read")
def comment_refuse(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """The comment does not carry this theme."""
    theme, item = _theme_and_item(request, pk, item_pk)
    return _settled(
        request,
        theme,
        item,
        lambda: services.refuse_theme(item=item, theme=theme, by=request.user),
        f"Taken out of {theme}. It will not come back by itself.",
    )


@require_POST
@require_capability("themes.read")
def comment_move(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """The comment belongs to another theme."""
    theme, item = _theme_and_item(request, pk, item_pk)
    form = MoveForm(request.POST, user=request.user)
    if not form.is_valid():
        return _told(request, theme, item, " ".join(form.errors["to"]), failed=True)
    right = form.cleaned_data["to"]
    return _settled(
        request,
        theme,
        item,
        lambda: services.move_theme(item=item, wrong=theme, right=right, by=request.user),
        f"Moved to {right}. It stays there through every analysis.",
        moved_to=right,
    )


@require_POST
@require_capability("themes.read")
def comment_take_back(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """What this user said of the comment and theme is forgotten; of a move, both halves."""
    theme, item = _theme_and_item(request, pk, item_pk)
    themes = Theme.objects.visible_to(request.user).filter(pk=as_id(request.POST.get("moved_to", "")) or 0)
    for one in (theme, *themes):
        services.take_back(item=item, theme=one, by=request.user)
    sentence = "Taken back. The comment is read again within a minute, without what you said."
    return _told(request, theme, item, sentence, undoable=False)


# ---- inside


def _theme_and_item(request: HttpRequest, pk: int, item_pk: int) -> tuple[Theme, FeedbackItem]:
    item = get_object_or_404(
        FeedbackItem.objects.visible_to(request.user).standing().select_related("about_person"), pk=item_pk
    )
    theme = get_object_or_404(Theme.objects.visible_to(request.user).live(), pk=pk)
    return theme, item


def _settled(
    request: HttpRequest, theme: Theme, item: FeedbackItem, save, done: str, *, moved_to: Theme | None = None
) -> HttpResponse:
    """Run the service and answer with the comment's new state, as a fragment or by going back."""
    try:
        save()
    except ValidationError as error:
        return _told(request, theme, item, " ".join(error.messages), failed=True)
    return _told(request, theme, item, done, moved_to=moved_to)


def _told(
    request: HttpRequest,
    theme: Theme,
    item: FeedbackItem,
    sentence: str,
    *,
    failed: bool = False,
    undoable: bool = True,
    moved_to: Theme | None = None,
) -> HttpResponse:
    if request.htmx:
        context = {
            "sentence": sentence,
            "failed": failed,
            "undoable": undoable and not failed,
            "moved_to": moved_to,
            "item": item,
            "theme": theme,
        }
        return render(request, "themes/_settled.html", context)
    (messages.error if failed else messages.success)(request, sentence)
    if failed:
        return render(
            request,
            "themes/move_error.html",
            {"theme": theme, "item": item, "sentence": sentence},
            status=422,
        )
    return redirect(theme)


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
