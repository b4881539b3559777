import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvement.amounts import amount_text, parse_amount


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("76", "percent", 0.76),
        ("76.5 %", "percent", 0.765),
        ("76%", "percent", 0.76),
        ("0.7%", "percent", 0.007),
        ("594", "seconds", 594),
        ("594 s", "seconds", 594),
        ("9:54", "seconds", 594),
        ("1:09:54", "seconds", 4194),
        ("9 min 54 s", "seconds", 594),
        ("1,204", "score", 1204),
        ("4.5", "score", 4.5),
        ("12", "per_thousand", 0.012),
        ("£5.58", "currency", 5.58),
        ("\u22121.8", "score", -1.8),
    ],
)
def test_what_people_type_is_understood(text, unit, value):
    assert parse_amount(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", "score"),
        ("soon", "percent"),
        ("140", "percent"),
        ("0.7", "percent"),
        ("1.2.3", "score"),
        ("9:5", "seconds"),
        ("-5 s", "seconds"),
        ("25:00:00", "seconds"),
        ("9" * 20, "score"),
    ],
)
def test_what_makes_no_sense_is_refused(text, unit):
    with pytest.raises(ValueError):
        parse_amount(text, unit)


@given(st.floats(0, 1), st.sampled_from(["percent", "per_thousand", "score", "seconds"]))
def test_a_stored_value_survives_being_shown_and_typed_again(value, unit):
    value = round(value, 4)
    assert parse_amount(amount_text(value, unit), unit) == pytest.approx(value, abs=1e-6)
