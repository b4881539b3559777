"""Looking after the taxonomy: analyses, suggestions, new, changed and merged themes."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ccperf.core.forms import StaleEdit
from ccperf.people.access import require_capability
from feedback.models import FeedbackItem
from feedback.themes import services
from feedback.themes.forms import EditThemeForm, MergeForm, NewThemeForm, PromoteForm, RunForm
from feedback.themes.models import Theme, ThemeSuggestion
from feedback.themes.quotes import known_names, pieces_of

EXAMPLES_SHOWN = 8


@require_POST
@require_capability("themes.curate")
def run_start(request: HttpRequest) -> HttpResponse:
    """Read all comments again; a second press finds the analysis that already runs."""
    form = RunForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, "Choose coarse, medium or fine.")
        return render(request, "themes/run_error.html", {"form": form}, status=422)
    services.start_analysis(by=request.user, grain=form.cleaned_data["grain"])
    return redirect("themes:theme-list")


@require_http_methods(["GET", "POST"])
@require_capability("themes.curate")
def theme_create(request: HttpRequest) -> HttpResponse:
    """A theme that nobody had before."""
    form = NewThemeForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            address, first = form.once(lambda: services.create_theme(by=request.user, **form.description()))
        except ValidationError as error:
            _add_errors(form, error)
        else:
            if first:
                messages.success(request, "Added. Comments are being read for it.")
            return redirect(address)
    return _form_page(request, form, "New theme", "Add theme", reverse("themes:theme-list"))


@require_http_methods(["GET", "POST"])
@require_capability("themes.curate")
def theme_update(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, definition, phrases, attribution, place and owner of a theme."""
    theme = get_object_or_404(Theme.objects.visible_to(request.user).live(), pk=pk)
    initial = {
        "name": theme.name,
        "definition": theme.definition,
        "phrases": "; ".join(theme.phrases),
        "attribution": theme.attribution,
        "parent": theme.parent_id,
        "owner": theme.owner_id,
        "version": theme.version,
    }
    form = EditThemeForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_theme(
                theme=theme, by=request.user, version=form.cleaned_data["version"], **form.description()
            )
        except StaleEdit as stale:
            form.add_error(None, str(stale))
        except ValidationError as error:
            _add_errors(form, error)
        else:
            messages.success(request, "Saved. Comments are being read again for it.")
            return redirect(theme)
    return _form_page(request, form, f"Change {theme}", "Save theme", theme.get_absolute_url())


@require_http_methods(["GET", "POST"])
@require_capability("themes.curate")
def theme_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything of this theme goes to another one."""
    theme = get_object_or_404(Theme.objects.visible_to(request.user), pk=pk)
    form = MergeForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            into = services.merge_theme(theme=theme, into=form.cleaned_data["into"], by=request.user)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            messages.success(
                request, f"{theme.name} is now part of {into}. Its confirmed comments went along."
            )
            return redirect(into)
    hint = "Comments, corrections, phrases and sub-themes go along. The old name stays in the history."
    return _form_page(request, form, f"Merge {theme}", "Merge theme", theme.get_absolute_url(), hint)


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
                lambda: services.promote_suggestion(
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
            _add_errors(form, error)
        else:
            if first:
                messages.success(request, "It is a theme now. Comments are being read for it.")
            return redirect(address)
    return _suggestion_page(request, suggestion, form, status=422)


@require_POST
@require_capability("themes.curate")
def suggestion_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Not a theme; it comes back only if it grows."""
    suggestion = get_object_or_404(ThemeSuggestion.objects.visible_to(request.user), pk=pk)
    services.dismiss_suggestion(suggestion=suggestion, by=request.user)
    messages.success(request, f"Dismissed “{suggestion.name}”. It comes back only if it grows by half.")
    return redirect("themes:theme-list")


# ---- inside


def _suggestion_page(
    request: HttpRequest, suggestion: ThemeSuggestion, form, status: int = 200
) -> HttpResponse:
    items = FeedbackItem.objects.visible_to(request.user).standing().values("pk")
    members = suggestion.members.filter(item__in=items).select_related("item__route", "item__team")
    names = known_names()
    quotes = [(member.item, pieces_of(member.item.text, (), names)) for member in members[:EXAMPLES_SHOWN]]
    context = {"suggestion": suggestion, "quotes": quotes, "form": form}
    return render(request, "themes/suggestion_detail.html", context, status=status)


def _form_page(
    request: HttpRequest, form, title: str, button: str, back: str, hint: str = ""
) -> HttpResponse:
    context = {"form": form, "title": title, "button": button, "back": back, "hint": hint}
    status = 422 if request.method == "POST" else 200
    return render(request, "themes/form_page.html", context, status=status)


def _add_errors(form, error: ValidationError) -> None:
    """Errors of a service at the field they are about, else on top."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)
