"""No hidden cell can be recovered from what is shown: proved by exhaustive search and by linear programs."""

from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ccperf.core.exports import table_response
from ccperf.privacy.analysis_threshold import TOTAL, guard_list, guard_table
from ccperf.privacy.threshold import HIDDEN, Grain, as_json, explanation, guard_rows, is_large_enough, minimum

MINIMUM = 5
sizes_of_groups = st.lists(st.integers(0, 14), min_size=1, max_size=6)


def candidates_of_list(sizes, guard, ceiling):
    """Every list of group sizes that a reader could hold against the published figures."""
    hidden = sorted(guard.hidden)
    open_sum = sum(size for i, size in enumerate(sizes) if i not in guard.hidden)
    for values in product(range(1, ceiling + 1), repeat=len(hidden)):
        if guard.total_hidden or sum(values) + open_sum == sum(sizes):
            yield dict(zip(hidden, values, strict=True))


@settings(max_examples=250)
@given(sizes_of_groups)
def test_no_hidden_group_can_be_worked_out_from_the_total(sizes):
    guard = guard_list(sizes, minimum=MINIMUM)
    assert all(i in guard.hidden for i, size in enumerate(sizes) if 0 < size < MINIMUM)
    assert not any(sizes[i] == 0 for i in guard.hidden)
    if len(guard.hidden) > 4:  # the search grows too wide; sums of many cells are less certain, not more
        return
    possible: dict[int, set[int]] = {i: set() for i in guard.hidden}
    for candidate in candidates_of_list(sizes, guard, ceiling=16):
        for i, value in candidate.items():
            possible[i].add(value)
    assert all(len(values) > 1 for values in possible.values()), (sizes, guard)


@settings(max_examples=250)
@given(sizes_of_groups)
def test_what_is_hidden_is_no_small_group_taken_together(sizes):
    guard = guard_list(sizes, minimum=MINIMUM)
    together = sum(sizes[i] for i in guard.hidden)
    assert not guard.hidden or guard.total_hidden or together >= MINIMUM


@settings(max_examples=200)
@given(
    st.lists(
        st.integers(0, 14).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=6
    )
)
def test_counts_inside_hidden_groups_cannot_be_worked_out_even_by_who_knows_their_sizes(rows):
    sizes, inside = [n for n, _ in rows], [k for _, k in rows]
    guard = guard_list(sizes, minimum=MINIMUM, counts=[inside])
    if guard.total_hidden or not guard.hidden:
        return
    total = sum(inside[i] for i in guard.hidden)
    hidden = sorted(guard.hidden)
    for i in hidden:
        others = sum(sizes[j] for j in hidden if j != i)
        lowest, highest = max(0, total - others), min(sizes[i], total)
        assert highest > lowest, (rows, guard)


@given(sizes_of_groups)
def test_nothing_is_hidden_without_need(sizes):
    guard = guard_list(sizes, minimum=MINIMUM)
    if not any(0 < size < MINIMUM for size in sizes):
        assert not guard.hidden
        assert not guard.total_hidden


def table_of(rows, columns):
    keys = [(f"r{r}", f"c{c}") for r in range(rows) for c in range(columns)]
    values = st.integers(0, 14)
    return st.lists(values, min_size=len(keys), max_size=len(keys)).map(
        lambda found: dict(zip(keys, found, strict=True))
    )


