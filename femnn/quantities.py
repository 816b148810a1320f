"""Quantities in configuration files: SI numbers, or strings with a unit such as ``"2 mm"`` or ``"0.55 MPa"``.

One gram-force is 9.8e-3 N here, the value that Li & Mao (2024) use throughout.
"""

import re
from functools import cache
from typing import Annotated

import pint
from pydantic import BeforeValidator

GRAM_FORCE = 9.8e-3
"""Weight of one gram in N (Li & Mao 2024)."""
SEPARATED = re.compile(r",|\d\s+\d{3}(?!\d)")
"""What pint would read wrongly without a word: "0,012" as 12, "1 000" as 1 times 0."""


@cache
def registry() -> pint.UnitRegistry:
    """The units: pint's, with the gram-force of the paper."""
    units = pint.UnitRegistry(on_redefinition="ignore")
    units.define(f"gram_force = {GRAM_FORCE} newton = gf")
    return units


def parse_quantity(value: object, unit: str) -> float:
    """A number in SI units from a number (taken as SI) or a string with a unit.

    Args:
        value: number, or string such as "5 gf"; a string without a unit is taken as SI.
        unit: SI unit of the result, for example "m", "N", "Pa", "N/m".

    Raises:
        ValueError: not a quantity, or of another dimension; the message names the unit expected.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is no quantity; give a number in {unit} or a string with a unit")
    if isinstance(value, int | float):
        return float(value)
    if SEPARATED.search(value):
        raise ValueError(f"{value!r} is no quantity; write decimals with a point, and nothing between thousands")
    try:
        quantity = registry().Quantity(value)
        return float(quantity.magnitude if quantity.unitless else quantity.to(unit).magnitude)
    except pint.DimensionalityError as error:
        raise ValueError(f"{value!r} has the wrong unit; {unit} or a multiple of it is expected") from error
    except Exception as error:
        # pint reports what it cannot read by many types, tokenizer errors among them
        raise ValueError(f"{value!r} is no quantity; give a number in {unit} or a string with a unit") from error


def _validator(unit: str) -> BeforeValidator:
    return BeforeValidator(lambda value: parse_quantity(value, unit))


Length = Annotated[float, _validator("m")]
Force = Annotated[float, _validator("N")]
Pressure = Annotated[float, _validator("Pa")]
