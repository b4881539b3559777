"""The catalogue of measures: definitions, what uses them, how they spread, and targets."""

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from ccperf.core.charts import plotly_spec, run_chart_figure
from ccperf.core.dates import today
from ccperf.core.exports import table_response, wanted_format
from ccperf.metrics import reach, tables
from ccperf.metrics.boards import KEPT_SECONDS, key_of, single_reading
from ccperf.metrics.forms import SPAN_CHOICES, PeriodForm, TargetForm
from ccperf.metrics.models import MetricDefinition, MetricTarget
from ccperf.metrics.readings import rows_url
from ccperf.metrics.selectors import Freshness, catalogue, freshness, usual_end, window
from ccperf.metrics.spreading import completeness, spreads
from ccperf.metrics.targets import set_target
from ccperf.metrics.uses import uses_of
from ccperf.people.access import require_capability


@require_GET
def metric_list(request: HttpRequest) -> HttpResponse:
    """The catalogue of measures with formula, direction and today's target; definitions name nobody."""
    known = catalogue(freshness())
    query = request.GET.get("q", "").strip().lower()
    rows = [
        (metric, tables.general_target(known.targets, metric))
        for metric in known.metrics
        if query in f"{metric.name} {metric.short_name} {metric.key}".lower()
    ]
    if kind := wanted_format(request):
        return table_response(kind, "Measures", tables.DEFINITIONS, tables.definition_rows(rows))
    return render(request, "metrics/metric_list.html", {"rows": rows, "q": request.GET.get("q", "")})


@require_GET
def metric_detail(request: HttpRequest, key: str) -> HttpResponse:
    """One measure: definition, targets, and its run chart for the subject chosen with ``?scope=``.

    ``?view=data`` shows who uses it, how it spreads and how complete it is instead of the chart.
    """
    fresh = freshness()
    metric = reach.metric_of(key, fresh)
    form = None
    if request.user.access.can("metrics.configure"):
        form = TargetForm(user=request.user, metric=metric, initial={"starts_on": today()})
    return render(request, "metrics/metric_detail.html", _metric_context(request, metric, form, fresh))


def _metric_context(
    request: HttpRequest, metric: MetricDefinition, form: TargetForm | None, fresh: Freshness
) -> dict:
    """What the definition page shows."""
    subject = request.GET.get("scope") or reach.usual_subject(request.user)
    targets = MetricTarget.objects.filter(metric=metric).select_related("site", "team").order_by("-starts_on")
    context = {
        "metric": metric,
        "targets": [(row, tables.target_text(row, metric)) for row in targets],
        "form": form,
        "today": today(),
        "as_data": request.GET.get("view") == "data",
    }
    if form and form.is_bound:
        return context
    if context["as_data"]:
        return context | _around(request, metric, fresh)
    return context | (_run_context(request, metric, subject, fresh) if subject else {})


def _run_context(request: HttpRequest, metric: MetricDefinition, subject: str, fresh: Freshness) -> dict:
    """The run chart of one subject, its table, and the way to its rows."""
    place = reach.place_for(request.user, subject)
    by, count, end = PeriodForm(request.GET, user=request.user).chosen()
    span = window(by, count, before=end or usual_end(fresh))
    reading = single_reading(request.user, place, metric, span, fresh)
    context = {
        "place": place,
        "reading": reading,
        "fresh": fresh,
        "span": f"{by}-{count}",
        "spans": SPAN_CHOICES,
        "end": end,
        "hidden": {"scope": subject},
        "rows_url": rows_url(metric, place.scope.subject, span.start, span.last_day),
    }
    if reading:
        context["figure"] = run_chart_figure(reading.chart)
        context["spec"] = plotly_spec(reading.chart)
        context["periods"] = tables.single_rows(reading)
    return context


def _around(request: HttpRequest, metric: MetricDefinition, fresh: Freshness) -> dict:
    """What uses the measure, how it spreads and how complete it is; figures are kept until a sum changes."""
    context: dict = {"uses": uses_of(request.user, metric), "fresh": fresh}
    if not request.user.access.can("metrics.read"):
        return context
    team_ids = sorted(request.user.access.scope_team_ids)
    key = key_of("around", fresh, metric.pk, team_ids)
    kept = cache.get(key)
    if kept is None:
        kept = (*spreads(metric, fresh), *completeness(metric, team_ids, fresh))
        cache.set(key, kept, KEPT_SECONDS)
    names = ("month", "spreads", "days_window", "complete")
    return context | dict(zip(names, kept, strict=True))


@require_http_methods(["POST"])
@require_capability("metrics.configure")
def target_create(request: HttpRequest, key: str) -> HttpResponse:
    """Add a target that holds from a day on."""
    fresh = freshness()
    metric = reach.metric_of(key, fresh)
    form = TargetForm(request.POST, user=request.user, metric=metric)
    if form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("starts_on", "low", "high", "site", "team")}
        try:
            address, first = form.once(lambda: set_target(by=request.user, metric=metric, **fields))
        except ValidationError as problem:
            form.add_error("starts_on", problem)
        else:
            if first:
                messages.success(request, "The target is saved. Earlier days keep the one they had.")
            return redirect(address)
    return render(
        request, "metrics/metric_detail.html", _metric_context(request, metric, form, fresh), status=422
    )