def bounds_of_cell(sizes, guard, cell):
    """Lowest and highest value of a cell that agrees with everything shown: two linear programs."""
    import numpy as np
    from scipy.optimize import linprog

    rows = sorted({row for row, _ in sizes})
    columns = sorted({column for _, column in sizes})
    cells = [(row, column) for row in (*rows, TOTAL) for column in (*columns, TOTAL)]
    position = {key: i for i, key in enumerate(cells)}
    true = full_table(sizes, rows, columns)
    equations = [[*[(row, c) for c in columns], (row, TOTAL)] for row in (*rows, TOTAL)]
    equations += [[*[(r, column) for r in rows], (TOTAL, column)] for column in (*columns, TOTAL)]
    matrix = np.zeros((len(equations), len(cells)))
    for i, members in enumerate(equations):
        for key in members[:-1]:
            matrix[i, position[key]] = 1
        matrix[i, position[members[-1]]] = -1
    fewest = min(1, *(true[key] for key in guard.hidden))
    limits = [(fewest, 10_000) if guard.hides(*key) else (true[key], true[key]) for key in cells]
    found = []
    for sign in (1, -1):
        objective = np.zeros(len(cells))
        objective[position[cell]] = sign
        solved = linprog(objective, A_eq=matrix, b_eq=np.zeros(len(equations)), bounds=limits)
        assert solved.status == 0, solved.message
        found.append(sign * solved.fun)
    return found


def full_table(sizes, rows, columns):
    full = {(row, column): sizes.get((row, column), 0) for row in rows for column in columns}
    for row in rows:
        full[row, TOTAL] = sum(full[row, column] for column in columns)
    for column in (*columns, TOTAL):
        full[TOTAL, column] = sum(full[row, column] for row in rows)
    return full


@settings(max_examples=120)
@given(st.tuples(st.integers(2, 5), st.integers(2, 4)).flatmap(lambda shape: table_of(*shape)))
def test_no_hidden_cell_of_a_table_with_totals_can_be_worked_out(sizes):
    guard = guard_table(sizes, minimum=MINIMUM)
    full = full_table(sizes, sorted({r for r, _ in sizes}), sorted({c for _, c in sizes}))
    assert all(guard.hides(*key) for key, size in full.items() if 0 < size < MINIMUM)
    for cell in guard.hidden:
        lowest, highest = bounds_of_cell(sizes, guard, cell)
        assert highest - lowest >= 1 - 1e-6, (sizes, guard, cell)


@settings(max_examples=120)
@example({("r0", "c0"): 0, ("r0", "c1"): 1, ("r0", "c2"): 1} | {("r1", f"c{c}"): 1 for c in range(3)})
@given(st.tuples(st.integers(2, 5), st.integers(2, 4)).flatmap(lambda shape: table_of(*shape)))
def test_small_cells_stay_safe_when_the_totals_of_rows_are_published_anyway(sizes):
    """The page of all sites is fixed first; the pages of single sites must hide what it would give away."""
    rows, columns = sorted({r for r, _ in sizes}), sorted({c for _, c in sizes})
    full = full_table(sizes, rows, columns)
    overall = guard_list([full[row, TOTAL] for row in rows], minimum=MINIMUM)
    closed = {rows[i] for i in overall.hidden}
    keep = [(row, TOTAL) for row in rows if row not in closed]
    keep += [] if overall.total_hidden else [(TOTAL, TOTAL)]
    guard = guard_table(sizes, minimum=MINIMUM, also_hide=[(row, TOTAL) for row in closed], keep=keep)
    assert not guard.hidden & set(keep)
    for row, column in sizes:
        if 0 < sizes[row, column] < MINIMUM:
            assert guard.hides(row, column)
            lowest, highest = bounds_of_cell(sizes, guard, (row, column))
            assert highest - lowest >= 1 - 1e-6, (sizes, guard, row, column)


@pytest.mark.criterion("D16")
def test_next_smallest_neighbour_is_hidden_with_a_single_small_group():
    """The intakes of the picture: February with 3 starters would follow from the total alone."""
    guard = guard_list([28, 3, 34, 9, 26, 31], minimum=5)
    assert guard.hidden == {1, 3}
    assert not guard.total_hidden


def test_of_groups_alike_it_is_always_the_same_one_that_protects_another():
    """Else what one edition of a table hides could be read from another."""
    sizes = [50, 3, 9, 50, 50, 50, 50, 50, 50, 50, 9]
    assert guard_list(sizes, minimum=5).hidden == guard_list(sizes, minimum=4).hidden == {1, 10}


