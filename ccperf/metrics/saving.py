"""Keeping, sharing and deleting views of figures."""

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import Resolver404, ResolverMatch, resolve

from ccperf.audit.services import record
from ccperf.metrics.saved import SavedView
from ccperf.metrics.scopes import SITE, TEAM
from ccperf.people.models import User

NAMES = ("team-detail", "person-detail", "site-detail", "organisation", "metric-detail", "metric-rows", "day")
PAGES = frozenset(["alerts:span", *(f"metrics:{name}" for name in NAMES)])
OF_ONE_PERSON, DAY = "metrics:person-detail", "metrics:day"
OF_ONE_PLACE = {"metrics:team-detail": TEAM, "metrics:site-detail": SITE}
FILTERS = ("scope", "subject", "day", "span", "end", "view", "metric", "from", "to")
PINNED_AT_MOST = 8


def checked_address(address: str) -> str:
    """The path and known filters of one of our performance pages.

    Raises ValidationError for any other address, above all one that leads elsewhere.
    """
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or _page_of(parts.path) not in PAGES:
        raise ValidationError("Only pages of performance can be kept. Open one and press Keep this view.")
    known = [(name, value) for name, value in parse_qsl(parts.query) if name in FILTERS]
    query = urlencode(known, safe=":")
    kept = f"{parts.path}?{query}" if query else parts.path
    if len(kept) > SavedView._meta.get_field("address").max_length:
        raise ValidationError("This address is too long to be kept. Choose fewer filters.")
    return kept


def is_of_one_person(address: str) -> bool:
    """Whether a kept address shows one person's figures, which are shared with nobody."""
    parts = urlsplit(address)
    values = dict(parse_qsl(parts.query))
    return _page_of(parts.path) == OF_ONE_PERSON or values.get("scope", "").startswith("agent:")


def is_open_to(user: User, address: str, site_ids: Collection[int]) -> bool:
    """Whether a reader would see figures at a kept address; ``site_ids`` are the sites they may open."""
    parts = urlsplit(address)
    match, values = _resolved(parts.path), dict(parse_qsl(parts.query))
    if match is None:
        return False
    subject = values.get("scope") or values.get("subject") or ""
    if not user.access.can("metrics.read"):
        return match.view_name == "metrics:metric-detail" and not subject
    kind, _, number = subject.partition(":")
    if match.view_name in OF_ONE_PLACE:
        kind, number = OF_ONE_PLACE[match.view_name], str(match.kwargs["pk"])
    if kind == SITE and match.view_name == DAY:
        return True  # The half hours of a site, as those of its queues, are open to all who read figures.
    reach = {TEAM: user.access.scope_team_ids, SITE: site_ids}.get(kind)
    return reach is None or number in map(str, reach)


def metric_of_address(address: str) -> str:
    """The key of the measure that a kept address shows; empty for pages of all measures."""
    parts = urlsplit(address)
    match = _resolved(parts.path)
    return (match and match.kwargs.get("key")) or dict(parse_qsl(parts.query)).get("metric", "")


def _page_of(path: str) -> str:
    match = _resolved(path)
    return match.view_name if match else ""


def _resolved(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


@transaction.atomic
def save_view(
    *, by: User, name: str, address: str, is_pinned: bool, shared_with: str, view: SavedView | None = None
) -> SavedView:
    """Keep a new view, or change one of one's own.

    Raises ValidationError for a foreign address, a name kept already, a shared page of one person and too
    many pins.
    """
    view = view or SavedView(owner=by)
    view.name, view.address = name, checked_address(address)
    view.is_pinned, view.shared_with = is_pinned, shared_with
    if shared_with and is_of_one_person(view.address):
        raise ValidationError({"shared_with": "A page about one person is kept only for yourself."})
    others = SavedView.objects.filter(owner=by, is_pinned=True).exclude(pk=view.pk)
    if is_pinned and others.count() >= PINNED_AT_MOST:
        raise ValidationError({"is_pinned": f"Home has room for {PINNED_AT_MOST} views. Unpin one first."})
    view.full_clean()
    view.save()
    record("metrics.view.saved", by=by, subject=view, after={"shared_with": shared_with or "nobody"})
    return view


@transaction.atomic
def delete_view(*, by: User, view: SavedView) -> None:
    """Forget one of one's own views; whoever it was shared with no longer finds it."""
    record("metrics.view.deleted", by=by, subject=view, before={"shared_with": view.shared_with or "nobody"})
    view.delete()
