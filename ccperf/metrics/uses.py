"""Who uses a measure: brought by the rooms above that set goals and act by it."""

from collections.abc import Callable
from dataclasses import dataclass

from ccperf.metrics.models import MetricDefinition
from ccperf.people.models import User


@dataclass(frozen=True)
class Use:
    """One record that rests on a measure, as far as the reader may see it."""

    kind: str
    label: str
    url: str


# A provider answers for the user who looks, with one query and at most ``MOST`` records.
Provider = Callable[[User, MetricDefinition], list[Use]]
PROVIDERS: dict[str, Provider] = {}
MOST = 12


def register_uses(name: str, provider: Provider) -> None:
    """Let a room say what of its own uses a measure; called in ``AppConfig.ready()``."""
    PROVIDERS[name] = provider


def uses_of(user: User, metric: MetricDefinition) -> list[Use]:
    """Everything that rests on a measure, room by room."""
    return [use for provider in PROVIDERS.values() for use in provider(user, metric)]
