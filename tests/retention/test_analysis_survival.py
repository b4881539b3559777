"""Survival figures against published data sets and against statsmodels."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.analysis_survival import Tenure, chi2_tail, holm, kaplan_meier, log_rank

# Freireich et al. 1963, Blood 21:699: weeks in remission, 6-MP and placebo.
SIX_MP_WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
SIX_MP_EVENT = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO_WEEKS = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
# R survival::aml, maintained and non-maintained.
AML_WEEKS = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
AML_EVENT = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
AML_OTHER_WEEKS = [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
AML_OTHER_EVENT = [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]


def tenures(days, events):
    return [Tenure(int(day), bool(event)) for day, event in zip(days, events, strict=True)]


def sample(path: Path):
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.criterion("D16")
def test_freireich_1963_remissions_are_reproduced():
    curve = kaplan_meier(tenures(SIX_MP_WEEKS, SIX_MP_EVENT))
    published = [
        (6, 21, 3, 0.8571, 0.0764),
        (7, 17, 1, 0.8067, 0.0869),
        (10, 15, 1, 0.7529, 0.0963),
        (13, 12, 1, 0.6902, 0.1068),
        (16, 11, 1, 0.6275, 0.1141),
        (22, 7, 1, 0.5378, 0.1282),
        (23, 6, 1, 0.4482, 0.1346),
    ]
    got = [(s.day, s.at_risk, s.events, round(s.survival, 4), round(s.se, 4)) for s in curve.steps]
    assert got == published
    assert curve.median == 23
    assert curve.followed_until == 35
    placebo = tenures(PLACEBO_WEEKS, [1] * 21)
    assert kaplan_meier(placebo).median == 8
    test = log_rank({"6-MP": tenures(SIX_MP_WEEKS, SIX_MP_EVENT), "placebo": placebo})
    assert test.chi2 == pytest.approx(16.79294098921654)
    assert test.p == pytest.approx(4.2e-5, rel=0.01)


def test_aml_of_r_survival_is_reproduced():
    curve = kaplan_meier(tenures(AML_WEEKS, AML_EVENT))
    assert [round(s.survival, 3) for s in curve.steps] == [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
    assert [round(s.se, 4) for s in curve.steps] == [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535]
    assert curve.median == 31
    test = log_rank(
        {"maintained": tenures(AML_WEEKS, AML_EVENT), "not": tenures(AML_OTHER_WEEKS, AML_OTHER_EVENT)}
    )
    assert test.chi2 == pytest.approx(3.3963886989775984)
    assert test.p == pytest.approx(0.0653, abs=5e-5)


def test_lung_cancer_medians_and_interval_are_those_of_r(sample_data):
    rows = sample(sample_data / "lifelines_sets" / "lung.csv")
    groups = {"1": [], "2": []}
    for row in rows:
        groups[row["sex"]].append(Tenure(int(float(row["time"])), row["status"] in {"1", "True"}))
    everyone = kaplan_meier(groups["1"] + groups["2"])
    assert (everyone.n, everyone.events, everyone.median) == (228, 165, 310)
    assert everyone.median_interval == (284, 361)
    assert kaplan_meier(groups["1"]).median == 270
    assert kaplan_meier(groups["2"]).median == 426
    test = log_rank(groups)
    assert test.chi2 == pytest.approx(10.327, abs=5e-4)
    assert test.p == pytest.approx(0.00131, abs=5e-6)


def test_waltons_genes_differ_as_published(sample_data):
    groups: dict[str, list[Tenure]] = {}
    for row in sample(sample_data / "lifelines_sets" / "waltons_dataset.csv"):
        groups.setdefault(row["group"], []).append(Tenure(int(float(row["T"])), row["E"] == "1"))
    curves = {name: kaplan_meier(members) for name, members in groups.items()}
    assert {name: (curve.median, curve.n) for name, curve in curves.items()} == {
        "control": (58, 129),
        "miR-137": (26, 34),
    }
    test = log_rank(groups)
    assert test.chi2 == pytest.approx(122.249, abs=5e-4)
    assert test.p == pytest.approx(2.0e-28, rel=0.03)


def test_ibm_attrition_survival_by_years_at_company(sample_data):
    """Whole years from 0: a year is added to every tenure, which moves days but no probability."""
    rows = sample(sample_data / "ibm_attrition" / "emp_attrition.csv")
    groups: dict[str, list[Tenure]] = {"Yes": [], "No": []}
    for row in rows:
        groups[row["OverTime"]].append(Tenure(int(row["YearsAtCompany"]) + 1, row["Attrition"] == "Yes"))
    curve = kaplan_meier(groups["Yes"] + groups["No"])
    assert (curve.n, curve.events) == (1470, 237)
    survival = {year: round(curve.at(year + 1).survival, 4) for year in (1, 2, 5, 10, 20)}
    assert survival == {1: 0.9482, 2: 0.9278, 5: 0.8729, 10: 0.7768, 20: 0.7169}
    assert curve.median == 40 + 1
    test = log_rank(groups)
    assert test.chi2 == pytest.approx(81.7068, abs=5e-5)
    assert test.p == pytest.approx(1.58e-19, rel=0.01)


spells = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 30), st.booleans()).map(
        lambda row: Tenure(row[0] + row[1], row[2], row[0])
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60)
@given(spells)
def test_late_entry_agrees_with_statsmodels(members):
    import numpy as np
    from statsmodels.duration.survfunc import SurvfuncRight

    if not any(member.left for member in members):
        assert kaplan_meier(members).steps == ()
        return
    oracle = SurvfuncRight(
        np.array([m.days for m in members]),
        np.array([int(m.left) for m in members]),
        entry=np.array([m.entered for m in members]),
    )
    curve = kaplan_meier(members)
    expected = [
        (time, risk, survival)
        for time, risk, survival, events in zip(
            oracle.surv_times, oracle.n_risk, oracle.surv_prob, oracle.n_events, strict=True
        )
        if events
    ]
    assert [(s.day, s.at_risk) for s in curve.steps] == [(time, risk) for time, risk, _ in expected]
    assert [s.survival for s in curve.steps] == pytest.approx([s for _, _, s in expected])


@settings(max_examples=40)
@given(st.lists(st.tuples(spells, st.sampled_from("abc")), min_size=2, max_size=5))
def test_log_rank_of_several_groups_agrees_with_statsmodels(parts):
    import numpy as np
    from statsmodels.duration.survfunc import survdiff

    groups: dict[str, list[Tenure]] = {}
    for members, name in parts:
        groups.setdefault(name, []).extend(members)
    flat = [(member, name) for name, members in groups.items() for member in members]
    if len(groups) < 2 or not any(member.left for member, _ in flat):
        return
    ours = log_rank(groups)
    try:
        chi2, p = survdiff(
            np.array([m.days for m, _ in flat]),
            np.array([int(m.left) for m, _ in flat]),
            np.array([name for _, name in flat]),
            entry=np.array([m.entered for m, _ in flat]),
        )
    except np.linalg.LinAlgError:
        return  # one group has no overlap in risk: statsmodels gives up, ours still answers
    if np.isfinite(chi2) and abs(chi2) < 1e6:
        assert ours.chi2 == pytest.approx(float(chi2), rel=1e-6, abs=1e-6)
        assert ours.p == pytest.approx(float(p), rel=1e-6, abs=1e-9)


@settings(max_examples=60)
@given(spells)
def test_bands_hold_the_curve_and_the_curve_only_falls(members):
    curve = kaplan_meier(members)
    last = 1.0
    for step in curve.steps:
        assert 0.0 <= step.lower <= step.survival + 1e-12 <= step.upper + 2e-12 <= 1.0 + 3e-12
        assert step.survival <= last
        last = step.survival
    assert curve.at(curve.followed_until + 1) is None
    assert curve.at_risk(0) == sum(1 for member in members if member.entered == 0)


def test_a_late_entrant_does_not_count_before_being_seen():
    members = [Tenure(5, True), Tenure(10, True), Tenure(20, False, entered=8)]
    steps = kaplan_meier(members).steps
    assert [(s.day, s.at_risk) for s in steps] == [(5, 2), (10, 2)]


def test_a_spell_watched_for_no_day_is_refused():
    with pytest.raises(ValueError, match="at least one day"):
        Tenure(5, True, entered=5)


def test_log_rank_needs_two_groups():
    with pytest.raises(ValueError, match="two groups"):
        log_rank({"only": [Tenure(3, True)], "nobody": []})


def test_log_rank_without_leavers_finds_nothing():
    assert log_rank({"a": [Tenure(3, False)], "b": [Tenure(4, False)]}).p == 1.0


def test_chi2_tail_matches_tables():
    assert chi2_tail(3.841459, 1) == pytest.approx(0.05, abs=1e-6)
    assert chi2_tail(5.991465, 2) == pytest.approx(0.05, abs=1e-6)
    assert chi2_tail(0, 3) == 1.0


def test_holm_corrects_for_the_number_of_tests():
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03})
    assert adjusted == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
