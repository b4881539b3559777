"""Moods learnt from ratings: what was measured on comments held back, and the switch."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from ccperf.jobs.models import Job
from ccperf.people.access import require_capability
from feedback.themes import moods
from feedback.themes.kinds import MOODS
from feedback.themes.models import MoodLesson

MEASUREMENTS_SHOWN = 10


@require_GET
@require_capability("themes.curate")
def mood_lesson(request: HttpRequest) -> HttpResponse:
    """The newest measurement, the switch, and earlier measurements."""
    return _page(request)


@require_POST
@require_capability("themes.curate")
def mood_measure(request: HttpRequest) -> HttpResponse:
    """Measure now."""
    moods.measure(by=request.user)
    return redirect("themes:mood-lesson")


@require_POST
@require_capability("themes.curate")
def mood_switch(request: HttpRequest) -> HttpResponse:
    """Switch it on or off."""
    on = request.POST.get("on") == "1"
    try:
        moods.switch(on=on, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _page(request, status=422)
    messages.success(
        request, f"Learning from ratings is {'on' if on else 'off'}. All comments are read again."
    )
    return redirect("themes:mood-lesson")


def _page(request: HttpRequest, status: int = 200) -> HttpResponse:
    lessons = list(MoodLesson.objects.all()[:MEASUREMENTS_SHOWN])
    running = Job.objects.visible_to(request.user).filter(
        kind=MOODS, status__in=[Job.Status.QUEUED, Job.Status.RUNNING]
    )
    context = {"lesson": lessons[0] if lessons else None, "lessons": lessons, "job": running.first()}
    return render(request, "themes/mood_lesson.html", context, status=status)
