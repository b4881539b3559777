"""The retention page: figures of groups, never of a person."""

from collections.abc import Mapping
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ccperf.audit.services import record
from ccperf.core.exports import table_response, wanted_format
from ccperf.people.access import require_capability
from ccperf.people.models import Site
from ccperf.privacy.threshold import Grain, explanation, minimum
from retention.pages import PatternsPage, patterns_page_of
from retention.patterns import Filters, patterns, sites_for, years_for
from retention.periods import Year
from retention.population import load_population
from retention.tables import TABLES


@require_safe
@require_capability("retention.read", "retention.aggregates")
def patterns_page(request: HttpRequest) -> HttpResponse:
    population = load_population(request.user)
    years, sites = years_for(population), sites_for(request.user)
    filters = _filters(request.GET, years, sites)
    found = patterns(request.user, population, filters)
    page = patterns_page_of(found, {site.pk: site.name for site in sites})
    if kind := wanted_format(request):
        return _file(request, kind, page)
    context = {
        "page": page,
        "years": years,
        "sites": sites,
        "filters": filters,
        "as_table": request.GET.get("view") == "table",
        "explanation": explanation(Grain.AVERAGE),
        "minimum": minimum(Grain.AVERAGE),
        "distribution_minimum": minimum(Grain.DISTRIBUTION),
        "may_read_register": request.user.access.can("retention.read"),
    }
    return render(request, "retention/patterns_page.html", context)


def _filters(query: Mapping[str, str], years: list[Year], sites: list[Site]) -> Filters:
    """What the address asks for; what this user cannot choose falls back to the whole and the latest."""
    year = next((year for year in years if year.key == query.get("to")), years[0])
    site = next((site.pk for site in sites if str(site.pk) == query.get("site")), None)
    try:
        intake = date.fromisoformat(f"{query.get('intake', '')}-01")
    except ValueError:
        intake = None
    return Filters(year=year, site_id=site, intake=intake)


def _file(request: HttpRequest, kind: str, page: PatternsPage) -> HttpResponse:
    """One table of the page as a file, hidden where the page hides it; the download is on record."""
    name = request.GET.get("table", "")
    table = TABLES.get(name, TABLES["intakes"])(page)
    record(
        "retention.patterns.exported",
        by=request.user,
        after={"table": table.name, "format": kind, "year": page.figures.filters.year.key},
    )
    return table_response(kind, f"{table.name} {page.figures.filters.year.key}", table.header, table.rows)
