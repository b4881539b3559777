"""Performance pages: run charts of teams, people, sites and the organisation, comparison, and definitions."""

from collections import Counter
from datetime import date, timedelta

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from ccperf.audit.services import record
from ccperf.core.charts import plotly_spec, run_chart_figure
from ccperf.core.dates import add_months, today
from ccperf.core.exports import table_response, wanted_format
from ccperf.core.pagination import paginate
from ccperf.metrics import reach, studio_views, tables, wording
from ccperf.metrics.boards import (
    board,
    comparison,
    place_of_organisation,
    place_of_site,
    place_of_team,
    readings_for,
    team_readings,
)
from ccperf.metrics.dependants import dependants_of
from ccperf.metrics.derivation import definitions_on
from ccperf.metrics.forms import SPAN_CHOICES, PeriodForm
from ccperf.metrics.markers import happenings
from ccperf.metrics.models import MetricDefinition, MetricTarget, MetricVersion, Observation
from ccperf.metrics.readings import Place
from ccperf.metrics.selectors import Catalogue, catalogue, first_and_last_day, freshness, usual_end, window
from ccperf.metrics.terms import version_on
from ccperf.metrics.versions import check
from ccperf.people.access import require_capability

VIEW_REMEMBERED = 3600


@require_GET
@require_capability("metrics.read")
def team_list(request: HttpRequest) -> HttpResponse:
    """The reader's teams by name: one measure as a funnel, and every measure's state as a matrix.

    Whoever has one team is led to it: there is nothing to compare it with.
    """
    fresh = freshness()
    teams = list(reach.teams_of(request.user))
    if len(teams) == 1 and not request.GET:
        return redirect(teams[0])
    places = [place_of_team(team) for team in teams]
    span = window("week", 13, before=usual_end(fresh))
    metrics = catalogue(fresh).metrics
    readings = team_readings(places)
    measured = {reading.metric.pk for rows in readings.values() for reading in rows}
    choices = [metric for metric in metrics if metric.pk in measured]
    key = request.GET.get("metric", "")
    metric = next((item for item in choices if item.key == key), None) or _first_share(choices)
    compared = comparison(places, metric, span) if metric else None
    if compared and (kind := wanted_format(request)):
        return table_response(
            kind, f"Teams {metric.short_name}", tables.COMPARED, tables.compared_rows(compared)
        )
    matrix = tables.matrix(teams, readings, choices)
    context = {"teams": teams, "choices": choices, "metric": metric, "compared": compared, "fresh": fresh}
    return render(request, "metrics/team_list.html", {**context, "matrix": matrix})


def _first_share(metrics: list[MetricDefinition]) -> MetricDefinition | None:
    """The first measure that can be compared as a share, else the first of all."""
    return next((metric for metric in metrics if metric.unit == "percent"), metrics[0] if metrics else None)


@require_GET
@require_capability("metrics.read")
def team_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Run charts of one team; 404 for a team that the reader neither leads nor manages today."""
    teams = list(reach.teams_of(request.user))
    team = next((item for item in teams if item.pk == pk), None)
    if team is None:
        raise Http404
    extra = {
        "team": team,
        "teams": teams,
        "members": reach.members_of(request.user, team),
        "title": f"Performance of team {team.name}",
    }
    return _performance_page(request, place_of_team(team), extra)


@require_GET
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's own trend, for the person and those who lead or manage them today; looking is recorded."""
    person, place = reach.person_place(request.user, pk)
    is_self = person.pk == request.user.access.person_id
    if not is_self:
        _remember_view(request, person)
    title = "My figures" if is_self else f"Performance of {person.name}"
    extra = {"person": person, "is_self": is_self, "title": title}
    return _performance_page(request, place, extra)


def _remember_view(request: HttpRequest, person) -> None:
    """One event an hour for each reader and person, however often the page is turned."""
    if cache.add(f"metrics:viewed:{request.user.pk}:{person.pk}", 1, VIEW_REMEMBERED):
        record("people.person.viewed", by=request.user, about=person, after={"page": "figures"})


