"""Reading settings from the environment: a bad value stops the start with a sentence, never a guess."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The value of ``name``; ``name_FILE`` may point to a file that holds it (container secrets)."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE points to {path}, which cannot be read.") from error
    return os.environ.get(name, default).strip()


def boolean(name: str, default: bool) -> bool:
    """``name`` as yes or no.

    Raises ImproperlyConfigured when it is neither.
    """
    raw = text(name).lower()
    if not raw:
        return default
    if raw in TRUE:
        return True
    if raw in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {raw!r}. Use 1 or 0.")


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    """``name`` as a whole number within bounds.

    Raises ImproperlyConfigured when it is not one.
    """
    raw = text(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        value = minimum - 1
    if not minimum <= value <= maximum:
        raise ImproperlyConfigured(f"{name} is {raw!r}. Use a whole number from {minimum} to {maximum}.")
    return value


def words(name: str, default: list[str]) -> list[str]:
    """``name`` as a list, split at commas."""
    raw = text(name)
    return [word.strip() for word in raw.split(",") if word.strip()] if raw else default
