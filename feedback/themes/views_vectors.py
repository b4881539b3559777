"""Which vectors comments are compared by, and switching to others."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from ccperf.people.access import require_capability
from feedback.themes import vectors
from feedback.themes.models import VectorSwitch

SWITCHES_SHOWN = 10


@require_GET
@require_capability("themes.curate")
def vector_choice(request: HttpRequest) -> HttpResponse:
    """The kind in use, the others, and earlier switches."""
    return _page(request)


@require_POST
@require_capability("themes.curate")
def vector_switch(request: HttpRequest) -> HttpResponse:
    """Have the vectors made anew, and use them then."""
    kind = request.POST.get("kind", "")
    if kind not in vectors.Kind.values:
        messages.error(request, "Choose one of the kinds on this page.")
        return _page(request, status=422)
    try:
        job = vectors.switch_vectors(kind=kind, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _page(request, status=422)
    if job:
        messages.success(request, "Vectors are being made. Those before stay in use until all are ready.")
    return redirect("themes:vector-choice")


def _page(request: HttpRequest, status: int = 200) -> HttpResponse:
    in_use = vectors.kind_in_use()
    kinds = [
        (kind, label, kind == in_use, vectors.are_installed(kind)) for kind, label in vectors.Kind.choices
    ]
    context = {
        "kinds": kinds,
        "under_way": vectors.switch_under_way(),
        "switches": VectorSwitch.objects.select_related("job")[:SWITCHES_SHOWN],
    }
    return render(request, "themes/vector_choice.html", context, status=status)
