"""Rules of access by address; the format stands in README.md beside this file."""

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

PERSONAS = ("anonymous", "agent", "supervisor", "manager", "hr", "admin", "privacy_officer", "stranger")


def rule(
    *,
    ok: str = "",
    status: int | tuple[int, ...] | None = None,
    otherwise: int | tuple[int, ...] = 403,
    anonymous: int = 302,
    method: str = "get",
    args: Callable[[SimpleNamespace], dict] | None = None,
    data: Callable[[SimpleNamespace], dict] | None = None,
    path: str = "",
    budget: bool = True,
    **personas: int | tuple[int, ...],
) -> dict[str, Any]:
    """One rule: ``ok`` names who succeeds, keywords name other answers, ``otherwise`` is the rest."""
    allowed = ok.split()
    unknown = {*allowed, *personas} - set(PERSONAS)
    if unknown:
        raise ValueError(f"Unknown personas in an access rule: {sorted(unknown)}")
    success = status or (302 if method == "post" else 200)
    answers = {name: success if name in allowed else otherwise for name in PERSONAS}
    answers["anonymous"] = success if "anonymous" in allowed else anonymous
    answers.update(personas)
    return {**answers, "method": method, "args": args, "data": data, "path": path, "budget": budget}


EVERYONE = "agent supervisor manager hr admin privacy_officer stranger"


def rule_modules() -> list[ModuleType]:
    """The rule files of all rooms."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


def all_rules() -> dict[str, dict[str, Any]]:
    """Every rule by the name of its address. Raises ValueError when two rooms claim one address."""
    found: dict[str, dict[str, Any]] = {}
    for module in rule_modules():
        twice = found.keys() & module.RULES.keys()
        if twice:
            raise ValueError(f"Two rules for {sorted(twice)}")
        found.update(module.RULES)
    return found


def user_of(centre: SimpleNamespace, persona: str):
    """The signed-in user of a persona, None for anonymous."""
    if persona == "anonymous":
        return None
    return centre.stranger_supervisor if persona == "stranger" else getattr(centre, persona)
