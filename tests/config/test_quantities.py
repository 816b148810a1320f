"""Quantities come out in SI units, whatever multiple the user writes, and nothing else is read as one."""

import math
from typing import Annotated

import pytest
from pydantic import Field

from femnn.config.quantities import Angle, Density, Force, Length, parse_quantity, parse_unit
from femnn.config.settings import Settings, with_units

pytestmark = pytest.mark.serial


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2 mm", "m", 2e-3),
        ("16mm", "m", 16e-3),
        ("20 µm", "m", 20e-6),
        ("20 μm", "m", 20e-6),
        ("20 um", "m", 20e-6),
        ("0.55 MPa", "Pa", 0.55e6),
        ("137.5 N/m", "N/m", 137.5),
        ("0.1375 N/mm", "N/m", 137.5),
        ("5 gf", "N", 0.049),
        ("10 gram_force", "N", 0.098),
        ("1 kgf", "N", 9.8),
        ("1e-3", "m", 1e-3),
        ("1e-3 m", "m", 1e-3),
        (".5e1mm", "m", 5e-3),
        (3, "m", 3.0),
        (0.5, "Pa", 0.5),
        ("-2 mm", "m", -2e-3),
        ("−2 mm", "m", -2e-3),
        ("1.14 g/cm³", "kg/m**3", 1140),
        ("1.14 g/cm^3", "kg/m**3", 1140),
        ("16 mm/N", "m/N", 0.016),
        ("180 °", "rad", math.pi),
        ("180 deg", "deg", 180),
    ],
)
def test_quantities_are_read_in_si(text, unit, value):
    assert parse_quantity(text, unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("text", ["2 kg", "2 s", "1 N/m", "1 radian", "5 %", "5 px", "20 degC"])
def test_a_wrong_unit_says_which_is_expected(text):
    with pytest.raises(ValueError, match="wrong unit; m or a multiple"):
        parse_quantity(text, "m")


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("5 s", "N", "It is a time, not a force"),
        ("5 g", "N", "It is a mass, not a force; gf is the weight of a gram"),
        ("2 mm", "Pa", "It is a length, not a pressure"),
        ("5 %", "rad", "It is a share, not an angle"),
        ("5 gf", "m", "It is a force, not a length"),
        ("2 Mpa", "Pa", "there is no unit 'Mpa'"),
        ("mm", "m", "its number is missing: write 1 mm"),
    ],
)
def test_what_was_given_instead_is_named(text, unit, message):
    with pytest.raises(ValueError, match=message):
        parse_quantity(text, unit)


@pytest.mark.parametrize("text", ["0,012", "5,5 gf", "1,000 mm", "1 000 mm"])
def test_commas_and_parted_thousands_are_refused(text):
    """Pint would leave the comma out, and multiply what is parted."""
    with pytest.raises(ValueError, match="is no quantity; write decimals with a point"):
        parse_quantity(text, "m")


@pytest.mark.parametrize(
    "value",
    [
        *("", "two", "2 moo", "mm 2 (", "1 +", None, True, [1.0], {"value": 1}, "__import__('os')"),
        *("2*3 mm", "2 mm + 1 mm", "9**9**9 mm", "9**9", "2 m**9**9", "(2 mm)", "2 mm mm", "2 mm;", "1_0 mm", "0x10 m"),
        *("nan", "nan m", "inf", "infinity m", "1" * 500, "2 " + "m" * 500),
    ],
)
def test_what_is_no_quantity_is_refused_in_one_line(value):
    """One number and one unit; nothing is computed, whatever it would take."""
    with pytest.raises(ValueError, match="is no quantity; give a number in m") as caught:
        parse_quantity(value, "m")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("value", "message"),
    [("1e999 m", "too large"), ("1e308 km", "too large"), (10**400, "too large"), ("1e-999 m", "too small")],
)
def test_numbers_that_floats_cannot_hold_are_refused(value, message):
    with pytest.raises(ValueError, match=message):
        parse_quantity(value, "m")


@pytest.mark.parametrize(("value", "size"), [("mm", 1e-3), ("in", 0.0254), (0.001, 1e-3)])
def test_units_are_read_by_name_or_size(value, size):
    assert parse_unit(value, "m") == pytest.approx(size, rel=1e-12)


@pytest.mark.parametrize("value", ["", "2 mm", "1e-3", "kg", "moo", 0, -1.0, "mm)"])
def test_what_is_no_unit_is_refused(value):
    with pytest.raises(ValueError, match=r"no unit|wrong unit|has no size"):
        parse_unit(value, "m")


class Sized(Settings):
    """Quantities of several kinds."""

    force: Force
    lengths: tuple[Length, ...] = ()
    angle: Angle | None = None
    density: Annotated[Density, Field(gt=0)] = 1140.0


@pytest.mark.parametrize("force", ["5 gf", "0.1 gf", "1 lbf", 1 / 3, 1e-60, 9.9e59, -0.0])
def test_what_is_written_with_units_reads_back_to_the_same_bits(force):
    settings = Sized(force=force, lengths=["0.1 µm", "1 in", 2], angle="3 deg")
    written = with_units(settings)
    assert written["force"].endswith(" N")
    assert all(text.endswith(" m") for text in written["lengths"])
    assert written["density"] == "1140.0 kg/m**3"
    again = Sized(**written)
    assert again == settings
    assert math.copysign(1, again.force) == math.copysign(1, settings.force)
    assert settings.model_dump(mode="json")["force"] == settings.force
