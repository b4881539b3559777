"""The privacy officer's first page: the trail, narrowed by what stands in the address, and as a file."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ccperf.audit.models import AuditEvent, AuditEventQuerySet
from ccperf.audit.services import record
from ccperf.audit.words import ROOMS
from ccperf.core.dates import today
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.forms import BaseForm
from ccperf.core.pagination import paginate

HEADER = ["When", "Belongs to", "Event", "Name of the event", "By", "About", "Record", "Reason"]


class TrailForm(BaseForm):
    """Narrows the trail; everything is optional."""

    room = forms.ChoiceField(label="Belongs to", required=False, choices=[("", "Everything"), *ROOMS.items()])
    who = forms.CharField(label="By or about", required=False, max_length=120)
    start = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def narrowed(self, events: AuditEventQuerySet) -> AuditEventQuerySet:
        """The events that fit what is asked; what cannot be read narrows nothing."""
        if not self.is_bound:
            return events
        self.full_clean()
        asked = self.cleaned_data
        if room := asked.get("room"):
            events = events.filter(event__startswith=f"{room}.")
        if who := asked.get("who"):
            events = events.filter(Q(by_name__icontains=who) | Q(about__name__icontains=who))
        if start := asked.get("start"):
            events = events.filter(at__date__gte=start)
        if end := asked.get("end"):
            events = events.filter(at__date__lte=end)
        return events


def trail(request: HttpRequest) -> HttpResponse:
    """Who did or looked at what, newest first."""
    form = TrailForm(request.GET or None, user=request.user)
    visible = AuditEvent.objects.visible_to(request.user)
    events = form.narrowed(visible).select_related("about").order_by("-pk")
    if kind := wanted_format(request):
        if not request.user.access.can("audit.read"):
            raise PermissionDenied
        record("audit.trail.exported", by=request.user, after={"asked": request.GET.dict()})
        return table_response(kind, "trail", HEADER, _lines(events))
    query = request.GET.copy()
    query.pop("page", None)
    context: dict[str, Any] = {
        "form": form,
        "page": paginate(request, events, 50),
        "today": today(),
        "today_count": visible.filter(at__date=today()).count(),
        "query": query.urlencode(),
        "narrowed": any(query.values()),
    }
    return render(request, "dashboards/home_privacy.html", context)


def _lines(events: AuditEventQuerySet) -> Iterator[list[Any]]:
    for event in events.iterator(chunk_size=2000):
        about = event.about.name if event.about else ""
        subject = f"{event.subject_type} {event.subject_id}".strip()
        when = timezone.localtime(event.at)
        yield [when, event.room, event.words, event.event, event.by_name, about, subject, event.reason]
