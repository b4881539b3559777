"""Pages that mix rooms: home per role, one's own page, search, the map of the standards."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ccperf.core.dates import today
from ccperf.dashboards import homes
from ccperf.dashboards.own_page import own_page
from ccperf.dashboards.searching import search as search_everywhere
from ccperf.dashboards.standards import standards_map
from ccperf.dashboards.trail import trail
from ccperf.people.models import Role, User

HOMES: dict[str, tuple[str, Callable[[User], dict[str, Any]]]] = {
    Role.SUPERVISOR: ("dashboards/home_team.html", homes.team_home),
    Role.MANAGER: ("dashboards/home_manager.html", homes.manager_home),
    Role.HR: ("dashboards/home_hr.html", homes.hr_home),
    Role.ADMIN: ("dashboards/home_admin.html", homes.admin_home),
    Role.AGENT: ("dashboards/me.html", own_page),
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home page of the role; an agent's is their own page."""
    if request.user.access.home_role == Role.PRIVACY_OFFICER:
        return trail(request)
    template, build = HOMES[request.user.access.home_role]
    return render(request, template, {"today": today(), **build(request.user)})


@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """One's own page, for everybody."""
    return render(request, "dashboards/me.html", {"today": today(), **own_page(request.user)})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What holds the words, within the reader's scope."""
    words = " ".join(request.GET.get("q", "").split())[:120]
    context = {"words": words, "groups": search_everywhere(request.user, words)}
    return render(request, "dashboards/search.html", context)


@require_safe
def standards(request: HttpRequest) -> HttpResponse:
    """The 32 criteria and where each is worked on."""
    return render(request, "dashboards/standards.html", {"standards": standards_map(request.user)})


@require_safe
def more(request: HttpRequest) -> HttpResponse:
    """Everything the rail holds, as a page: phones have no rail."""
    return render(request, "dashboards/more.html")
