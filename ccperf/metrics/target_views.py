"""Targets of one measure: what holds where today and where it comes from, and changing it from a day on."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.core.dates import today
from ccperf.core.exports import table_response, wanted_format
from ccperf.metrics import reach, tables
from ccperf.metrics.forms import TargetEndForm, TargetForm
from ccperf.metrics.models import MetricDefinition, MetricTarget
from ccperf.metrics.selectors import catalogue, freshness
from ccperf.metrics.studio_views import show_refusal
from ccperf.metrics.targets import end_target, set_target, target_table
from ccperf.people.access import require_capability

configures = require_capability("metrics.configure")


@require_GET
@configures
def target_list(request: HttpRequest, key: str) -> HttpResponse:
    """The target of the organisation, every site and every team today, with where it comes from."""
    metric = reach.metric_of(key, catalogue(freshness()))
    first = {"starts_on": today(), "site": request.GET.get("site"), "team": request.GET.get("team")}
    return _page(request, metric, TargetForm(user=request.user, metric=metric, initial=first))


def _page(request: HttpRequest, metric: MetricDefinition, form: TargetForm) -> HttpResponse:
    targets = MetricTarget.objects.filter(metric=metric).select_related("site", "team").order_by("-starts_on")
    rows = target_table(metric, targets, today())
    if kind := wanted_format(request):
        return table_response(kind, f"Targets {metric.key}", tables.TARGETS, tables.target_rows(rows))
    context = {
        "metric": metric,
        "rows": rows,
        "history": [(row, tables.target_text(row, metric)) for row in targets],
        "form": form,
        "today": today(),
    }
    return render(request, "metrics/target_list.html", context, status=422 if form.errors else 200)


@require_POST
@configures
def target_create(request: HttpRequest, key: str) -> HttpResponse:
    """Add a target that holds from a day on."""
    metric = reach.metric_of(key, catalogue(freshness()))
    form = TargetForm(request.POST, user=request.user, metric=metric)
    if form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("starts_on", "low", "high", "site", "team")}
        try:
            _, first = form.once(lambda: set_target(by=request.user, metric=metric, **fields))
        except ValidationError as problem:
            form.add_error("starts_on", problem)
        else:
            if first:
                messages.success(request, "The target is saved. Earlier days keep the one they had.")
            return redirect("metrics:target-list", key)
    return _page(request, metric, form)


@require_http_methods(["GET", "POST"])
@configures
def target_end(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Let a target end; from then on the wider one counts."""
    target = get_object_or_404(
        MetricTarget.objects.select_related("metric", "site", "team"), pk=pk, metric__key=key
    )
    form = TargetEndForm(request.POST or None, user=request.user, initial={"ends_before": today()})
    if request.method == "POST" and form.is_valid():
        try:
            end_target(by=request.user, target=target, ends_before=form.cleaned_data["ends_before"])
        except ValidationError as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, "The target ends. Earlier days keep it.")
            return redirect("metrics:target-list", key)
    context = {"target": target, "metric": target.metric, "form": form}
    context["words"] = tables.target_text(target, target.metric)
    return render(request, "metrics/target_end.html", context, status=422 if form.errors else 200)
