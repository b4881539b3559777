"""The years a reader can choose. They never overlap, so that no two of them can be subtracted."""

from dataclasses import dataclass
from datetime import date, timedelta

from ccperf.core.dates import add_months, full_day_words, month_start
from retention.analysis_turnover import years_before

ALL_YEARS = "all"


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months [start, end), or everything known."""

    key: str
    start: date
    end: date
    is_all: bool = False

    @property
    def label(self) -> str:
        last = full_day_words(self.end - timedelta(days=1))
        return f"All years to {last}" if self.is_all else f"12 months to {last}"


def reporting_years(*, today: date, earliest: date | None, with_all: bool) -> list[Year]:
    """Blocks of twelve months that end with the last complete month, back to the earliest record.

    Blocks that overlap would tell a small month by their difference; *all years* is the sum of the others
    and is therefore offered only to those who may read the register itself.
    """
    end = month_start(today)
    years: list[Year] = []
    while not years or (earliest and earliest < end and len(years) < 40):
        start = years_before(end, 1)
        years.append(Year(f"{add_months(end, -1):%Y-%m}", start, end))
        end = start
    if with_all and len(years) > 1:
        years.append(Year(ALL_YEARS, min(earliest or end, end), years[0].end, is_all=True))
    return years


def month_ends(year: Year) -> list[date]:
    """The thirteen month ends (exclusive) from the eve of the year to its end."""
    return [add_months(year.end, -back) for back in range(12, -1, -1)]