def test_hundreds_of_groups_of_one_are_known_to_be_ones_unless_a_larger_one_hides_with_them():
    sizes = [1] * 400 + [7, 6]
    assert guard_list(sizes, minimum=5).hidden == {*range(400), 401}
    assert guard_list([2, *sizes], minimum=5).hidden == set(range(401))


def test_a_site_view_hides_what_the_view_of_all_sites_would_give_away():
    """All sites 34, site A 31: showing both tells that site B had 3."""
    sizes = {("Mar", "A"): 31, ("Mar", "B"): 3, ("Apr", "A"): 20, ("Apr", "B"): 12}
    guard = guard_table(sizes, minimum=5)
    assert guard.hides("Mar", "B")
    assert guard.hides("Mar", "A") or guard.hides("Mar")


def test_two_hidden_cells_that_share_a_bridge_get_a_way_round():
    """Two in every row and column is not enough: a cell that links two loops is still certain."""
    rows = {
        ("a", "1"): 2, ("a", "2"): 3, ("b", "1"): 4, ("b", "2"): 2, ("b", "3"): 3,
        ("c", "3"): 2, ("c", "4"): 4, ("d", "3"): 3, ("d", "4"): 2,
    }  # fmt: skip
    sizes = {(r, c): rows.get((r, c), 20) for r in "abcd" for c in "1234"}
    guard = guard_table(sizes, minimum=5)
    for cell in guard.hidden:
        lowest, highest = bounds_of_cell(sizes, guard, cell)
        assert highest - lowest >= 1 - 1e-6


def test_a_lone_small_group_takes_its_total_with_it():
    guard = guard_list([3], minimum=5)
    assert guard.hidden == {0}
    assert guard.total_hidden
    assert guard_table({("Mar", "A"): 3}, minimum=5).hides(TOTAL, TOTAL)


def test_leavers_of_two_hidden_intakes_are_not_both_nought():
    """Hidden 3 + 9 starters of whom nobody left: the total would say so, a third row must blur it."""
    sizes, left = [28, 3, 34, 9], [3, 0, 12, 0]
    guard = guard_list(sizes, minimum=5, counts=[left])
    assert sum(left[i] for i in guard.hidden) > 0 or guard.total_hidden


def test_without_a_total_only_small_groups_are_hidden():
    assert guard_list([3, 20], minimum=5, total_published=False).hidden == {0}


def test_impossible_tables_are_refused():
    with pytest.raises(ValueError, match="fewer than 0"):
        guard_list([-1], minimum=5)
    with pytest.raises(ValueError, match="between 0"):
        guard_list([4], minimum=5, counts=[[5]])


def test_settings_decide_the_minimum(settings):
    settings.PRIVACY_AVERAGE_MINIMUM = 6
    assert minimum(Grain.AVERAGE) == 6
    assert not is_large_enough(5, Grain.AVERAGE)
    assert minimum(Grain.DISTRIBUTION) == settings.PRIVACY_DISTRIBUTION_MINIMUM
    assert "fewer than 6" in explanation(Grain.AVERAGE)
    guard = guard_rows([{"n": 5}, {"n": 9}, {"n": 30}], lambda row: row["n"], grain=Grain.AVERAGE)
    assert guard.hidden == {0, 1}


def test_hidden_is_hidden_in_text_files_and_json():
    assert f"{HIDDEN}" == "Hidden"
    assert as_json(HIDDEN) is None
    assert as_json(7) == 7
    with pytest.raises(TypeError):
        HIDDEN + 1
    for kind in ("csv", "xlsx"):
        response = table_response(kind, "intakes", ["Intake", "Starters"], [["March", HIDDEN]])
        assert response.status_code == 200
    assert HIDDEN.is_hidden
    text = table_response("csv", "intakes", ["Intake", "Starters"], [["March", HIDDEN]]).content.decode()
    assert "March,Hidden" in text
