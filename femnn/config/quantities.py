"""Quantities in configuration files: SI numbers, or strings with a unit such as ``"2 mm"`` or ``"0.55 MPa"``.

A quantity is one number and one unit; nothing is computed. One gram-force is 9.8e-3 N here, the value that Li & Mao
(2024) use throughout, and a kilogram-force is a thousand of them.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from femnn.config.limits_of_input import LARGEST, SMALLEST

if TYPE_CHECKING:
    import pint

MILLIMETRE = 1e-3
"""Metres in a millimetre, the unit of drawings and of what is printed."""
GRAM_FORCE = 9.8e-3
"""Weight of one gram in N (Li & Mao 2024)."""
LONGEST = 80
"""Characters that a quantity has at most."""
WRITER = "quantity"
"""Key in the context of a model_dump under which a function of value and unit says how quantities are written."""
WITH_UNITS: Mapping[str, Callable[[float, str], str]] = {WRITER: lambda value, unit: f"{value!r} {unit}"}
"""Context with which quantities are written as strings with their unit, which read back to the same bits."""

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_WORD = r"(?:[^\W\d]+|[°%])(?:(?:\*\*|\^)[+-]?[0-9])?"
UNIT = rf"{_WORD}(?:\s*[*/·]\s*{_WORD})*"
QUANTITY = re.compile(rf"({NUMBER})\s*({UNIT})?")
"""A number and, where there is one, its unit."""
SEPARATED = re.compile(r"[0-9]\s*,\s*[0-9]|[0-9]\s+[0-9]{3}(?![0-9])")
"""Numbers with a decimal comma, or with something between thousands."""

EXAMPLES = {"m": "2 mm", "N": "5 gf", "Pa": "0.55 MPa", "N/m": "137.5 N/m", "s": "10 s", "deg": "2 deg", "rad": "3 deg"}
KINDS = {
    "m": "a length",
    "N": "a force",
    "Pa": "a pressure",
    "N/m": "a stiffness",
    "m/N": "a compliance",
    "s": "a time",
    "kg": "a mass",
    "kg/m**3": "a density",
    "m**2": "an area",
    "m**3": "a volume",
    "K": "a temperature",
    "Hz": "a frequency",
    "J": "an energy",
}
"""What a unit of the same dimension measures, for messages."""
NO_LENGTH = frozenset({"px", "css_pixel"})
"""What Pint takes for a length on screens; a camera's pixel has no length before the scale is known."""


@cache
def registry() -> "pint.UnitRegistry":
    """The units: pint's, with the gram-force of the paper."""
    # It takes a third of a second to import, which what shows no quantity need not wait for
    import pint

    units = pint.UnitRegistry(on_redefinition="ignore")
    units.define(f"gram_force = {GRAM_FORCE} newton = gf")
    units.define("kilogram_force = 1000 gram_force = kgf")
    return units


