"""What cells of tables hold: nothing, a number, or text; which decimal mark a table has."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError

type Floats = npt.NDArray[np.float64]

MISSING = frozenset({"", "NA", "N/A", "n/a", "na", "#N/A", "#NA", "<NA>", "nan", "NaN", "NAN", "-nan", "-NaN", "NaT",
                     "null", "NULL", "Null", "#NV", "#N/D", "n.a.", "N.A.", "-", "--", "–", "—", "?"})  # fmt: skip
"""What spreadsheets, R, pandas and people write for a value that is missing. "Na", sodium, is none of it."""
NO_NUMBER = MISSING | {"None", "NONE", "none", ".", "*"}
"""The same where numbers are expected; elsewhere these may be names."""
DATE = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{2,4}\b|\d{4}-\d{2}\b|\d{1,2}[-. ]+[A-Z][a-z]{2}\b|[A-Z][a-z]{2}[- ]\d{1,2}\b"
)
"""A date as spreadsheets write it; they make dates of texts such as 1-2 too."""
SHOWN = 40
"""Characters of a cell that a message shows."""

_EXPONENT = r"(?:[eEdD][+-]?[0-9]+)?"
_UNIT = r"(?:\s*[^\W\d_][^,]*)?"
PLAIN = re.compile(rf"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+){_EXPONENT}")
"""A number with a decimal point, or none."""
POINT = re.compile(rf"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+){_EXPONENT}{_UNIT}")
COMMA = re.compile(rf"[+-]?(?:[0-9]+,[0-9]*|,[0-9]+){_EXPONENT}{_UNIT}")
ONE_GROUP = re.compile(rf"[+-]?[1-9][0-9]{{0,2}},[0-9]{{3}}{_UNIT}")
"""1,234: a decimal comma, or a comma between thousands."""
GROUPED = re.compile(
    rf"[+-]?[0-9]{{1,3}}(?:(?:[,.'’\s][0-9]{{3}}){{2,}}(?:[.,][0-9]+)?|[,'’\s][0-9]{{3}}\.[0-9]+|"
    rf"[.'’\s][0-9]{{3}},[0-9]+|['’\s][0-9]{{3}}){_UNIT}"
)
"""Something between thousands, for certain."""
_TWO_POINTS = re.compile(r"\.[0-9]*\.")
_FAST = re.compile(r"[0-9eE+.\-\0]*")


def shown(text: str) -> str:
    """Return a cell as a message shows it: in quotes, and not longer than a line can hold."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


def listed(names: Sequence[str], most: int = 150) -> str:
    """Return names with commas between, as a message shows them: in one line, and not longer than it can hold.

    Args:
        names: from a file.
        most: characters in all.
    """
    text = " ".join(", ".join(names[: most // 2]).split())
    return text if len(text) <= most and len(names) <= most // 2 else f"{text[:most]} …"


def is_number(text: str) -> bool:
    """Return whether a cell is a number, with a decimal point or comma."""
    text = text.replace("−", "-")
    return PLAIN.fullmatch(text) is not None or (
        COMMA.fullmatch(text) is not None and text[-1:].isdigit() and text.count(",") == 1
    )


def has_decimal_commas(source: str, columns: Iterable[tuple[str, Sequence[str]]], rows: Sequence[int]) -> bool:
    """Return whether numbers are written with decimal commas.

    Args:
        source: the file, for messages.
        columns: names and cells of columns of numbers; cells that are no numbers are passed over.
        rows: numbers of the rows, for messages.

    Raises:
        ConfigError: something stands between thousands; or 1,234 may be either; or commas and points are mixed.
    """
    commas: tuple[str, str] | None = None
    points: tuple[str, str] | None = None
    certain = False
    for name, cells in columns:
        together = "\0".join(cells)
        if _FAST.fullmatch(together) and not _TWO_POINTS.search(together):
            if points is None and "." in together:
                i = next(i for i, cell in enumerate(cells) if "." in cell)
                points = (f"row {rows[i]}, column {name!r}", cells[i])
            continue
        for number, text in zip(rows, cells, strict=True):
            where = f"row {number}, column {name!r}"
            if GROUPED.fullmatch(text):
                raise ConfigError(
                    f"{source}: {where}: {shown(text)} has something between its thousands; write numbers without."
                )
            if COMMA.fullmatch(text):
                commas = commas or (where, text)
                certain = certain or ONE_GROUP.fullmatch(text) is None
            elif POINT.fullmatch(text):
                points = points or (where, text)
    if commas and points:
        raise ConfigError(
            f"{source}: {commas[0]}: {shown(commas[1])} has a comma, but {points[0]} a point, {shown(points[1])}; "
            "write all decimals alike, and nothing between thousands."
        )
    if commas and not certain:
        raise ConfigError(
            f"{source}: {commas[0]}: {shown(commas[1])} may have a decimal comma or a comma between thousands; write "
            "decimals with points, and nothing between thousands."
        )
    return commas is not None


def with_point(text: str, commas: bool) -> str:
    """Return a number's text with a decimal point and a plain minus sign, where its table has decimal commas."""
    text = text.replace("−", "-")
    return text.replace(",", ".", 1) if commas and COMMA.fullmatch(text) else text


def as_numbers(cells: Sequence[str], commas: bool) -> Floats:
    """Return cells as numbers, NaN where they are none or missing, shape (n,).

    Args:
        cells: their texts.
        commas: whether decimals have commas.
    """
    if not len(cells):
        return np.empty(0)
    # Python would take "1_000", "infinity" and digits of other scripts for numbers too
    if _FAST.fullmatch("\0".join(cells)) is not None:
        try:
            return np.array(cells, dtype=np.str_).astype(np.float64)
        except ValueError:
            pass
    return np.array([_number(with_point(cell, commas)) for cell in cells])


def _number(text: str) -> float:
    if PLAIN.fullmatch(text) is None:
        return np.nan
    return float(text.replace("d", "e").replace("D", "e"))
