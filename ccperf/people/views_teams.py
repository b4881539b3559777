"""Pages of sites and teams, and of delegations."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ccperf.core.dates import today
from ccperf.people import selectors, services_teams
from ccperf.people.access import require_capability
from ccperf.people.forms import DelegationForm, LeaderForm, SiteForm, TeamForm, TeamNameForm
from ccperf.people.models import Leadership, Membership, Person, Team
from ccperf.people.views import LeadsTo, attempt, form_page, sent_before


@require_GET
@require_capability("people.manage")
def team_list(request: HttpRequest) -> HttpResponse:
    with_closed = request.GET.get("closed") == "1"
    sites = selectors.sites_and_teams(with_closed=with_closed)
    context = {
        "sites": sites,
        "with_closed": with_closed,
        "team_count": sum(len(site.teams) for site in sites),
        "leaderless": [row.team for site in sites for row in site.teams if not row.leaders and row.members],
    }
    return render(request, "people/team_list.html", context)


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def site_create(request: HttpRequest) -> HttpResponse:
    if address := sent_before(request):
        return redirect(address)
    form = SiteForm(request.POST or None, user=request.user)

    def save() -> LeadsTo:
        services_teams.create_site(by=request.user, name=form.cleaned_data["name"])
        return LeadsTo(reverse("people:team-list"))

    if request.method == "POST" and attempt(form, lambda: form.once(save)):
        return redirect("people:team-list")
    return form_page(request, form, title="Open a site", button="Open site", back=reverse("people:team-list"))


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def team_create(request: HttpRequest) -> HttpResponse:
    if address := sent_before(request):
        return redirect(address)
    form = TeamForm(request.POST or None, user=request.user)

    def save() -> LeadsTo:
        fields = {name: form.cleaned_data[name] for name in ("site", "name")}
        services_teams.create_team(by=request.user, **fields)
        return LeadsTo(reverse("people:team-list"))

    if request.method == "POST" and attempt(form, lambda: form.once(save)):
        return redirect("people:team-list")
    return form_page(request, form, title="Open a team", button="Open team", back=reverse("people:team-list"))


def _team(request: HttpRequest, pk: int) -> Team:
    return get_object_or_404(Team.objects.visible_to(request.user).select_related("site"), pk=pk)


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def team_edit(request: HttpRequest, pk: int) -> HttpResponse:
    team = _team(request, pk)
    form = TeamNameForm(
        request.POST or None, user=request.user, team=team, initial={"name": team.name, "was": team.name}
    )
    if request.method == "POST" and attempt(
        form, lambda: services_teams.rename_team(by=request.user, team=team, **form.cleaned_data)
    ):
        messages.success(request, "The name was saved.")
        return redirect("people:team-edit", pk)
    context = {
        "form": form,
        "team": team,
        "leaders": Leadership.objects.filter(team=team).select_related("person").order_by("-starts_on"),
        "members": Membership.objects.on()
        .filter(team=team)
        .select_related("person")
        .order_by("person__name"),
        "spans": team.spans.on().select_related("person"),
        "today": today(),
    }
    return render(request, "people/team_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@require_capability("people.manage")
def leader_appoint(request: HttpRequest, pk: int) -> HttpResponse:
    team = _team(request, pk)
    form = LeaderForm(request.POST or None, user=request.user)
    if request.method == "POST" and attempt(
        form,
        lambda: services_teams.appoint_leader(
            by=request.user,
            team=team,
            person=form.cleaned_data["person"],
            on=form.cleaned_data["on"],
            instead=form.cleaned_data["instead"] == "yes",
        ),
    ):
        messages.success(request, f"{form.cleaned_data['person']} leads {team} from that day.")
        return redirect("people:team-edit", pk)
    return form_page(
        request,
        form,
        title=f"Leader of team {team}",
        button="Appoint leader",
        back=reverse("people:team-edit", args=[pk]),
        hint="A leader who hands over no longer sees the team from that day on.",
    )


@require_POST
@require_capability("people.manage")
def leadership_end(request: HttpRequest, pk: int) -> HttpResponse:
    teams = Team.objects.visible_to(request.user)
    leadership = get_object_or_404(Leadership.objects.filter(team__in=teams), pk=pk)
    services_teams.end_leadership(by=request.user, leadership=leadership, on=today())
    messages.success(request, "The leadership has ended.")
    return redirect("people:team-edit", leadership.team_id)


@require_POST
@require_capability("people.manage")
def team_close(request: HttpRequest, pk: int) -> HttpResponse:
    team = _team(request, pk)
    try:
        services_teams.close_team(by=request.user, team=team)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("people:team-edit", pk)
    messages.success(request, f"Team {team} is closed. Its history stays.")
    return redirect("people:team-list")


@require_GET
@require_capability("people.delegate", "people.manage")
def delegation_list(request: HttpRequest) -> HttpResponse:
    rows = list(selectors.delegations_for(request.user)[:200])
    context = {
        "running": [row for row in rows if row.ends_before > today()],
        "ended": [row for row in rows if row.ends_before <= today()],
        "today": today(),
        "person_id": request.user.access.person_id,
    }
    return render(request, "people/delegation_list.html", context)


@require_http_methods(["GET", "POST"])
@require_capability("people.delegate", "people.manage")
def delegation_create(request: HttpRequest) -> HttpResponse:
    form = DelegationForm(request.POST or None, user=request.user)
    if request.method == "POST" and attempt(form, lambda: _delegate(request, form.cleaned_data)):
        messages.success(request, "The cover is arranged. It starts and ends by itself.")
        return redirect("people:delegation-list")
    return form_page(
        request,
        form,
        title="Arrange cover for an absence",
        button="Arrange cover",
        back=reverse("people:delegation-list"),
        hint="Whoever stands in sees your teams on these days only. Both of you find it in the list.",
    )


def _delegate(request: HttpRequest, data: dict) -> None:
    delegator = data.get("delegator") or get_object_or_404(Person, pk=request.user.access.person_id)
    fields = {name: data[name] for name in ("deputy", "reason", "first_day", "last_day")}
    services_teams.delegate(by=request.user, delegator=delegator, **fields)


@require_POST
@require_capability("people.delegate", "people.manage")
def delegation_end(request: HttpRequest, pk: int) -> HttpResponse:
    delegation = get_object_or_404(selectors.delegations_for(request.user), pk=pk)
    services_teams.end_delegation(by=request.user, delegation=delegation)
    messages.success(request, "The delegation has ended.")
    return redirect("people:delegation-list")
