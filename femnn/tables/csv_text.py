"""Texts in tables that femnn writes: none is a formula to a spreadsheet program, and all come back as they were."""

import re

import pandas as pd

from femnn.tables.cell_values import is_number

FORMULA = re.compile(r"[\s'’]*[=+\-@＝＋－＠]|[\t\r\n]")
"""How a cell begins that spreadsheet programs may run, or that was quoted against it."""
DIRECTION = re.compile(r"[-+][xyz]")
"""Directions as femnn writes them, which run nothing."""
QUOTE = "'"
"""What spreadsheet programs take for the mark of a text."""


def quoted(text: str) -> str:
    """Return a cell's text, with an apostrophe before it where a spreadsheet program may take it for a formula.

    Args:
        text: of the cell; numbers stay as they are.
    """
    harmless = is_number(text) or text == "-" or DIRECTION.fullmatch(text)
    return QUOTE + text if FORMULA.match(text) and not harmless else text


def unquoted(text: str) -> str:
    """Return a cell's text as it was before :func:`quoted`."""
    return text[1:] if text.startswith(QUOTE) and FORMULA.match(text[1:]) else text


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts, and names of columns, are no formulas.

    Args:
        table: numbers and texts.
    """
    changed = {
        name: column.map(lambda cell: quoted(cell) if isinstance(cell, str) else cell)
        for name, column in table.items()
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))
    }
    found = table.assign(**changed) if changed and all(isinstance(name, str) for name in changed) else table
    return found.rename(columns={name: quoted(name) for name in found.columns if isinstance(name, str)})
