"""What each role may do. Which records it may do it to is the business of ``people.scope``."""

from collections.abc import Callable, Iterable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

AGENT = frozenset({"feedback.read", "actions.read", "actions.agree", "strategy.read"})
SUPERVISOR = frozenset(
    {
        "feedback.read",
        "feedback.log",
        "feedback.share",
        "themes.read",
        "actions.read",
        "actions.agree",
        "actions.propose",
        "metrics.read",
        "strategy.read",
        "strategy.propose",
        "imports.run",
        "people.delegate",
    }
)
MANAGER = SUPERVISOR | {
    "metrics.review",
    "routes.manage",
    "themes.curate",
    "strategy.write",
    "retention.aggregates",
}
CAPABILITIES: dict[str, frozenset[str]] = {
    "agent": AGENT,
    "supervisor": SUPERVISOR,
    "manager": MANAGER,
    "hr": frozenset(
        {
            "retention.read",
            "retention.aggregates",
            "retention.write",
            "strategy.read",
            "themes.read",
            "imports.run",
        }
    ),
    "admin": frozenset(
        {
            "metrics.configure",
            "metrics.catalogue",
            "metrics.review",
            "imports.run",
            "jobs.read",
            "people.manage",
            "strategy.read",
        }
    ),
    "privacy_officer": frozenset({"audit.read", "strategy.read"}),
}
HOME_ORDER = ("manager", "supervisor", "hr", "admin", "privacy_officer", "agent")


def capabilities_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything that at least one of the roles may do."""
    return frozenset().union(*(CAPABILITIES.get(role, frozenset()) for role in roles))


def require_capability(*capabilities: str) -> Callable:
    """Let a view run only for users who hold at least one of ``capabilities``.

    Raises PermissionDenied (403) otherwise. Anonymous visitors were sent to sign in before.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not any(request.user.access.can(capability) for capability in capabilities):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.capabilities = capabilities
        return guarded

    return decorate
