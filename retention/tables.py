"""The tables of the retention page as files: the same guarded objects, one row per case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ccperf.privacy.threshold import Grain, Hidden, explanation
from retention.analysis_turnover import Rate, Share
from retention.pages import PatternsPage, band_name
from retention.wording import month_name


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its name, header and rows, with a closing line when something in it is hidden."""

    name: str
    header: tuple[str, ...]
    rows: list[Sequence[Any]]


def intakes(page: PatternsPage) -> Table:
    table = page.figures.intakes
    header = ("Intake", "Starters", "Left in 90 days", "Share", "Lower 95%", "Upper 95%", "Reading")
    rows = [
        (month_name(row.month), row.starters, row.left_early, *_parts(row.share), row.reading)
        for row in table.rows
    ]
    return Table("90-day leavers", header, _closed(rows, table.has_hidden))


def turnover(page: PatternsPage) -> Table:
    header = ("Twelve months before", "Leavers", "Mean headcount", "Rate a year", "Lower 95%", "Upper 95%")
    found = page.figures.turnover
    rows = [
        (point.ends_before, point.rate.events, round(point.rate.mean_headcount, 1), *_parts(point.rate))
        for point in (found.rolling if found else ())
    ]
    return Table("turnover", header, _closed(rows, found is None))


def monthly(page: PatternsPage) -> Table:
    found = page.figures.turnover
    rows = [(month, count) for month, count in (found.monthly if found else ())]
    return Table("leavers by month", ("Month", "Leavers"), _closed(rows, found is None))


def kinds(page: PatternsPage) -> Table:
    header = ("How it ended", "Leavers", "Rate a year", "Lower 95%", "Upper 95%")
    found = page.figures.turnover
    rows = [(row.label, row.count, *_parts(row.rate)) for row in (found.kinds if found else ())]
    hidden = found is None or any(isinstance(row.count, Hidden) for row in found.kinds)
    return Table("leavers by kind", header, _closed(rows, hidden))


def reasons(page: PatternsPage) -> Table:
    table = page.figures.reasons
    header = ["Reason", "Can managers act?"]
    for column in table.columns:
        header += [
            f"{column.voice.label}, leavers naming it",
            f"{column.voice.label}, leavers asked",
            "Share",
        ]
    rows = [
        (row.name, row.mitigable, *(cell for share in row.shares for cell in _counts(share)))
        for row in table.rows
    ]
    return Table("reasons for leaving", tuple(header), _closed(rows, table.has_hidden))


def survival(page: PatternsPage) -> Table:
    """Every step of the curves; empty for those who do not see them."""
    header = ("Group", "Day", "At risk", "Left", "Still here", "Lower 95%", "Upper 95%", "Standard error")
    panel = page.figures.survival
    rows: list[Sequence[Any]] = []
    if panel and panel.others:
        named = [(month_name(panel.intake), panel.chosen)] if panel.intake and panel.chosen else []
        for name, curve in [*named, ("Other intakes" if named else "All intakes", panel.others)]:
            rows += [
                (name, s.day, s.at_risk, s.events, s.survival, s.lower, s.upper, s.se) for s in curve.steps
            ]
    return Table("survival", header, rows)


def hazard(page: PatternsPage) -> Table:
    header = ("Time since start", "Leavers", "Person-months", "Rate a month", "Lower 95%", "Upper 95%")
    rows = [
        (band_name(band), band.events, round(band.person_months, 1), *_parts(band))
        for band in page.figures.hazard
    ]
    return Table("leavers by tenure", header, rows)


TABLES: dict[str, Callable[[PatternsPage], Table]] = {
    "intakes": intakes,
    "turnover": turnover,
    "monthly": monthly,
    "kinds": kinds,
    "reasons": reasons,
    "survival": survival,
    "hazard": hazard,
}


def _parts(figure: Any) -> tuple[Any, Any, Any]:
    """Value and interval; three times *Hidden* where the figure is, empty where there is none."""
    if isinstance(figure, Hidden):
        return figure, figure, figure
    if figure is None or figure.value is None:
        return "", "", ""
    low, high = figure.interval
    return figure.value, low, high


def _counts(share: Share | Rate | Hidden) -> tuple[Any, Any, Any]:
    if isinstance(share, Hidden):
        return share, share, share
    return share.part, share.whole, share.value if share.value is not None else ""


def _closed(rows: list[Sequence[Any]], has_hidden: bool) -> list[Sequence[Any]]:
    return [*rows, (explanation(Grain.AVERAGE),)] if has_hidden else rows
