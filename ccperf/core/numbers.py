"""Numbers for people: unit beside figure, precision by sample size, never a dash for a missing value."""

NBSP = "\u00a0"
MINUS = "\u2212"
NO_DATA = "no data"


def signed(text: str) -> str:
    """``text`` with a true minus sign."""
    return text.replace("-", MINUS)


def format_count(value: float | int | None) -> str:
    """A whole number with thousands separators: 1,204."""
    return NO_DATA if value is None else signed(f"{round(value):,}")


def format_value(value: float | None, unit: str, n: int | None = None) -> str:
    """``value`` of a measure with its unit.

    ``percent`` takes a fraction and shows one decimal from n = 100 on, none below; ``per_thousand`` takes a
    fraction as well. Seconds show as minutes from an hour on, so that the handle times of a table, a chart
    and a sentence share their unit. None is *no data*.
    """
    if value is None:
        return NO_DATA
    return signed(_FORMATS.get(unit, _plain)(value, n))


def format_share(value: float | None) -> str:
    """A fraction as a whole percentage; a few of many are never said to be none, nor almost all to be all."""
    if value is None:
        return NO_DATA
    if 0 < value < 0.005:
        return "<0.5%"
    if 0.995 < value < 1:
        return ">99.5%"
    whole = round(value * 100)
    # Halves are rounded to the even number, which is 0 and 100 at the ends.
    return f"{min(max(whole, 1), 99) if 0 < value < 1 else whole}%"


def format_change(value: float | None, unit: str) -> str:
    """A difference of two values: percentages differ by points."""
    if value is None:
        return NO_DATA
    if unit == "percent":
        return signed(f"{value * 100:+.1f}{NBSP}points")
    text = format_value(abs(value), unit)
    return f"{'+' if value >= 0 else MINUS}{text}"


def format_change_range(low: float | None, high: float | None, unit: str) -> str:
    """The interval of a difference; points are named once: +1.4 to +5.0 points."""
    return f"{format_change(low, unit).removesuffix(f'{NBSP}points')} to {format_change(high, unit)}"


def _percent(value: float, n: int | None) -> str:
    return f"{value * 100:.{1 if n is None or n >= 100 else 0}f}%"


def _seconds(value: float, n: int | None) -> str:
    if abs(value) < 3600:
        return f"{value:,.0f}{NBSP}s"
    minutes, seconds = divmod(round(value), 60)
    if minutes < 600:
        return f"{minutes}{NBSP}min {seconds}{NBSP}s"
    return f"{minutes / 60:.1f}{NBSP}h"


def _plain(value: float, n: int | None) -> str:
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"


_FORMATS = {
    "percent": _percent,
    "seconds": _seconds,
    "per_thousand": lambda value, n: f"{value * 1000:.1f}",
    "points": lambda value, n: f"{value:.0f}",
    "score": lambda value, n: f"{value:.2f}",
    "currency": lambda value, n: f"£{value:,.2f}",
    "ratio": _plain,
    "count": lambda value, n: format_count(value),
}
