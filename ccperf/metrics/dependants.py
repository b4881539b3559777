"""What depends on a measure; rooms above bring theirs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q

from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.reach import sites_of
from ccperf.metrics.saved import SavedView
from ccperf.metrics.saving import is_open_to, metric_of_address
from ccperf.metrics.selectors import Catalogue
from ccperf.metrics.versions import used_by
from ccperf.people.models import User


@dataclass(frozen=True)
class Dependant:
    """One thing, or several of a kind, that a change of the measure touches; it names nobody."""

    title: str
    note: str
    icon: str
    url: str = ""


Provider = Callable[[User, MetricDefinition], Iterable[Dependant]]
VIEW_ICON = "pin-angle"
PROVIDERS: dict[str, Provider] = {}


def register_dependants(name: str, provider: Provider) -> None:
    """Let a room say what of its own depends on a measure; called in ``AppConfig.ready()``."""
    PROVIDERS[name] = provider


def dependants_of(user: User, metric: MetricDefinition, known: Catalogue) -> list[Dependant]:
    """Everything that every room knows to depend on the measure, one query or two for each room above."""
    found = [
        Dependant(item.name, "is worked out of it", "calculator", item.get_absolute_url())
        for item in used_by(metric, known.every)
    ]
    found += [
        Dependant(item.name, "has it as guard measure", "shield-check", item.get_absolute_url())
        for item in known.metrics
        if item.guard_id == metric.pk
    ]
    if count := len(known.targets.of(metric.pk)):
        word = "target" if count == 1 else "targets"
        place = "targets/" if user.access.can("metrics.configure") else "#targets"
        note, url = "dated, of everybody, a site or a team", metric.get_absolute_url() + place
        found.append(Dependant(f"{count} {word}", note, "bullseye", url))
    found += _kept_views(user, metric)
    for provider in PROVIDERS.values():
        found += provider(user, metric)
    return found


def _kept_views(user: User, metric: MetricDefinition) -> list[Dependant]:
    """Views of figures that show the measure: by name one's own and the shared ones, with a link where
    one may open it; the others counted.
    """
    may_see = Q(pk__in=SavedView.objects.visible_to(user).order_by().values("pk"))
    views = SavedView.objects.filter(address__contains=metric.key).annotate(may_see=may_see)
    views = [view for view in views if metric_of_address(view.address) == metric.key]
    seen = [view for view in views if view.may_see]
    sites = set(sites_of(user).values_list("pk", flat=True)) if seen else set()
    found = [
        Dependant(
            view.name,
            "is a kept view of it",
            VIEW_ICON,
            view.address if is_open_to(user, view.address, sites) else "",
        )
        for view in seen
    ]
    if others := len(views) - len(found):
        words = f"{others} kept view{'s' if others > 1 else ''}"
        found.append(Dependant(words, "of it, kept by others for themselves", VIEW_ICON))
    return found
