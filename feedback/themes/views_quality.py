"""How good the engine is here: the sheet of figures, drawing a check sample, and checking."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.core.exports import table_response, wanted_format
from ccperf.core.identifiers import as_id
from ccperf.people.access import require_capability
from feedback.themes import quality
from feedback.themes.analysis_quality import GOOD_ENOUGH, agreement_words
from feedback.themes.forms import AnswerForm, DrawForm, add_errors
from feedback.themes.models import CheckSample, Theme
from feedback.themes.quotes import known_names, pieces_of

HEADER = ("Theme", "Precision", "Low", "High", "Cases", "Recall", "Low", "High", "Cases", "Kappa", "Reading")


@require_GET
@require_capability("themes.read")
def quality_sheet(request: HttpRequest) -> HttpResponse:
    """Precision, recall and agreement by theme, the weakest first."""
    rows = quality.samples()
    chosen = as_id(request.GET.get("sample", ""))
    sample = get_object_or_404(rows, pk=chosen) if chosen else rows.first()
    sheet = _sheet(request, sample)
    kind = wanted_format(request)
    if kind:
        return table_response(kind, "quality-of-themes", HEADER, [_row(*row) for row in sheet])
    return _quality_page(request, sample, sheet, DrawForm(user=request.user))


@require_POST
@require_capability("themes.curate")
def sample_draw(request: HttpRequest) -> HttpResponse:
    """Draw a new check sample."""
    form = DrawForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            sample = quality.draw_sample(by=request.user, size=form.cleaned_data["size"])
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect("themes:sample-check", sample.pk)
    sample = quality.samples().first()
    return _quality_page(request, sample, _sheet(request, sample), form, status=422)


@require_http_methods(["GET", "POST"])
@require_capability("themes.read")
def sample_check(request: HttpRequest, pk: int) -> HttpResponse:
    """One comment after another, without what the engine or anybody else said of it."""
    sample = get_object_or_404(CheckSample, pk=pk)
    form = AnswerForm(request.POST if request.method == "POST" else None, user=request.user)
    status = 200
    if request.method == "POST":
        case = get_object_or_404(
            sample.cases.visible_to(request.user), pk=as_id(request.POST.get("case")) or 0
        )
        status = 422
        if form.is_valid():
            try:
                quality.answer_case(case=case, themes=form.cleaned_data["themes"], by=request.user)
            except ValidationError as error:
                messages.warning(request, " ".join(error.messages))
            return redirect("themes:sample-check", sample.pk)
    case = quality.next_case(request.user, sample)
    done, mine = quality.checked_by(request.user, sample)
    context = {
        "sample": sample,
        "case": case,
        "pieces": pieces_of(case.item.text, (), known_names()) if case else [],
        "form": form,
        "done": done,
        "mine": mine,
    }
    return render(request, "themes/sample_check.html", context, status=status)


# ---- inside


def _sheet(request: HttpRequest, sample: CheckSample | None) -> list[tuple[Theme, quality.ThemeQuality]]:
    themes = Theme.objects.visible_to(request.user).live()
    rows = [(theme, quality.quality_of(sample, theme.pk)) for theme in themes]
    return sorted(((theme, found) for theme, found in rows if found), key=lambda row: _weakest(row[1]))


def _weakest(found: quality.ThemeQuality) -> tuple:
    """What is weak beyond doubt first, then by the figure that is lowest at best."""
    bounds = [part.high for part in (found.precision, found.recall) if part]
    return not found.weakness, min(bounds, default=1.0)


def _quality_page(
    request: HttpRequest, sample: CheckSample | None, sheet: list, form: DrawForm, status: int = 200
) -> HttpResponse:
    every = sample.figures.get("all", {}) if sample else {}
    context = {
        "sample": sample,
        "samples": quality.samples()[:12],
        "sheet": sheet,
        "weak": [row for row in sheet if row[1].weakness],
        "twice": every.get("twice", 0),
        "kappa": every.get("kappa"),
        "agreement": agreement_words(every.get("kappa")),
        "good_enough": GOOD_ENOUGH,
        "form": form,
        "may_curate": request.user.access.can("themes.curate"),
        "may_check": request.user.access.can("feedback.read"),
        "page": {"guarded": not request.user.access.can("feedback.read")},
    }
    return render(request, "themes/quality.html", context, status=status)


def _row(theme: Theme, found: quality.ThemeQuality) -> list:
    parts = [
        [part.share, part.low, part.high, part.n] if part else [None, None, None, 0]
        for part in (found.precision, found.recall)
    ]
    return [theme.name, *parts[0], *parts[1], found.kappa, found.reading]
