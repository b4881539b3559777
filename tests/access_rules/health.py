"""The two addresses for machines are open to everybody and tell nothing about people."""

from tests.access_rules import EVERYONE, rule

RULES = {
    "health:healthz": rule(ok=f"anonymous {EVERYONE}"),
    "health:readyz": rule(ok=f"anonymous {EVERYONE}", status=(200, 503), budget=False),
}
