"""The performance of a team, a person, a site and the organisation."""

from datetime import date, timedelta

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from ccperf.audit.services import record
from ccperf.core.dates import add_months, today
from ccperf.core.exports import table_response, wanted_format
from ccperf.metrics import reach, tables
from ccperf.metrics.boards import board, place_of_organisation, place_of_site, place_of_team
from ccperf.metrics.forms import DAYS, GRAINS, MONTHS, SPAN_CHOICES, WEEKS, PeriodForm
from ccperf.metrics.readings import Place
from ccperf.metrics.selectors import STATE_BESIDE, Freshness, first_and_last_month, freshness_of
from ccperf.people.access import require_capability
from ccperf.people.models import Team

VIEW_REMEMBERED = 3600


@require_GET
@require_capability("metrics.read")
def team_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Run charts of one team; 404 for a team that the reader neither leads nor manages today."""
    day = _day_shown(request)
    team = get_object_or_404(reach.teams_of(request.user, day), pk=pk)
    extra = {
        "team": team,
        "members": reach.members_of(request.user, team, day),
        "title": f"Performance of team {team.name}",
    }
    return _performance_page(request, place_of_team(team), extra)


@require_GET
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's own trend, for the person and those who lead or manage them today; looking is recorded."""
    person, place = reach.person_place(request.user, pk, _day_shown(request))
    is_self = person.pk == request.user.access.person_id
    if not is_self:
        _remember_view(request, person)
    title = "My figures" if is_self else f"Performance of {person.name}"
    extra = {"person": person, "is_self": is_self, "title": title}
    fresh = freshness_of([getattr(person, name) for name in STATE_BESIDE])
    return _performance_page(request, place, extra, fresh=fresh)


def _day_shown(request: HttpRequest) -> date | None:
    """The day up to which an earlier page was asked for; None for today's."""
    _, _, end = PeriodForm(request.GET, user=request.user).chosen()
    return end - timedelta(days=1) if end and end <= today() else None


def _remember_view(request: HttpRequest, person) -> None:
    """One event an hour for each reader and person, however often the page is turned."""
    if cache.add(f"metrics:viewed:{request.user.pk}:{person.pk}", 1, VIEW_REMEMBERED):
        record("people.person.viewed", by=request.user, about=person, after={"page": "figures"})


@require_GET
@require_capability("metrics.read")
def site_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Run charts of a site in which the reader leads or manages a team."""
    site = get_object_or_404(reach.sites_of(request.user), pk=pk)
    teams_here = Team.objects.performance_visible_to(request.user).open().filter(site=site).order_by("name")
    return _performance_page(
        request,
        place_of_site(site),
        {"site": site, "title": f"Performance of site {site.name}", "teams_here": teams_here},
        usual=MONTHS,
    )


@require_GET
@require_capability("metrics.read")
def organisation(request: HttpRequest) -> HttpResponse:
    """Run charts of everybody together."""
    extra = {"title": "Performance of the organisation", "sites": reach.sites_of(request.user)}
    return _performance_page(request, place_of_organisation(), extra, usual=MONTHS)


def _performance_page(
    request: HttpRequest,
    place: Place,
    extra: dict,
    *,
    usual: str = WEEKS,
    fresh: Freshness | None = None,
) -> HttpResponse:
    """The page that team, person, site and organisation share: charts, the same as a table, or a file."""
    form = PeriodForm(request.GET, user=request.user, usual=usual)
    by, count, end = form.chosen()
    shown = board(request.user, place, by, count, end=end, fresh=fresh)
    if kind := wanted_format(request):
        return table_response(kind, extra["title"], tables.PERIODS, tables.period_rows(shown.readings))
    as_table = request.GET.get("view") == "table"
    has_figures = bool(shown.readings if as_table else shown.charts)
    context = {
        "board": shown,
        "has_figures": has_figures,
        "span": f"{by}-{count}",
        "spans": SPAN_CHOICES,
        "grains": GRAINS,
        "end": end,
        "day_shown": _day_shown(request),
        "as_table": as_table,
        "may_import": request.user.access.can("imports.run"),
        "may_propose": request.user.access.can("actions.propose"),
        "may_nominate": request.user.access.can("strategy.propose"),
        **extra,
    }
    if not has_figures and (span := first_and_last_month(place.scope)):
        context |= {"data_in": span, "data_period": _newest_period(span[1])}
    if as_table:
        context["periods"] = tables.period_grid(shown)
    return render(request, "metrics/performance.html", context)


def _newest_period(month: date) -> str:
    """The choice of a period that shows figures of ``month``: its days while it is not over."""
    last = add_months(month, 1) - timedelta(days=1)
    return f"span={WEEKS}&end={last}" if last < today() else f"span={DAYS}&end={today()}"