@require_GET
@require_capability("metrics.read")
def site_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Run charts of a site in which the reader leads or manages a team."""
    site = get_object_or_404(reach.sites_of(request.user), pk=pk)
    return _performance_page(
        request, place_of_site(site), {"site": site, "title": f"Performance of site {site.name}"}
    )


@require_GET
@require_capability("metrics.read")
def organisation(request: HttpRequest) -> HttpResponse:
    """Run charts of everybody together."""
    extra = {"title": "Performance of the organisation", "sites": reach.sites_of(request.user)}
    return _performance_page(request, place_of_organisation(), extra)


def _performance_page(request: HttpRequest, place: Place, extra: dict) -> HttpResponse:
    """The page that team, person, site and organisation share: charts, the same as a table, or a file."""
    form = PeriodForm(request.GET, user=request.user)
    by, count, end = form.chosen()
    shown = board(request.user, place, by, count, end=end)
    if kind := wanted_format(request):
        return table_response(kind, extra["title"], tables.PERIODS, tables.period_rows(shown.readings))
    context = {
        "board": shown,
        "span": f"{by}-{count}",
        "spans": SPAN_CHOICES,
        "end": end,
        "as_table": request.GET.get("view") == "table",
        "may_import": request.user.access.can("imports.run"),
        **extra,
    }
    if not shown.readings and (span := first_and_last_day(place.scope)):
        context |= {"data_in": span, "data_end": add_months(span[1], 1)}
    if context["as_table"]:
        context["periods"] = tables.period_grid(shown)
    return render(request, "metrics/performance.html", context)


@require_GET
def metric_list(request: HttpRequest) -> HttpResponse:
    """The catalogue of measures with formula, direction and today's target; definitions name nobody.

    Who configures measures also sees drafts and what is retired.
    """
    known = catalogue(freshness())
    may_configure = request.user.access.can("metrics.configure")
    query = request.GET.get("q", "").strip().lower()
    state = request.GET.get("state", "") if may_configure else ""
    chosen = known.metrics if not state else [item for item in known.every if wording.state_of(item) == state]
    rows = [
        (metric, tables.general_target(known.targets, metric))
        for metric in chosen
        if query in f"{metric.name} {metric.short_name} {metric.key}".lower()
    ]
    if kind := wanted_format(request):
        return table_response(kind, "Measures", wording.HEADER, wording.studio_rows(rows, known))
    context = {"rows": rows, "q": request.GET.get("q", ""), "state": state, "may_configure": may_configure}
    if may_configure:
        counts = Counter(wording.state_of(metric) for metric in known.every)
        context["states"] = [("", "active", counts["active"])]
        context["states"] += [(name, name, counts[name]) for name in ("planned", "draft", "retired")]
        context["drafts"] = dict(
            MetricVersion.objects.filter(starts_on__isnull=True).values_list("metric_id", "number")
        )
    return render(request, "metrics/metric_list.html", context)


@require_GET
def metric_detail(request: HttpRequest, key: str) -> HttpResponse:
    """One measure: its definition on the last day shown, targets, and its run chart for ``?scope=``.

    A measure that was never published is shown by its draft, to those who configure measures.
    """
    known = catalogue(freshness())
    metric = studio_views.known_metric(key, known)
    may_configure = request.user.access.can("metrics.configure")
    if wording.state_of(metric) == "draft" and not metric.history:
        if may_configure:
            return redirect("metrics:draft-detail", key)
        raise Http404
    context = _metric_context(request, metric)
    context |= _definition_context(metric, known, context["until"])
    if may_configure:
        context["may_configure"] = True
        context["draft"] = metric.versions.filter(starts_on__isnull=True).first()
        context["dependants"] = dependants_of(request.user, metric, known)
    return render(request, "metrics/metric_detail.html", context)


def _definition_context(metric: MetricDefinition, known: Catalogue, day: date) -> dict:
    """The definition in force on a day and all versions, with the worked examples run again."""
    metric = metric.definition_on(day)
    names = {item.pk: item.name for item in known.every}
    parts = definitions_on(known.every, day)
    return {
        "metric": metric,
        "state": wording.state_of(metric),
        "guard": next((item for item in known.every if item.pk == metric.guard_id), None),
        "versions": wording.version_rows(metric, names),
        "checked": check(metric.key, metric, parts),
        "pooling": wording.POOLING,
    }


def _metric_context(request: HttpRequest, metric: MetricDefinition) -> dict:
    """What the definition page shows of figures and targets."""
    subject = request.GET.get("scope") or reach.usual_subject(request.user)
    period = PeriodForm(request.GET, user=request.user)
    by, count, end = period.chosen()
    targets = MetricTarget.objects.filter(metric=metric).select_related("site", "team").order_by("-starts_on")
    context = {
        "targets": [(row, tables.target_text(row, metric)) for row in targets],
        "today": today(),
        "until": end - timedelta(days=1) if end else today(),
    }
    context["version"] = version_on(metric.history, context["until"])
    if subject:
        place = reach.place_for(request.user, subject)
        fresh = freshness()
        span = window(by, count, before=end or usual_end(fresh))
        marks = happenings(request.user, [place.scope], span.start, span.end)
        reading = next(iter(readings_for([place], span, fresh, marks, only=metric)[place.scope]), None)
        context |= {"place": place, "reading": reading, "span": f"{by}-{count}", "fresh": fresh}
        context["spans"] = SPAN_CHOICES
        if reading:
            context["figure"] = run_chart_figure(reading.chart)
            context["spec"] = plotly_spec(reading.chart)
            context["periods"] = tables.single_rows(reading)
    return context


@require_GET
def metric_rows(request: HttpRequest, key: str) -> HttpResponse:
    """The observations behind a figure: as far as the reader may see them, newest first."""
    metric = get_object_or_404(MetricDefinition, key=key)
    subject = request.GET.get("scope") or reach.usual_subject(request.user)
    if subject is None:
        raise Http404
    place = reach.place_for(request.user, subject)
    rows = (
        Observation.objects.visible_to(request.user)
        .filter(reach.rows_of(place.scope), metric=metric)
        .select_related("person", "team", "site", "queue")
        .order_by("-day", "subject")
    )
    first, last = _day(request, "from"), _day(request, "to")
    rows = rows.filter(day__gte=first) if first else rows
    rows = rows.filter(day__lt=last + timedelta(days=1)) if last else rows
    if kind := wanted_format(request):
        return table_response(
            kind, f"Rows {metric.short_name}", tables.OBSERVATIONS, tables.observation_rows(rows)
        )
    context = {
        "metric": metric,
        "place": place,
        "page": paginate(request, rows),
        "first": first,
        "last": last,
    }
    return render(request, "metrics/metric_rows.html", context)


def _day(request: HttpRequest, name: str) -> date | None:
    """A day from the address; anything unreadable counts as not given."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