def parse_quantity(value: object, unit: str) -> float:
    """Return a number in SI units from a number (taken as SI) or a string with a unit.

    Args:
        value: number, or string such as "5 gf"; a string without a unit is taken as SI.
        unit: SI unit of the result, for example "m", "N", "Pa", "N/m".

    Raises:
        ValueError: not a quantity, or of another dimension; the message names the unit expected.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _refused(value, unit)
    if isinstance(value, int | float):
        return _in_range(value, value)
    text = value.strip().replace("−", "-")
    match = QUANTITY.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        raise _refused(value, unit)
    number, own = float(match[1]), match[2]
    if number == 0 and re.search("[1-9]", re.split("[eE]", match[1])[0]):
        raise ValueError(f"{value!r} is too small for a number")
    # What is in the unit already keeps its bits
    return _in_range(number if own is None or own == unit else _converted(number, own, unit, value), value)


def parse_unit(value: object, unit: str) -> float:
    """Return one unit of a name in SI: ``"mm"`` as 0.001.

    Args:
        value: name of the unit, or its size as a number.
        unit: SI unit of the result.

    Raises:
        ValueError: there is no such unit, it is of another dimension, or not above 0.
    """
    if isinstance(value, str) and re.fullmatch(UNIT, value.strip()) is None:
        raise ValueError(f"{value!r} is no unit; name one, as {EXAMPLES[unit].split()[1]!r}")
    size = parse_quantity(f"1 {value}" if isinstance(value, str) else value, unit)
    if not size > 0:
        raise ValueError(f"a unit of {size:g} {unit} has no size; give one above 0")
    return size


def split_quantity(text: str) -> tuple[str, str] | None:
    """Return the number of a quantity and its unit, "" where there is none; None where it is no quantity."""
    match = QUANTITY.fullmatch(text.strip().replace("−", "-"))
    return None if match is None else (match[1], match[2] or "")


def _in_range(number: float, value: object) -> float:
    try:
        result = float(number)
    except OverflowError:
        result = math.inf
    # What was given as infinite or NaN is left to pydantic, which names it so
    if math.isinf(result) and not (isinstance(value, float) and math.isinf(value)):
        raise ValueError(f"{str(value)[:LONGEST]!r} is too large for a number")
    if math.isfinite(result) and result and not SMALLEST <= abs(result) <= LARGEST:
        beyond = "large" if abs(result) > 1 else "small"
        raise ValueError(
            f"{str(value)[:LONGEST]!r} is too {beyond} to compute with; quantities in SI units lie between "
            f"{SMALLEST:g} and {LARGEST:g}"
        )
    return result


def _converted(number: float, own: str, unit: str, value: str) -> float:
    own = own.replace("%", "percent").replace("°", "degree").replace("·", "*")
    try:
        kind, wanted = _kind(own), _kind(unit)
        if kind == wanted and own not in NO_LENGTH:
            return float(registry().Quantity(number, own).to(unit).magnitude)
    except Exception as error:
        # pint reports what it cannot read by many types, tokenizer errors among them
        raise ValueError(f"{_refused(value, unit)}; there is no unit {own!r}") from error
    problem = f"{value!r} has the wrong unit; {unit} or a multiple of it is expected"
    if own in NO_LENGTH:
        raise ValueError(f"{problem}. How long a pixel is depends on the camera's scale")
    hint = "; gf is the weight of a gram" if (kind, wanted) == ("a mass", "a force") else ""
    raise ValueError(f"{problem}. It is {kind}, not {wanted}{hint}")


@cache
def _kind(unit: str) -> str:
    """What a unit measures: "a length"; its dimension where that has no name here."""
    units = registry()
    dimension = units.get_dimensionality(unit)
    if not dimension:
        root = units.get_base_units(unit)[1]
        return "an angle" if "radian" in str(root) else "a share"
    known = {units.get_dimensionality(name): kind for name, kind in KINDS.items()}
    return known.get(dimension, f"of dimension {dimension}")


def _refused(value: object, unit: str) -> ValueError:
    shown = f"{str(value)[:LONGEST]}…" if isinstance(value, str) and len(value) > LONGEST else value
    example = f", as in {EXAMPLES[unit]!r}" if unit in EXAMPLES else ""
    if isinstance(value, str):
        text = value.strip()
        if SEPARATED.search(text):
            return ValueError(f"{shown!r} is no quantity; write decimals with a point, and nothing between thousands")
        if re.fullmatch(UNIT, text) and _known(text):
            return ValueError(f"{shown!r} is no quantity; its number is missing: write 1 {text}")
        if re.match(rf"{NUMBER}\s*[-+*/(^]", text):
            example = "; nothing is computed"
    return ValueError(f"{shown!r} is no quantity; give a number in {unit} or a string with a unit{example}")


def _known(unit: str) -> bool:
    try:
        registry().parse_units(unit)
    except Exception:
        return False
    return True


@dataclass(frozen=True)
class Quantity:
    """Annotation of a float that is read as a quantity, and written with its unit where a context asks for it."""

    unit: str
    """Unit of the float; SI except for angles that are stated in degrees."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read quantities before the number is checked, and write them as the context says."""
        return core_schema.no_info_before_validator_function(
            lambda value: parse_quantity(value, self.unit),
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(self._written, info_arg=True),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Keep the unit in the schema, for messages about the value."""
        return {**handler(schema), "unit": self.unit}

    def _written(self, value: float, info: SerializationInfo) -> object:
        write = (info.context or {}).get(WRITER)
        return value if write is None else write(value, self.unit)


Length = Annotated[float, Quantity("m")]
Force = Annotated[float, Quantity("N")]
Pressure = Annotated[float, Quantity("Pa")]
Duration = Annotated[float, Quantity("s")]
Density = Annotated[float, Quantity("kg/m**3")]
Compliance = Annotated[float, Quantity("m/N")]
Angle = Annotated[float, Quantity("rad")]
Degrees = Annotated[float, Quantity("deg")]
