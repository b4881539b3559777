"""Reading settings from the environment: a bad value stops the start with a sentence, never a guess."""

import os
import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
    return os.environ.get(name, "").strip() or default


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


def choice(name: str, default: str, allowed: Collection[str]) -> str:
    """``name`` in capitals, one of ``allowed``.

    Raises ImproperlyConfigured for anything else.
    """
    value = text(name, default).upper()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}. Use one of {', '.join(allowed)}.")
    return value


def time_zone(name: str, default: str) -> str:
    """``name`` as a time zone of this machine.

    Raises ImproperlyConfigured when there is none of that name.
    """
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name} is {value!r}. Use a name like Europe/London.") from error
    return value


def folder(name: str, default: Path) -> Path:
    """``name`` as a folder, made when it is missing.

    Raises ImproperlyConfigured when it cannot be one.
    """
    path = Path(text(name) or default).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is {path}, which cannot be used as a folder: {error.strerror}."
        ) from error
    return path


def address(name: str, pattern: str, example: str) -> str:
    """``name`` as the address of a server, or nothing.

    Raises ImproperlyConfigured for what does not follow the pattern or names no port there can be. The value
    is not repeated, since it may hold a password.
    """
    value = text(name)
    try:
        is_good = not value or (re.fullmatch(pattern, value) and urlsplit(value).port != 0)
    except ValueError:
        is_good = False
    if not is_good:
        raise ImproperlyConfigured(f"{name} is no address that can be used. Write it like {example}.")
    return value
