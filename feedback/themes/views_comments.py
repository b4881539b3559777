"""What people say about single comments: confirming, moving, many at once, and where they disagree."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html_join
from django.views.decorators.http import require_GET, require_POST

from ccperf.core.identifiers import as_id
from ccperf.core.pagination import paginate
from ccperf.people.access import require_capability
from feedback.models import FeedbackItem
from feedback.themes import bulk, reader, services
from feedback.themes.forms import BulkForm, MoveForm, ReaderForm, SettleForm
from feedback.themes.models import Theme
from feedback.themes.selectors import theme_choices

DISAGREEMENTS_SHOWN = 20


@require_GET
@require_capability("themes.read")
def comment_reader(request: HttpRequest) -> HttpResponse:
    """Comments one after another, those first of which the engine is least sure."""
    form = ReaderForm(request.GET, user=request.user)
    choice = form.choice()
    page = reader.reader_page(request.user, choice, as_id(request.GET.get("page")) or 1)
    context = {
        "form": form,
        "choice": choice,
        "page": page,
        "move_options": format_html_join("", '<option value="{}">{}</option>', theme_choices()),
    }
    return render(request, "themes/reader.html", context)


@require_GET
@require_capability("themes.read")
def comment_reading(request: HttpRequest, item_pk: int) -> HttpResponse:
    """How one comment was read: its parts with their moods, its themes and why."""
    item = _item(request, item_pk)
    context = {
        "item": item,
        "reading": reader.reading_of(request.user, item),
        "move_options": format_html_join("", '<option value="{}">{}</option>', theme_choices()),
    }
    return render(request, "themes/comment_reading.html", context)


@require_GET
@require_capability("themes.read")
def disagreement_list(request: HttpRequest) -> HttpResponse:
    """Comments about which people said different things of the same theme."""
    page = paginate(request, reader.disagreements(request.user), DISAGREEMENTS_SHOWN)
    context = {
        "page": page,
        "disputes": reader.disputes_of(request.user, page.object_list),
        "may_curate": request.user.access.can("themes.curate"),
    }
    return render(request, "themes/disagreement_list.html", context)


@require_POST
@require_capability("themes.curate")
def comment_settle(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """End a disagreement."""
    theme, item = _theme_and_item(request, pk, item_pk)
    form = SettleForm(request.POST, user=request.user)
    if not form.is_valid():
        return _told(request, theme, item, "Choose whether it belongs there.", failed=True)
    belongs = form.cleaned_data["belongs"] == "yes"
    services.settle(item=item, theme=theme, belongs=belongs, by=request.user)
    messages.success(
        request, f"Settled: {item.code} {'belongs' if belongs else 'does not belong'} to {theme}."
    )
    return redirect("themes:disagreement-list")


@require_POST
@require_capability("themes.read")
def comments_bulk(request: HttpRequest, pk: int) -> HttpResponse:
    """Say the same of several comments at once."""
    theme = get_object_or_404(Theme.objects.visible_to(request.user), pk=pk)
    form = BulkForm(request.POST, user=request.user)
    if not form.is_valid():
        sentence = " ".join(message for errors in form.errors.values() for message in errors)
        return render(request, "themes/bulk_error.html", {"theme": theme, "sentence": sentence}, status=422)
    done = bulk.say_of_many(
        user=request.user,
        pairs=form.cleaned_data["chosen"],
        what=form.cleaned_data["do"],
        to=form.cleaned_data["to"],
    )
    messages.success(request, done.sentence)
    return redirect(theme)


@require_POST
@require_capability("themes.read")
def comment_add(request: HttpRequest, item_pk: int) -> HttpResponse:
    """The comment carries this theme as well; for comments that fit nowhere, and for dropping on a theme."""
    item = _item(request, item_pk)
    form = MoveForm(request.POST, user=request.user)
    if not form.is_valid():
        return _told(request, None, item, " ".join(form.errors["to"]), failed=True)
    theme = form.cleaned_data["to"]
    return _settled(
        request,
        theme,
        item,
        lambda: services.confirm_theme(item=item, theme=theme, by=request.user),
        f"Put in {theme}. It stays there through every analysis.",
    )


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

    def save() -> None:
        for one in (theme, *themes):
            services.take_back(item=item, theme=one, by=request.user)

    sentence = "Taken back. The comment is read again within a minute, without what you said."
    return _settled(request, theme, item, save, sentence, undoable=False)


# ---- inside


def _item(request: HttpRequest, pk: int) -> FeedbackItem:
    return get_object_or_404(
        FeedbackItem.objects.visible_to(request.user).standing().select_related("about_person"), pk=pk
    )


def _theme_and_item(request: HttpRequest, pk: int, item_pk: int) -> tuple[Theme, FeedbackItem]:
    item = _item(request, item_pk)
    theme = get_object_or_404(Theme.objects.visible_to(request.user).live(), pk=pk)
    return theme, item


def _settled(
    request: HttpRequest, theme: Theme, item: FeedbackItem, save, done: str, **how: Any
) -> HttpResponse:
    """Run the service and answer with the comment's new state, as a fragment or by going back."""
    try:
        save()
    except ValidationError as error:
        return _told(request, theme, item, " ".join(error.messages), failed=True)
    return _told(request, theme, item, done, **how)


def _told(
    request: HttpRequest,
    theme: Theme | None,
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
    return redirect(_next(request, theme))


def _next(request: HttpRequest, theme: Theme | None) -> str:
    """Back to the reader, where the press came from there; else to the theme."""
    if theme is None or request.POST.get("from") == "reader":
        return "themes:comment-reader"
    return theme.get_absolute_url()
