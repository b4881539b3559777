"""Figures of this room in words: whole per cents, because no interval here is narrower than a few points."""

from datetime import date

from ccperf.core.numbers import NBSP
from ccperf.privacy.threshold import Hidden


def percent_interval(interval: tuple[float, float] | None) -> str:
    """(0.26, 0.39) as 26 to 39%."""
    return "" if interval is None else f"{interval[0] * 100:.0f} to {interval[1] * 100:.0f}%"


def month_name(day: date) -> str:
    return f"{day:%B %Y}"


def p_value(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def counted(count: int, singular: str, plural: str = "") -> str:
    """1 leaver, 97 leavers; 1,204 with its comma."""
    word = singular if count == 1 else plural or f"{singular}s"
    return f"{count:,}{NBSP}{word}"


def shown(value: object) -> object:
    """What a file says: the value, or *Hidden*."""
    return str(value) if isinstance(value, Hidden) else value
