"""The inbox: what is new, and a way to the page where one can act on it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from ccperf.core.pagination import paginate
from ccperf.notify.models import Notification
from ccperf.notify.selectors import grouped_by_day, unread_count
from ccperf.notify.services import mark_read


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    messages = Notification.objects.visible_to(request.user).order_by("-created_at", "-pk")
    only_new = request.GET.get("show") == "new"
    page = paginate(request, messages.unread() if only_new else messages, per_page=40)
    context = {
        "page": page,
        "groups": grouped_by_day(list(page)),
        "unread": unread_count(request.user),
        "only_new": only_new,
    }
    return render(request, "notify/inbox.html", context)


def _message(request: HttpRequest, pk: int) -> Notification:
    return get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)


@require_POST
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark the message as read and go where it points to, which is always a page of ours."""
    message = _message(request, pk)
    mark_read(Notification.objects.visible_to(request.user).filter(pk=message.pk))
    if url_has_allowed_host_and_scheme(message.url, allowed_hosts=None):
        return redirect(message.url)
    return redirect("notify:inbox")


@require_POST
def notification_read(request: HttpRequest, pk: int) -> HttpResponse:
    message = _message(request, pk)
    mark_read(Notification.objects.visible_to(request.user).filter(pk=message.pk))
    return redirect("notify:inbox")


@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    mark_read(Notification.objects.visible_to(request.user))
    return redirect("notify:inbox")
