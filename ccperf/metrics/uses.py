"""Who uses a measure: brought by the rooms above that set goals and act by it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User


@dataclass(frozen=True)
class Use:
    """One record that rests on a measure, as far as the reader may see it."""

    kind: str
    label: str
    url: str


# A provider answers for the user who looks with rows of (kind, address name, label, id), all of them text but
# the id, so that one query asks all rooms.
Provider = Callable[[User, MetricDefinition], QuerySet]
PROVIDERS: dict[str, Provider] = {}
COLUMNS = ("use_kind", "use_page", "use_label", "use_id")
MOST = 20


def register_uses(name: str, provider: Provider) -> None:
    """Let a room say what of its own uses a measure; called in ``AppConfig.ready()``."""
    PROVIDERS[name] = provider


def uses_of(user: User, metric: MetricDefinition) -> list[Use]:
    """What rests on a measure, the newest of each kind first; one query."""
    rows = [provider(user, metric).order_by().values_list(*COLUMNS) for provider in PROVIDERS.values()]
    if not rows:
        return []
    found = rows[0].union(*rows[1:]).order_by("use_kind", "-use_id")[:MOST]
    return [Use(kind, label, reverse(page, args=[pk])) for kind, page, label, pk in found]
