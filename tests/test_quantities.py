"""Quantities come out in SI units, whatever multiple the user writes."""

import pytest

from femnn.quantities import parse_quantity

pytestmark = pytest.mark.serial


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2 mm", "m", 2e-3),
        ("16mm", "m", 16e-3),
        ("0.55 MPa", "Pa", 0.55e6),
        ("137.5 N/m", "N/m", 137.5),
        ("0.1375 N/mm", "N/m", 137.5),
        ("5 gf", "N", 0.049),
        ("10 gram_force", "N", 0.098),
        ("1e-3", "m", 1e-3),
        (3, "m", 3.0),
        (0.5, "Pa", 0.5),
        ("-2 mm", "m", -2e-3),
    ],
)
def test_quantities_are_read_in_si(text, unit, value):
    assert parse_quantity(text, unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("text", ["2 kg", "2 s", "1 N/m", "1 radian"])
def test_a_wrong_unit_says_which_is_expected(text):
    with pytest.raises(ValueError, match="wrong unit; m or a multiple"):
        parse_quantity(text, "m")


@pytest.mark.parametrize("text", ["0,012", "5,5 gf", "1,000 mm", "1 000 mm"])
def test_commas_and_parted_thousands_are_refused(text):
    """Pint would leave the comma out, and multiply what is parted."""
    with pytest.raises(ValueError, match="is no quantity; write decimals with a point"):
        parse_quantity(text, "m")


@pytest.mark.parametrize(
    "value", ["", "two", "2 moo", "mm 2 (", "1 +", None, True, [1.0], {"value": 1}, "__import__('os')"]
)
def test_what_is_no_quantity_is_refused_in_one_line(value):
    with pytest.raises(ValueError, match="is no quantity; give a number in m") as caught:
        parse_quantity(value, "m")
    assert "\n" not in str(caught.value)
