"""Tables and numbers as reports show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from femnn.config.quantities import GRAM_FORCE


@dataclass(frozen=True)
class Table:
    """A table of a report's first screen."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def number(value: float | None, digits: int = 3) -> str:
    """A figure for a table: ``4.57 × 10⁻⁴``, or plain where that reads better; a dash for none."""
    if value is None or value != value:
        return "–"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        text = f"{value:.{digits}g}"
        # More digits before the point than are asked for would be written as 1e+02
        return f"{float(text):.0f}" if "e" in text else text
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def grams(force: float, digits: int = 3) -> str:
    """Return a force (N) in the unit of the weights that are hung: ``5 gf``."""
    return f"{force / GRAM_FORCE:.{digits}g} gf"


def listed(parts: Sequence[str]) -> str:
    """Return parts of a sentence as a list: ``a, b and c``."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
