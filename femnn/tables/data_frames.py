"""Tables as frames of pandas: numbers where a column holds numbers, texts elsewhere, NaN for what is missing."""

import numpy as np
import pandas as pd

from femnn.tables.cell_values import NO_NUMBER, as_numbers, has_decimal_commas, with_point
from femnn.tables.table import Table, number_columns

UNITS = "units"
"""Under which the attributes of a frame hold the units that the table states, by column."""
LARGEST_WHOLE = 2.0**53
"""Up to which every whole number is a float."""


def frame(table: Table, unnamed: str) -> pd.DataFrame:
    """Return a table as a frame whose rows are named as a spreadsheet counts them.

    Args:
        table: what was read.
        unnamed: name of a column without one.

    Raises:
        ConfigError: decimals of columns of numbers are not written alike, or have something between thousands.
    """
    numeric = set(number_columns(table))
    texts = {name: [row[place] for row in table.rows] for place, name in enumerate(table.head)}
    of_numbers = [(name, texts[name]) for name in table.head if name in numeric]
    commas = has_decimal_commas(table.source, of_numbers, table.numbers)
    columns: dict[str, pd.Series] = {}
    for name in table.head:
        own = None
        if name in numeric:
            own = _numbers([with_point(cell, commas) for cell in texts[name]])
        columns[name or unnamed] = pd.Series([cell or None for cell in table.column(name)]) if own is None else own
    found = pd.DataFrame(columns)
    found.index = pd.Index(table.numbers)
    found.attrs[UNITS] = dict(table.units)
    return found


def _numbers(cells: list[str]) -> pd.Series:
    """A column of numbers: whole ones where all are; texts where one cannot be read, for a message on it."""
    values = as_numbers(cells, False)
    missing = np.array([cell in NO_NUMBER for cell in cells])
    if not np.isfinite(values[~missing]).all():
        return pd.Series([None if gone else cell for cell, gone in zip(cells, missing, strict=True)])
    if not missing.any() and (np.abs(values) < LARGEST_WHOLE).all() and not (values % 1).any():
        return pd.Series(values.astype(np.int64))
    return pd.Series(values)
