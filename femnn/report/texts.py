"""Tables and numbers as reports show them."""

import math
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
    """Return a figure for a table: ``4.57 × 10⁻⁴``, or plain where that reads better; a dash for none."""
    if value is None or value != value:
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        text = f"{value:.{digits}g}"
        # More digits before the point than are asked for would be written as 1e+02
        return f"{float(text):.0f}" if "e" in text else text
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def grams(force: float, digits: int = 3) -> str:
    """Return a force (N) in the unit of the weights that are hung: ``5 gf``."""
    return f"{force / GRAM_FORCE:.{digits}g} gf"


def percent(share: float, digits: int = 1) -> str:
    """Return a share as ``4.6 %``, with digits after the point; a dash for NaN."""
    return "–" if math.isnan(share) else f"{100 * share:.{digits}f} %"


def rounded_percent(share: float, digits: int = 3) -> str:
    """Return a share as ``0.0457 %``, with digits in all; a dash for NaN."""
    return "–" if math.isnan(share) else f"{number(100 * share, digits)} %"


def length(metres: float) -> str:
    """Return a small length (m) as people say it: ``20 µm``, or ``3 nm``."""
    return f"{1e6 * metres:.3g} µm" if metres >= 0.999e-7 else f"{1e9 * metres:.3g} nm"


def listed(parts: Sequence[str], joined_by: str = "and") -> str:
    """Return parts of a sentence as a list: ``a, b and c``."""
    return f"{', '.join(parts[:-1])} {joined_by} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def between(values: Sequence[float], shown: str, joined_by: str = " to ") -> str:
    """Return the first and the last of ordered values, ``1.2 to 3.4``, or the one number if they are written alike."""
    first, last = (format(value, shown) for value in (values[0], values[-1]))
    return first if first == last else f"{first}{joined_by}{last}"


SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
