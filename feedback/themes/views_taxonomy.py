"""The tree of themes put in order: every step shows what it would move before it is taken."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.core.forms import StaleEdit
from ccperf.jobs.models import Job
from ccperf.jobs.selectors import progress_facts
from ccperf.metrics.models import MetricDefinition
from ccperf.people.access import require_capability
from ccperf.people.models import Person
from feedback.themes import curating, foresight
from feedback.themes.forms import (
    ConfirmForm,
    EditThemeForm,
    MergeForm,
    NewThemeForm,
    SplitForm,
    ThemeForm,
    add_errors,
)
from feedback.themes.kinds import WHAT_IF
from feedback.themes.models import Theme

MADE = "Comments are being read for it."


@require_http_methods(["GET", "POST"])
@require_capability("themes.curate")
def theme_create(request: HttpRequest) -> HttpResponse:
    """A theme that nobody had before."""
    form = NewThemeForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            return _try_out(request, [_entry("new", form)], {"what": "create", **_stored(form)})
        try:
            address, first = form.once(lambda: curating.create_theme(by=request.user, **form.description()))
        except ValidationError as error:
            add_errors(form, error)
        else:
            if first:
                messages.success(request, f"Added. {MADE}")
            return redirect(address)
    return _form_page(request, form, "New theme", "Add theme without looking", reverse("themes:theme-list"))


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
        "metric": theme.metric_id,
        "version": theme.version,
    }
    form = EditThemeForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        if "preview" in request.POST:
            step = {"what": "update", "theme": theme.pk, "version": version, **_stored(form)}
            return _try_out(request, [_entry(theme.pk, form)], step)
        try:
            curating.update_theme(theme=theme, by=request.user, version=version, **form.description())
        except StaleEdit as stale:
            form.show_stale(stale)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Saved. Comments are being read again for it.")
            return redirect(theme)
    title, back = f"Change {theme}", theme.get_absolute_url()
    return _form_page(request, form, title, "Save without looking", back)


@require_http_methods(["GET", "POST"])
@require_capability("themes.curate")
def theme_split(request: HttpRequest, pk: int) -> HttpResponse:
    """Up to three parts of a theme become themes of their own."""
    theme = get_object_or_404(Theme.objects.visible_to(request.user).live(), pk=pk)
    form = SplitForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        parts = form.parts()
        if "preview" in request.POST:
            step = {"what": "split", "theme": theme.pk, "parts": [vars(part) for part in parts]}
            return _try_out(request, _split_draft(theme, parts), step)
        try:
            address, _ = form.once(lambda: _first_part(theme, parts, request))
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{theme} was split. Comments are being read for its parts.")
            return redirect(address)
    hint = (
        f"Parts stand {'beside' if theme.parent_id else 'below'} {theme}. Phrases given to a part are taken "
        f"from it; what people confirmed in it stays. Its phrases: {'; '.join(theme.phrases) or 'none'}."
    )
    title, back = f"Split {theme}", theme.get_absolute_url()
    return _form_page(request, form, title, "Split without looking", back, hint)


@require_http_methods(["GET", "POST"])
@require_capability("themes.curate")
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """What a changed taxonomy would move, and the press that confirms it."""
    mine = Job.objects.visible_to(request.user).filter(kind=WHAT_IF, created_by=request.user)
    job = get_object_or_404(mine, pk=pk)
    form = ConfirmForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid() and job.status == Job.Status.DONE:
        try:
            address, first = form.once(lambda: _take(job.params["step"], request))
        except StaleEdit as stale:
            form.add_error(None, str(stale))
        except ValidationError as error:
            add_errors(form, error)
        else:
            if first:
                messages.success(request, f"Done. {MADE}")
            return redirect(address)
    context = {
        **progress_facts(job),
        "form": form,
        "changes": foresight.tried(request.user, job),
        "back": _back(job.params["step"]),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "themes/what_if.html", context, status=status)


@require_http_methods(["GET", "POST"])
@require_capability("themes.curate")
def theme_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything of this theme goes to another one; asked which, the page shows what would go."""
    theme = get_object_or_404(Theme.objects.visible_to(request.user), pk=pk)
    if request.method == "GET" and theme.status != Theme.Status.ACTIVE:
        return _lead_on(request, theme)
    form = MergeForm(
        request.POST if request.method == "POST" else request.GET or None, user=request.user, theme=theme
    )
    into = form.cleaned_data["into"] if form.is_bound and form.is_valid() else None
    if request.method == "POST" and into:
        try:
            into = curating.merge_theme(theme=theme, into=into, by=request.user)
        except ValidationError as error:
            add_errors(form, error)
            into = None
        else:
            messages.success(
                request,
                f"{theme.name} is now part of {into}. Its confirmed comments went along. It can be undone in "
                "the history of the theme.",
            )
            return redirect(into)
    moving = foresight.moved_by_leaving(request.user, theme, into) if into else None
    context = {"theme": theme, "form": form, "into": into, "moving": moving}
    status = 422 if request.method == "POST" else 200
    return render(request, "themes/theme_merge.html", context, status=status)


@require_http_methods(["GET", "POST"])
@require_capability("themes.curate")
def theme_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """No comment is sorted into it any more; the page says how many it has."""
    theme = get_object_or_404(Theme.objects.visible_to(request.user), pk=pk)
    if request.method == "GET" and theme.status != Theme.Status.ACTIVE:
        return _lead_on(request, theme)
    form = ConfirmForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            curating.retire_theme(theme=theme, by=request.user)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{theme} is retired. Comments that carry it keep it.")
            return redirect(theme)
    context = {"theme": theme, "form": form, "moving": foresight.moved_by_leaving(request.user, theme)}
    status = 422 if request.method == "POST" else 200
    return render(request, "themes/theme_retire.html", context, status=status)


