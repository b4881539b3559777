"""Pages of the route register."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from ccperf.core.dates import Period, today
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.forms import StaleEdit
from ccperf.people.access import require_capability
from feedback import selectors, services
from feedback.forms import RouteForm
from feedback.models import FeedbackItem, FeedbackMethod, FeedbackRoute

DAYS = 90
HEADER = (
    "Route", "Method", "Kind", "Direction", "From", "Who gets it", "In what form", "How often", "Owner",
    "Lawful basis",
    "Anonymous", "Status", "Last item", f"Items in {DAYS} days", f"Items in the {DAYS} days before",
)  # fmt: skip


@require_GET
@require_capability("feedback.read")
def route_list(request: HttpRequest) -> HttpResponse:
    """The register: which routes there are, which speak and which are silent."""
    period = Period.last_days(DAYS, before=today() + timedelta(days=1))
    uses = selectors.route_register(request.user, period)
    status = request.GET.get("status", "")
    shown = [use for use in uses if status in ("", use.route.status)]
    kind = wanted_format(request)
    if kind:
        return table_response(kind, "feedback-routes", HEADER, [_row(use) for use in shown])
    counts = {value: sum(use.route.status == value for use in uses) for value in FeedbackRoute.Status.values}
    context = {
        "uses": shown,
        "total": len(uses),
        "status": status,
        "statuses": [
            (value, label, counts[value]) for value, label in FeedbackRoute.Status.choices if counts[value]
        ],
        "silent": [use for use in uses if use.route.status == FeedbackRoute.Status.LIVE and not use.recent],
        "days": DAYS,
        "may_manage": request.user.access.can("routes.manage"),
    }
    return render(request, "feedback/route_list.html", context)


def _row(use: selectors.RouteUse) -> list:
    route = use.route
    return [
        route.name,
        route.method.name if route.method else "",
        route.get_kind_display(),
        route.get_direction_display(),
        route.from_whom,
        route.audience,
        route.get_grain_display(),
        route.cadence,
        route.owner.name if route.owner else "",
        route.get_lawful_basis_display(),
        "yes" if route.is_anonymous else "no",
        route.get_status_display(),
        use.last_on,
        use.recent,
        use.earlier,
    ]


@require_GET
@require_capability("feedback.read")
def route_detail(request: HttpRequest, key: str) -> HttpResponse:
    """One route: what it is good for, who answers for it, and what came by it lately."""
    routes = FeedbackRoute.objects.visible_to(request.user).select_related("method", "owner")
    route = get_object_or_404(routes, key=key)
    items = FeedbackItem.objects.visible_to(request.user).filter(route=route)
    context = {
        "route": route,
        "method": route.method,
        "scores": _scores(route.method),
        "rows": selectors.rows_of(items[:8], request.user),
        "may_manage": request.user.access.can("routes.manage"),
    }
    return render(request, "feedback/route_detail.html", context)


def _scores(method: FeedbackMethod | None) -> list[tuple[str, int, str]]:
    if method is None:
        return []
    return [
        ("Cost", method.cost, "5 is cheap"),
        ("Speed", method.latency, "5 is the same day"),
        ("Freedom from bias", method.bias, "5 is little bias"),
        ("Coverage", method.coverage, "5 reaches everybody"),
    ]


@require_http_methods(["GET", "POST"])
@require_capability("routes.manage")
def route_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, FeedbackRoute(), "New route")


@require_http_methods(["GET", "POST"])
@require_capability("routes.manage")
def route_update(request: HttpRequest, key: str) -> HttpResponse:
    route = get_object_or_404(FeedbackRoute.objects.visible_to(request.user), key=key)
    return _edit(request, route, f"Change {route.name}")


def _edit(request: HttpRequest, route: FeedbackRoute, title: str) -> HttpResponse:
    """New and edit share this; the form works on a copy, so a refused change leaves the page as it was."""
    form = RouteForm(request.POST or None, user=request.user, instance=route)
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in RouteForm.Meta.fields}
        known = FeedbackRoute.objects.visible_to(request.user)
        stored = known.get(pk=route.pk) if route.pk else FeedbackRoute()
        if not stored.pk:
            changes["key"] = _free_key(changes["name"], known)
        try:
            saved = services.update_route(
                route=stored, by=request.user, version=form.cleaned_data["version"], **changes
            )
        except StaleEdit as error:
            form.show_stale(error)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, f"{saved.name} saved.")
            return redirect(saved)
    context = {"form": form, "route": route, "title": title}
    return render(request, "feedback/route_edit.html", context, status=422 if form.is_bound else 200)


def _free_key(name: str, known: QuerySet[FeedbackRoute]) -> str:
    """An address for a new route that no other has."""
    base = slugify(name)[:50] or "route"
    taken = set(known.filter(key__startswith=base).values_list("key", flat=True)) | {"new"}
    return next(key for key in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)
