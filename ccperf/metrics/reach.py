"""Whose figures a user may open. Every page and export of figures finds its subject here."""

from collections.abc import Collection
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.http import Http404
from django.urls import reverse

from ccperf.core.dated import covers
from ccperf.core.dates import today
from ccperf.metrics import scopes
from ccperf.metrics.boards import place_of_organisation, place_of_site, place_of_team
from ccperf.metrics.drilling import SUMMED, Part
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.readings import Place, rows_url
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import Catalogue, with_freshness
from ccperf.people.models import Membership, Person, Site, Team, User


def teams_of(user: User, day: date | None = None) -> QuerySet[Team]:
    """The open teams whose figures this user may see, with site and number of agents on ``day``, today unless
    told.
    """
    members = covers(day or today(), "memberships__")
    return (
        Team.objects.performance_visible_to(user)
        .open()
        .select_related("site")
        .annotate(agents=Count("memberships__person", filter=members, distinct=True))
        .order_by("name", "site__name")
    )


def members_of(user: User, team: Team, day: date | None = None) -> QuerySet[Person]:
    """The members of a team on ``day``, today unless told, whose figures this user may see, by name."""
    return Person.objects.performance_visible_to(user).agents_of({team.pk}, day).order_by("name", "pk")


def sites_of(user: User) -> QuerySet[Site]:
    """Sites in which this user leads or manages a team; their sums name nobody."""
    return Site.objects.filter(teams__in=user.access.scope_team_ids).distinct()


def person_place(user: User, pk: int, day: date | None = None) -> tuple[Person, Place]:
    """A person whose figures this user may see, with the team of ``day``, today unless told, and the state of
    the sums beside. A page of an earlier day has the targets and the peers of the team that was.

    Raises Http404 outside the user's scope, PermissionDenied for who may know the name but not the figures.
    """
    own_team = Membership.objects.on(day).filter(person=OuterRef("pk")).order_by("-starts_on")
    people = Person.objects.performance_visible_to(user).annotate(
        team_id_then=Subquery(own_team.values("team_id")[:1], output_field=IntegerField()),
        team_name_then=Subquery(own_team.values("team__name")[:1]),
        site_id_then=Subquery(own_team.values("team__site_id")[:1], output_field=IntegerField()),
    )
    person = with_freshness(people).filter(pk=pk).first()
    if person is None:
        if Person.objects.visible_to(user).filter(pk=pk).exists():
            raise PermissionDenied
        raise Http404
    place = Place(
        Scope.agent(person.pk),
        person.name,
        person.get_absolute_url(),
        person.team_id_then,
        person.site_id_then,
    )
    return person, place


def place_for(user: User, subject: str, day: date | None = None) -> Place:
    """The place of ``team:3`` and the like, of a person with the team of ``day``.

    Raises Http404 or PermissionDenied as the pages do.
    """
    try:
        scope = Scope.parse(subject)
    except ValueError:
        raise Http404
    if scope.kind == scopes.AGENT:
        return person_place(user, scope.id, day)[1]
    if not user.access.can("metrics.read"):
        raise PermissionDenied
    if scope.kind == scopes.ORGANISATION:
        return place_of_organisation()
    if scope.kind == scopes.TEAM:
        team = Team.objects.performance_visible_to(user).filter(pk=scope.id).first()
        if team:
            return place_of_team(team)
    if scope.kind == scopes.SITE:
        site = sites_of(user).filter(pk=scope.id).first()
        if site:
            return place_of_site(site)
    raise Http404


def metric_of(key: str, known: Catalogue) -> MetricDefinition:
    """The measure of an address with its versions at hand, also one no longer used; raises Http404."""
    metric = known.metric(key)
    if metric is None:
        raise Http404
    return metric


def usual_subject(user: User) -> str | None:
    """What a definition page shows unless told: the organisation, an agent's own figures, or none."""
    if user.access.can("metrics.read"):
        return scopes.ORGANISATION
    is_agent = user.access.person_id and user.access.own_team_ids
    return Scope.agent(user.access.person_id).subject if is_agent else None


def part_url(user: User, metric: MetricDefinition, part: Part, site_ids: Collection[int]) -> str:
    """Where the rows behind a row are, if there are any that this user may open.

    ``site_ids`` are the sites that this user may open.
    """
    if part.has_records:
        return reverse("metrics:metric-records", args=[metric.key, part.row])
    opened = {scopes.TEAM: user.access.scope_team_ids, scopes.SITE: site_ids}.get(part.kind, ())
    if part.source == SUMMED and part.number in opened:
        return rows_url(metric, Scope(part.kind, part.number).subject, part.day, part.day)
    return ""
