"""Views that people keep: their list, and keeping, changing and deleting one."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.metrics.forms import SavedViewForm
from ccperf.metrics.reach import sites_of
from ccperf.metrics.saved import SavedView
from ccperf.metrics.saving import delete_view, is_open_to, save_view


@require_GET
def view_list(request: HttpRequest) -> HttpResponse:
    """One's own views, and those that others share of what one may open."""
    rows = list(SavedView.objects.visible_to(request.user).select_related("owner__person")[:200])
    own = [row for row in rows if row.owner_id == request.user.pk]
    others = [row for row in rows if row.owner_id != request.user.pk]
    sites = set(sites_of(request.user).values_list("pk", flat=True)) if others else set()
    shared = [row for row in others if is_open_to(request.user, row.address, sites)]
    return render(request, "metrics/view_list.html", {"own": own, "shared": shared})


@require_http_methods(["GET", "POST"])
def view_create(request: HttpRequest) -> HttpResponse:
    """Keep the page whose address is given."""
    initial = {"address": request.GET.get("address", ""), "is_pinned": True}
    form = SavedViewForm(request.POST or None, user=request.user, initial=initial)
    return _form_page(request, form, None)


@require_http_methods(["GET", "POST"])
def view_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, pin or share one of one's own views."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk, owner=request.user)
    initial = {name: getattr(view, name) for name in ("name", "address", "is_pinned", "shared_with")}
    form = SavedViewForm(request.POST or None, user=request.user, initial=initial)
    return _form_page(request, form, view)


def _form_page(request: HttpRequest, form: SavedViewForm, view: SavedView | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("name", "address", "is_pinned", "shared_with")}
        try:
            form.once(lambda: save_view(by=request.user, view=view, **fields))
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, "The view is kept.")
            return redirect(fields["address"] if view is None else "metrics:view-list")
    status = 422 if form.is_bound else 200
    return render(request, "metrics/view_form.html", {"form": form, "view": view}, status=status)


@require_POST
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk, owner=request.user)
    delete_view(by=request.user, view=view)
    messages.success(request, "The view is deleted. The page it led to is still there.")
    return redirect("metrics:view-list")
