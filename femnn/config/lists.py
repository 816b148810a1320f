"""One syntax for lists, in settings files, after ``--set`` and in options: ``1, 2, 5 gf``.

Names are parted by commas. Of numbers the following holds, whatever they are.

- A unit at the end of a text holds for all its numbers that have none: "1, 2, 5 gf" is 1 gf, 2 gf and 5 gf. What mixes
  numbers with and without a unit in another way is refused: "1 mm, 2, 5 gf", "1 gf, 2", and in TOML ["1 gf", 2]. 0 is 0
  in every unit, and a list without any unit is in SI.
- A comma between two digits is refused where it may be a decimal comma or part thousands: "1,5 gf", "1,5, 2 gf",
  "1,000,000 Pa". With a space after each comma it parts numbers; without any space it does so where there are several
  such commas and no others: "1,2,2,5,10 gf".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAliasType, get_args, get_origin

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from femnn.config.limits_of_input import MOST_ITEMS
from femnn.config.quantities import Length, Quantity, parse_quantity, split_quantity

TIGHT = re.compile(r"(?<=[0-9]),(?=[0-9])")
"""A comma that may be a decimal comma."""
THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(?![0-9,])")
"""What may be one number with commas between its thousands."""
PADDED = re.compile(r"[+-]?0[0-9]")
"""How no number begins that is not part of another."""

WHOLE = re.compile(r"[+-]?[0-9]+(\.0*)?")
"""A whole number."""


def once[T](values: list[T]) -> list[T]:
    """Return the values in order, each once: a point measured twice would be two rows with one key."""
    return list(dict.fromkeys(values))


def parts(value: object) -> object:
    """Return a text as the list of its parts between commas, and a number as a list of one; all else as it is.

    Raises:
        ValueError: there are more items than a list may have.
    """
    if isinstance(value, str | list | tuple):
        _require_short(value)
    if isinstance(value, str):
        found = (part.strip().strip("'\"").strip() for part in _unbracketed(value).split(","))
        return [part for part in found if part]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else value


def whole_numbers(value: object) -> object:
    """Return the parts of a text with whole numbers, as :func:`parts`.

    Raises:
        ValueError: it looks like one number with commas between its thousands, or a part is no whole number.
    """
    found = parts(value)
    if isinstance(value, str) and isinstance(found, list):
        if any(PADDED.match(part) for part in found):
            raise _ambiguous(value)
        # Python and pydantic make something of 0-3 and 1_0
        for part in found:
            if not WHOLE.fullmatch(part):
                raise ValueError(f"{part!r} is no whole number; write each, with commas between them: 0, 1, 2")
    return found


def numbers(value: object, unit: str = "") -> object:
    """Return a list of numbers or quantities, each with a unit of its own where any has one.

    Args:
        value: a text, a number, or a list; what is neither is left as it is.
        unit: SI unit of each; "" for numbers that have none.

    Raises:
        ValueError: numbers with and without a unit are mixed, a comma may be a decimal comma, or a part is no quantity.
    """
    if isinstance(value, str):
        _require_short(value)
        return _of_text(value, unit)
    if isinstance(value, list | tuple):
        require_alike(value)
    return parts(value)


def require_alike(items: Sequence[object]) -> None:
    """Raise ValueError where some of the items are numbers and others have a unit; 0 may stand beside both."""
    bare = [item for item in items if _bare(item)]
    with_unit = [item for item in items if isinstance(item, str) and (split_quantity(item) or ("", ""))[1]]
    if bare and with_unit:
        raise ValueError(f"{bare[0]!r} has no unit, but {with_unit[0]!r} beside it has; give each its unit")


def _require_short(items: str | Sequence[object]) -> None:
    count = items.count(",") + 1 if isinstance(items, str) else len(items)
    if count > MOST_ITEMS:
        raise ValueError(f"a list has at most {MOST_ITEMS} items, not {count}")


def _of_text(text: str, unit: str) -> list[str]:
    inner = _unbracketed(text).removesuffix(",")
    found = [part.strip().strip("'\"").strip() for part in inner.split(",")]
    if not inner.strip():
        return []
    if not all(found):
        raise ValueError(f"{text!r} has nothing between two commas; leave one of them out")
    split = [split_quantity(part) for part in found]
    units = {own for part in split if part is not None and (own := part[1])}
    if unit and units and any(_bare(part) for part in found):
        last = split[-1]
        if last is None or not last[1] or len(units) > 1:
            raise ValueError(
                f"{text!r} has numbers with and without a unit; give each its unit, or one unit at the end for all"
            )
        found = [f"{part} {last[1]}" if own is not None and not own[1] else part
                 for part, own in zip(found, split, strict=True)]  # fmt: skip
    if unit:
        # A wrong unit is a likelier error than a comma, and says more
        for part in found:
            parse_quantity(part, unit)
    tight = len(TIGHT.findall(inner))
    if tight == 1 or tight not in (0, inner.count(",")) or THOUSANDS.match(inner) or any(map(PADDED.match, found)):
        raise _ambiguous(text)
    return found


def _ambiguous(text: str) -> ValueError:
    either = "decimals with a point, nothing between thousands, and a space after each comma between numbers"
    readings = [TIGHT.sub(mark, text) for mark in (".", ", ")]
    if len(TIGHT.findall(text)) == 1 and all(_sound(part) for reading in readings for part in reading.split(",")):
        either = " or ".join(map(repr, readings))
    return ValueError(f"{text!r}: a comma between digits may be a decimal comma; write {either}")


def _sound(part: str) -> bool:
    return split_quantity(part) is not None and not PADDED.match(part.strip())


def _bare(item: object) -> bool:
    """Whether an item is a number without unit, and not 0."""
    if isinstance(item, str):
        split = split_quantity(item)
        return split is not None and not split[1] and float(split[0]) != 0
    return isinstance(item, int | float) and not isinstance(item, bool) and item != 0


def _unbracketed(text: str) -> str:
    text = text.strip()
    inner, closed, unit = text.removeprefix("[").rpartition("]")
    return f"{inner.strip()} {unit.strip()}".strip() if text.startswith("[") and closed else text


@dataclass(frozen=True)
class ListSyntax:
    """Annotation of a list or tuple that is read in the syntax of this module, by what its items are."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read the list before its items are checked."""
        items = get_args(source)
        base, unit = _item(items[0]) if items else (object, "")

        def read(value: object) -> object:
            if base is float:
                return numbers(value, unit)
            return whole_numbers(value) if base is int else parts(value)

        return core_schema.no_info_before_validator_function(read, handler(source))


def _item(kind: Any) -> tuple[Any, str]:
    """The type of an item without annotations, and its unit."""
    unit = ""
    while True:
        if isinstance(kind, TypeAliasType):
            kind = kind.__value__
        elif get_origin(kind) is Annotated:
            kind, *metadata = get_args(kind)
            unit = next((m.unit for m in metadata if isinstance(m, Quantity)), unit)
        else:
            return kind, unit


type Pair = Annotated[tuple[Length, Length], ListSyntax()]
"""Two lengths (m), in the syntax of lists."""
