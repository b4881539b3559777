"""Analyses, and what is decided about suggestions."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ccperf.people.access import require_capability
from feedback.models import may_read_item
from feedback.themes import emerging, services
from feedback.themes.forms import MergeSuggestionForm, PromoteForm, RunForm, add_errors
from feedback.themes.models import Theme, ThemeSuggestion
from feedback.themes.quotes import known_names, pieces_of

EXAMPLES_SHOWN = 8


@require_POST
@require_capability("themes.curate")
def run_start(request: HttpRequest) -> HttpResponse:
    """Read all comments again; a second press finds the analysis that already waits or runs."""
    form = RunForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, "Choose coarse, medium or fine.")
        return render(request, "themes/run_error.html", {"form": form}, status=422)
    wished = form.cleaned_data["grain"]
    begun = services.start_analysis(by=request.user, grain=wished).params["grain"]
    if begun != wished:
        messages.warning(
            request,
            f"An analysis is under way, and it cuts new themes {begun}. "
            f"Start another one when it is done to have them {wished}.",
        )
    return redirect("themes:theme-list")


@require_http_methods(["GET", "POST"])
@require_capability("themes.read")
def suggestion_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What may be a new theme, with comments the reader may see; a curator makes it one."""
    rows = ThemeSuggestion.objects.visible_to(request.user).select_related("nearest", "theme")
    suggestion = get_object_or_404(rows, pk=pk)
    may_curate = request.user.access.can("themes.curate")
    if request.method == "POST":
        return _promote(request, suggestion, may_curate)
    if suggestion.theme_id:
        return redirect(suggestion.theme)
    initial = {"name": (suggestion.phrases or [suggestion.name])[0].capitalize()}
    if suggestion.nearest:
        initial["attribution"] = suggestion.nearest.attribution
    form = PromoteForm(user=request.user, initial=initial) if may_curate else None
    return _suggestion_page(request, suggestion, form)


def _promote(request: HttpRequest, suggestion: ThemeSuggestion, may_curate: bool) -> HttpResponse:
    if not may_curate:
        raise PermissionDenied
    form = PromoteForm(request.POST, user=request.user)
    if form.is_valid():
        parent = form.cleaned_data["parent"]
        try:
            address, first = form.once(
                lambda: emerging.promote_suggestion(
                    suggestion=suggestion,
                    by=request.user,
                    name=form.cleaned_data["name"],
                    attribution=form.cleaned_data["attribution"],
                    parent=Theme.objects.visible_to(request.user).live().filter(pk=parent).first()
                    if parent
                    else None,
                )
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            if first:
                messages.success(request, "It is a theme now. Comments are being read for it.")
            return redirect(address)
    return _suggestion_page(request, suggestion, form, status=422)


@require_POST
@require_capability("themes.curate")
def suggestion_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """It is part of a theme that exists."""
    suggestion = get_object_or_404(ThemeSuggestion.objects.visible_to(request.user), pk=pk)
    form = MergeSuggestionForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            into = emerging.merge_suggestion(
                suggestion=suggestion, into=form.cleaned_data["into"], by=request.user
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"“{suggestion.name}” is part of {into} now. {into} learns from it.")
            return redirect(into)
    promote = PromoteForm(user=request.user)
    return _suggestion_page(request, suggestion, promote, merge=form, status=422)


@require_POST
@require_capability("themes.curate")
def suggestion_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Not a theme; it comes back only if it grows."""
    suggestion = get_object_or_404(ThemeSuggestion.objects.visible_to(request.user), pk=pk)
    emerging.dismiss_suggestion(suggestion=suggestion, by=request.user)
    messages.success(request, f"Dismissed “{suggestion.name}”. It comes back only if it grows by half.")
    return redirect("themes:theme-list")


# ---- inside


def _suggestion_page(
    request: HttpRequest, suggestion: ThemeSuggestion, form, *, merge=None, status: int = 200
) -> HttpResponse:
    members = suggestion.members.filter(may_read_item(request.user))
    members = members.select_related("item__route", "item__team")
    names = known_names()
    quotes = [(member.item, pieces_of(member.item.text, (), names)) for member in members[:EXAMPLES_SHOWN]]
    if form and merge is None:
        merge = MergeSuggestionForm(user=request.user, initial={"into": suggestion.nearest_id})
    context = {"suggestion": suggestion, "quotes": quotes, "form": form, "merge": merge}
    return render(request, "themes/suggestion_detail.html", context, status=status)