@require_POST
@require_capability("themes.curate")
def theme_revive(request: HttpRequest, pk: int) -> HttpResponse:
    """Use a retired theme again."""
    return _step(request, pk, curating.revive_theme, "{} is in use again. Comments are being read for it.")


@require_POST
@require_capability("themes.curate")
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a merged theme back."""
    return _step(
        request, pk, curating.undo_merge, "{} is a theme of its own again. All comments are read again."
    )


@require_POST
@require_capability("themes.curate")
def theme_pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a theme first in the tree, or no longer."""
    theme = get_object_or_404(Theme.objects.visible_to(request.user).live(), pk=pk)
    pinned = request.POST.get("pinned") == "1"
    curating.pin_theme(theme=theme, pinned=pinned, by=request.user)
    messages.success(request, f"{theme} is {'pinned' if pinned else 'no longer pinned'}.")
    return redirect(theme)


@require_GET
@require_capability("themes.read")
def theme_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version of a theme, newest first, and what was merged into it."""
    theme = get_object_or_404(Theme.objects.visible_to(request.user), pk=pk)
    merged = theme.merges_in.filter(undone_at__isnull=True, theme__merged_into=theme)
    context = {
        "theme": theme,
        "versions": theme.versions.order_by("-number"),
        "merged": merged.select_related("theme"),
        "may_curate": request.user.access.can("themes.curate"),
    }
    return render(request, "themes/theme_history.html", context)


# ---- inside


def _step(request: HttpRequest, pk: int, take: Callable, sentence: str) -> HttpResponse:
    before = theme = get_object_or_404(Theme.objects.visible_to(request.user), pk=pk)
    try:
        theme = take(theme=theme, by=request.user)
    except ValidationError as error:
        return render(
            request,
            "themes/not_done.html",
            {"theme": theme, "sentence": " ".join(error.messages)},
            status=422,
        )
    if theme.version == before.version:
        messages.info(request, f"{theme} is in use already.")
    else:
        messages.success(request, sentence.format(theme))
    return redirect(theme)


def _lead_on(request: HttpRequest, theme: Theme) -> HttpResponse:
    """Say that a theme is no longer in use, and go where it is now."""
    if theme.merged_into:
        messages.info(request, f"{theme} is merged into {theme.merged_into} already.")
    else:
        messages.info(request, f"{theme} is retired already.")
    return redirect(theme.merged_into or theme)


def _try_out(request: HttpRequest, draft: list[dict[str, Any]], step: dict[str, Any]) -> HttpResponse:
    job = foresight.try_draft(by=request.user, draft=draft, step=step)
    return redirect("themes:what-if", job.pk)


def _entry(key: int | str, form: ThemeForm) -> dict[str, Any]:
    return {"key": key} | {name: form.cleaned_data[name] for name in ("name", "definition", "phrases")}


def _stored(form: ThemeForm) -> dict[str, Any]:
    """The description as a job keeps it: ids instead of records."""
    fields = form.description()
    return {
        "fields": fields
        | {part: fields[part].pk if fields[part] else None for part in ("parent", "owner", "metric")}
    }


def _split_draft(theme: Theme, parts: list[curating.Part]) -> list[dict[str, Any]]:
    given = {phrase.lower() for part in parts for phrase in part.phrases}
    kept = [phrase for phrase in theme.phrases if phrase.lower() not in given]
    old = {"key": theme.pk, "name": theme.name, "definition": theme.definition, "phrases": kept}
    new = [
        {"key": f"part-{number}", "name": part.name, "phrases": part.phrases}
        for number, part in enumerate(parts)
    ]
    return [old, *new]


def _first_part(theme: Theme, parts: list[curating.Part], request: HttpRequest) -> Theme:
    curating.split_theme(theme=theme, parts=parts, by=request.user)
    return theme


def _take(step: dict[str, Any], request: HttpRequest) -> Theme:
    """Do what was tried out."""
    if step["what"] == "split":
        parts = [curating.Part(**part) for part in step["parts"]]
        return _first_part(_theme(step, request), parts, request)
    fields = dict(step["fields"])
    themes = Theme.objects.visible_to(request.user).live()
    fields["parent"] = themes.filter(pk=fields["parent"]).first()
    fields["owner"] = Person.objects.visible_to(request.user).filter(pk=fields["owner"]).first()
    fields["metric"] = MetricDefinition.objects.active().filter(pk=fields["metric"]).first()
    if step["what"] == "create":
        return curating.create_theme(by=request.user, **fields)
    theme, version = _theme(step, request), step["version"]
    return curating.update_theme(theme=theme, by=request.user, version=version, **fields)


def _theme(step: dict[str, Any], request: HttpRequest) -> Theme:
    theme = Theme.objects.visible_to(request.user).filter(pk=step["theme"]).first()
    if theme is None:
        raise Http404
    return theme


def _back(step: dict[str, Any]) -> str:
    names = {"create": "themes:theme-create", "update": "themes:theme-update", "split": "themes:theme-split"}
    return reverse(names[step["what"]], args=[step["theme"]] if "theme" in step else [])


def _form_page(
    request: HttpRequest, form, title: str, button: str, back: str, hint: str = ""
) -> HttpResponse:
    context = {"form": form, "title": title, "button": button, "back": back, "hint": hint}
    status = 422 if request.method == "POST" else 200
    return render(request, "themes/form_page.html", context, status=status)
