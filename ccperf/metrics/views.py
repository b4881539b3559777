"""The catalogue of measures: definitions, what uses them, how they spread, and targets."""

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from ccperf.core.charts import plotly_spec, run_chart_figure
from ccperf.core.dates import today
from ccperf.core.exports import table_response, wanted_format
from ccperf.metrics import reach, tables
from ccperf.metrics.boards import KEPT_SECONDS, key_of, readings_for
from ccperf.metrics.forms import SPAN_CHOICES, PeriodForm, TargetForm
from ccperf.metrics.markers import happenings
from ccperf.metrics.models import MetricDefinition, MetricTarget
from ccperf.metrics.readings import rows_url
from ccperf.metrics.selectors import Freshness, catalogue, freshness, usual_end, window
from ccperf.metrics.spreading import completeness, spreads
from ccperf.metrics.targets import set_target
from ccperf.metrics.uses import uses_of
from ccperf.people.access import require_capability
from ccperf.people.models import Team


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
    """One measure: definition, targets, and its run chart for the subject chosen with ``?scope=``."""
    metric = get_object_or_404(MetricDefinition.objects.select_related("guard"), key=key)
    form = None
    if request.user.access.can("metrics.configure"):
        form = TargetForm(user=request.user, metric=metric, initial={"starts_on": today()})
    return render(request, "metrics/metric_detail.html", _metric_context(request, metric, form))


def _metric_context(request: HttpRequest, metric: MetricDefinition, form: TargetForm | None) -> dict:
    """What the definition page shows."""
    subject = request.GET.get("scope") or reach.usual_subject(request.user)
    targets = MetricTarget.objects.filter(metric=metric).select_related("site", "team").order_by("-starts_on")
    context = {
        "metric": metric,
        "targets": [(row, tables.target_text(row, metric)) for row in targets],
        "form": form,
        "today": today(),
    }
    if subject and not (form and form.is_bound):
        place = reach.place_for(request.user, subject)
        period = PeriodForm(request.GET, user=request.user)
        by, count, end = period.chosen()
        fresh = freshness()
        span = window(by, count, before=end or usual_end(fresh))
        marks = happenings(request.user, [place.scope], span.start, span.end)
        reading = next(iter(readings_for([place], span, fresh, marks, only=metric)[place.scope]), None)
        context |= {"place": place, "reading": reading, "span": f"{by}-{count}", "fresh": fresh}
        context |= {"spans": SPAN_CHOICES, "end": end, "hidden": {"scope": subject}}
        context["rows_url"] = rows_url(metric, place.scope, span.start, span.last_day)
        context |= _around(request, metric, fresh)
        if reading:
            context["figure"] = run_chart_figure(reading.chart)
            context["spec"] = plotly_spec(reading.chart)
            context["periods"] = tables.single_rows(reading)
    return context


def _around(request: HttpRequest, metric: MetricDefinition, fresh: Freshness) -> dict:
    """What uses the measure, how it spreads and how complete it is; kept until a sum changes."""
    context: dict = {"uses": uses_of(request.user, metric)}
    if not request.user.access.can("metrics.read"):
        return context
    teams = list(Team.objects.performance_visible_to(request.user).open().order_by("name", "pk"))
    key = key_of("around", fresh, metric.pk, [team.pk for team in teams])
    kept = cache.get(key)
    if kept is None:
        kept = (*spreads(metric, fresh), *completeness(metric, teams, fresh))
        cache.set(key, kept, KEPT_SECONDS)
    names = ("month", "spreads", "days_window", "complete")
    return context | dict(zip(names, kept, strict=True))


@require_http_methods(["POST"])
@require_capability("metrics.configure")
def target_create(request: HttpRequest, key: str) -> HttpResponse:
    """Add a target that holds from a day on."""
    metric = get_object_or_404(MetricDefinition.objects.select_related("guard"), key=key)
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
    return render(request, "metrics/metric_detail.html", _metric_context(request, metric, form), status=422)
