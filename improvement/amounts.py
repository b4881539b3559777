"""Targets as people type them. Pure: no Django."""

import re

_NUMBER = re.compile(r"^[-\u2212+]?\d{1,3}(?:,\d{3})*(?:\.\d+)?$|^[-\u2212+]?\d+(?:\.\d+)?$")
DAY = 86_400
"""Seconds."""
LARGEST = 1e9
_CLOCK = re.compile(r"^(?:(\d+):)?(\d{1,3}):(\d{2})$")


def parse_amount(text: str, unit: str) -> float:
    """The stored value of what was typed for a measure of ``unit``.

    ``percent`` takes 76, 76% or 76.5 % and gives a fraction, and below 1 only what has its sign;
    ``per_thousand`` likewise by 1,000; ``seconds`` takes 594, 594 s, 9 min 54 s or 9:54.
    Raises ValueError for anything else, a percentage beyond 0 to 100, a duration beyond a day and a number
    beyond a billion.
    """
    plain = " ".join(text.replace("\u00a0", " ").split())
    if unit == "seconds":
        value = _seconds(plain)
        if not 0 <= value <= DAY:
            raise ValueError("A duration lies between nothing and a day.")
        return value
    if unit == "currency":
        plain = plain.removeprefix("£").strip()
    if unit == "percent":
        number = _number(plain.removesuffix("%").strip())
        if 0 < number < 1 and not plain.endswith("%"):
            raise ValueError(
                f"{number:g} can mean {number * 100:g}% or {number:g}%. Write which, with the sign."
            )
        value = number / 100
        if not 0 <= value <= 1:
            raise ValueError("A percentage lies between 0 and 100.")
        return value
    if unit == "per_thousand":
        return _number(plain) / 1000
    return _number(plain)


def amount_text(value: float | None, unit: str) -> str:
    """A stored value as it would be typed, for a form that is filled in again."""
    if value is None:
        return ""
    shown = value * {"percent": 100, "per_thousand": 1000}.get(unit, 1)
    return f"{shown:.6g}{'%' if unit == 'percent' else ''}"


def _number(text: str) -> float:
    if not _NUMBER.match(text):
        raise ValueError("Write a number.")
    value = float(text.replace(",", "").replace("\u2212", "-"))
    if abs(value) > LARGEST:
        raise ValueError("Write a smaller number.")
    return value


def _seconds(text: str) -> float:
    clock = _CLOCK.match(text)
    if clock:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return hours * 3600 + minutes * 60 + seconds
    spoken = re.fullmatch(r"(\d+(?:\.\d+)?) ?(?:min|minutes|m)(?: (\d+) ?(?:s|sec|seconds))?", text)
    if spoken:
        return float(spoken[1]) * 60 + float(spoken[2] or 0)
    return _number(re.sub(r" ?(?:s|sec|seconds)$", "", text))
