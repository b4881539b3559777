"""The same numbers out of the published files themselves."""

import csv

import pandas as pd
import pytest

from ccperf.metrics import analysis as a
from ccperf.metrics import analysis_charts as c
from ccperf.metrics.analysis_days import Day, check_days, rhythm
from tests.metrics import vectors as v

near = pytest.approx


def trial_rows(folder, name: str) -> list[dict[str, float]]:
    """Rows of a data set of qcc that its authors used to set the limits."""
    with (folder / "spc_qcc" / f"{name}.txt").open(encoding="utf-8") as file:
        head, *rows = (line.split() for line in csv.reader(file, delimiter="\x00") for line in line)
    found = [dict(zip(head, row, strict=True)) for row in rows if row]
    return [
        {key: float(value) for key, value in row.items() if key != "trial"}
        for row in found
        if row.get("trial", "TRUE") == "TRUE"
    ]


def line(chart):
    return (chart.centre, chart.lower[0], chart.upper[0])


def test_p_charts_of_orange_juice(sample_data):
    rows = trial_rows(sample_data, "orangejuice")
    events, sizes = [row["D"] for row in rows], [row["size"] for row in rows]
    assert line(c.p_chart(events, sizes)) == near(v.QCC_P_ORANGE, abs=1e-6)
    kept = [x for index, x in enumerate(events, start=1) if index not in (15, 23)]
    assert line(c.p_chart(kept, [50] * 28)) == near(v.QCC_P_ORANGE_WITHOUT, abs=1e-6)
    rows = trial_rows(sample_data, "orangejuice2")
    second = c.p_chart([row["D"] for row in rows], [row["size"] for row in rows])
    assert line(second) == near(v.QCC_P_ORANGE_2, abs=1e-6)


def test_c_u_and_individuals_charts(sample_data):
    counts = [row["x"] for row in trial_rows(sample_data, "circuit")]
    assert line(c.u_chart(counts, [1] * len(counts))) == near(v.QCC_C_CIRCUIT, abs=1e-4)
    kept = [x for index, x in enumerate(counts, start=1) if index not in (6, 20)]
    assert line(c.u_chart(kept, [1] * len(kept))) == near(v.QCC_C_CIRCUIT_WITHOUT, abs=1e-4)
    rows = trial_rows(sample_data, "pcmanufact")
    assert line(c.u_chart([row["x"] for row in rows], [row["size"] for row in rows])) == near(
        v.QCC_U_PC, abs=1e-5
    )
    limits = a.xmr([row["viscosity"] for row in trial_rows(sample_data, "viscosity")], screen=False)
    # The package divides by 1.128 where the usual constant 2.66 is rounded.
    assert (limits.mean, limits.lower, limits.upper) == near(v.QCC_XMR_VISCOSITY, abs=1e-3)


@pytest.fixture
def city(sample_data):
    names = [f"3-1-1-contact-centre-metrics-{year}.xlsx" for year in (2023, 2024)]
    frames = [pd.read_excel(sample_data / "vancouver311" / name, engine="calamine") for name in names]
    frame = pd.concat(frames)
    frame["Date"] = pd.to_datetime(frame["Date"])
    return frame.sort_values("Date")


@pytest.mark.criterion("M8")
def test_abandoned_calls_of_a_city_by_month(city):
    months = city.groupby(city["Date"].dt.to_period("M"))[["CallsAbandoned", "CallsOffered"]].sum()
    shares = 100 * months["CallsAbandoned"] / months["CallsOffered"]
    assert list(shares) == near(v.CITY_MONTHLY_ABANDONED, abs=6e-4)
    assert line_of(a.xmr(list(shares), screen=False)) == near(v.CITY_XMR, abs=1e-3)
    # Fewer than twenty points: all of them stand behind the limits, also where a page works them out.
    assert line_of(a.work_out(list(shares)).limits) == near(v.CITY_XMR, abs=1e-3)


def line_of(limits):
    return (limits.mean, limits.lower, limits.upper)


def test_plain_limits_of_thousands_of_daily_calls_would_alarm_every_other_day(city):
    events, sizes = list(city["CallsAbandoned"]), list(city["CallsOffered"])
    plain, laney = c.p_chart(events, sizes), c.laney_p_chart(events, sizes)
    assert 100 * plain.centre == near(v.CITY_POOLED, abs=1e-4)
    assert laney.spread == near(v.CITY_SPREAD, abs=1e-4)
    assert len(plain.outside) == v.CITY_OUTSIDE_PLAIN
    assert len(laney.outside) == v.CITY_OUTSIDE_LANEY
    assert c.is_widened(laney.spread, sizes)


def test_what_pages_say_of_the_days_of_a_city(city):
    days = [Day(row.Date.date(), row.CallsAbandoned, row.CallsOffered) for row in city.itertuples()]
    check = check_days(days, "share")
    assert check.words.startswith(
        "19 of 578 days outside limits (Laney p\u2032, \u03c3z 3.40); a plain p chart would call 257."
    )
    factors = rhythm(days, "share").factors
    assert max(factors, key=factors.get) == 0  # more people give up on Mondays than on any other day
    assert check.adjusted_spread < check.spread
