"""The export command: exact columns, pooled values, sentences for what cannot be."""

import csv
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from ccperf.metrics.models import Rollup
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.services import write_observations
from tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 30)


@pytest.fixture
def team():
    team = make_team("Harbour")
    people = [make_person(team=team) for _ in range(2)]
    write_observations(
        [
            ObservationRow(MONDAY + timedelta(days=day), Scope.agent(person.pk), "fcr_net", top, base, base)
            for day in (0, 1, 3)
            for person, top, base in zip(people, (2, 80), (2, 100), strict=True)
        ]
        + [ObservationRow(MONDAY, Scope.agent(people[0].pk), "aht", 1234.5, 0, 0)],
        origin="direct",
    )
    return team


def export(tmp_path, *args):
    path = tmp_path / "out.csv"
    call_command("export_metrics", *args, "--out", str(path))
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_columns_and_pooled_values(team, tmp_path):
    rows = export(tmp_path, "--by", "week", "--scope", "team", "--metric", "fcr_net")
    assert list(rows[0]) == ["period", "scope", "metric", "numerator", "denominator", "n", "value"]
    [row] = rows
    assert (row["period"], row["scope"], row["numerator"], row["n"]) == (
        "2026-03-30",
        "Harbour",
        "246",
        "306",
    )
    assert float(row["value"]) == pytest.approx(82 / 102)


@pytest.mark.parametrize(
    ("by", "scope", "count"),
    [
        ("day", "organisation", 3),
        ("week", "site", 1),
        ("month", "organisation", 2),
        ("all", "organisation", 1),
        ("day", "agent", 6),
        ("month", "agent", 4),
        ("all", "agent", 2),
    ],
)
def test_every_grain_and_scope(team, tmp_path, by, scope, count):
    assert len(export(tmp_path, "--by", by, "--scope", scope, "--metric", "fcr_net")) == count


def test_a_range_of_days_and_a_missing_value(team, tmp_path):
    span = ("--from", "2026-03-31", "--to", "2026-04-01")
    [row] = export(tmp_path, "--by", "all", "--scope", "organisation", "--metric", "fcr_net", *span)
    assert (row["period"], row["n"]) == ("all", "102")
    [empty] = export(tmp_path, "--by", "day", "--scope", "team", "--metric", "aht")
    assert (empty["numerator"], empty["value"]) == ("1234.5", "")


@pytest.mark.parametrize("scope", ["team", "agent"])
@pytest.mark.parametrize(
    ("by", "first", "last", "expected"),
    [
        ("month", "2026-03-31", "2026-04-02", [("2026-03-01", "31"), ("2026-04-01", "2")]),
        ("month", "2026-03-01", "2026-04-30", [("2026-03-01", "30,31"), ("2026-04-01", "2")]),
        ("month", "2026-03-31", "2026-03-31", [("2026-03-01", "31")]),
        ("month", "2026-02-10", "2026-03-30", [("2026-03-01", "30")]),
        ("month", "2026-03-31", "", [("2026-03-01", "31"), ("2026-04-01", "2")]),
        ("month", "", "2026-03-30", [("2026-03-01", "30")]),
        ("week", "2026-03-31", "2026-04-01", [("2026-03-30", "31")]),
        ("week", "2026-03-30", "2026-04-05", [("2026-03-30", "30,31,2")]),
        ("week", "2026-04-01", "2026-05-01", [("2026-03-30", "2")]),
        ("day", "2026-03-31", "2026-04-02", [("2026-03-31", "31"), ("2026-04-02", "2")]),
    ],
)
def test_a_range_takes_its_days_of_weeks_and_months(team, tmp_path, scope, by, first, last, expected):
    """Each day has its own figure, so that a sum says which days it holds."""
    person = make_person("Solo", team=make_team("Solo"))
    worth = {"30": 1.0, "31": 10.0, "2": 100.0}
    days = {"30": MONDAY, "31": MONDAY + timedelta(days=1), "2": MONDAY + timedelta(days=3)}
    write_observations(
        [ObservationRow(days[day], Scope.agent(person.pk), "aht", worth[day], 1, 1) for day in days],
        origin="direct",
    )
    span = [*(("--from", first) if first else ()), *(("--to", last) if last else ())]
    rows = export(tmp_path, "--by", by, "--scope", scope, "--metric", "aht", *span)
    found = [
        (row["period"], float(row["numerator"]))
        for row in rows
        if row["scope"] in {"Solo", person.employee_number}
    ]
    assert found == [(period, sum(worth[day] for day in held.split(","))) for period, held in expected]


def test_several_measures_can_be_named(team, tmp_path):
    several = ("--metric", "aht", "--metric", "fcr_net")
    rows = export(tmp_path, "--by", "all", "--scope", "team", *several)
    assert {row["metric"] for row in rows} == {"aht", "fcr_net"}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--from", "31/03/2026"), "is not a day"),
        (("--from", "2026-04-01", "--to", "2026-03-01"), "later than"),
        (("--metric", "nonsense"), "There is no measure"),
    ],
)
def test_what_cannot_be_is_told(team, tmp_path, args, words):
    with pytest.raises(CommandError, match=words):
        export(tmp_path, "--by", "day", "--scope", "team", *args)
    with pytest.raises(CommandError, match="does not exist"):
        call_command("export_metrics", by="day", scope="team", out="/no/such/folder/x.csv")


def test_sums_can_be_rebuilt_and_refreshed_by_command(team, capsys):
    call_command("refresh_rollups")
    before = sorted(
        Rollup.objects.values_list("scope", "grain", "scope_id", "starts_on", "metric", "numerator")
    )
    Rollup.objects.all().delete()
    call_command("rebuild_rollups")
    assert before == sorted(
        Rollup.objects.values_list("scope", "grain", "scope_id", "starts_on", "metric", "numerator")
    )
    assert "sums." in capsys.readouterr().out


def test_a_file_that_cannot_be_opened_is_said_in_a_sentence(team, tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_metrics", "--by", "all", "--scope", "team", "--out", str(tmp_path))
