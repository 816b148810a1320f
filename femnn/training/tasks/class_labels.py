"""Columns of classes: what cannot be one is refused by its cause."""

import numpy as np
import pandas as pd

from femnn.errors import ConfigError
from femnn.tables.cell_values import listed

MOST_CLASSES = 100
"""Classes of a column at most; more are numbers or names of samples."""
FEW_VALUES = 10
"""Different numbers with decimals up to which a column may still name classes."""
MANY_VALUES = 20
"""Different whole numbers from which on a column names classes only if each comes often."""
OFTEN = 5
"""Samples of a class, on average, that come often."""
SHOWN = 60
"""Characters of names that a message shows."""


def class_names(column: pd.Series) -> pd.Series:
    """Return the names of the classes of a column's cells; whole numbers have no decimals."""
    if pd.api.types.is_float_dtype(column) and not (column.dropna() % 1).any():
        return column.map(lambda value: f"{value:.0f}")
    return column.astype(str)


def require_classes(data: str, table: pd.DataFrame, label: str) -> None:
    """Refuse a column that measures something or names samples.

    Raises:
        ConfigError: it has too many values for names of classes; the message names columns that may be meant.
    """
    cells = table[label].dropna()
    count, rows = cells.nunique(), len(cells)
    if count < 3:
        return
    numeric = pd.api.types.is_numeric_dtype(cells)
    fractions = numeric and bool((cells % 1 != 0).any())
    measured = (fractions and (count > FEW_VALUES or 2 * count > rows)) or (
        numeric and count > MANY_VALUES and OFTEN * count > rows
    )
    if measured:
        raise ConfigError(
            f"{data}: column {label!r} has {count} different numbers in {rows} rows, from {cells.min():.6g} to "
            f"{cells.max():.6g}: it measures something and names no classes; {_instead(table, label)}."
        )
    if count > MOST_CLASSES or (count == rows and count > 2):
        raise ConfigError(
            f"{data}: column {label!r} has {count} different values in {rows} rows: it names no classes; "
            f"{_instead(table, label)}."
        )


def require_two(data: str, label: str, kinds: pd.Categorical, table: pd.DataFrame) -> None:
    """Refuse one class alone, and a class with one sample.

    Raises:
        ConfigError: there is one; the message names it.
    """
    if len(kinds.categories) < 2:
        raise ConfigError(
            f"{data}: column {label!r} has one class alone, {listed(kinds.categories, SHOWN) or 'none'}; "
            f"{_instead(table, label)}."
        )
    counts = np.bincount(kinds.codes, minlength=len(kinds.categories))
    if counts.max() > 1 and counts.min() < 2:
        alone = listed([str(kinds.categories[counts.argmin()])], SHOWN)
        raise ConfigError(
            f"{data}: class {alone!r} of column {label!r} has one sample; add samples of it, or leave it out."
        )


def require_the_only_one(data: str, table: pd.DataFrame, label: str) -> None:
    """Refuse a last column of numbers, which would be taken for the classes, where another one names them.

    Raises:
        ConfigError: it is not clear which column holds the classes.
    """
    names = _naming(table, label)
    if names and pd.api.types.is_numeric_dtype(table[label]):
        raise ConfigError(
            f"{data}: the last column, {label!r}, holds numbers, and {names[0]!r} holds names: say which holds the "
            f"classes, by label = {names[0]!r} or {label!r}."
        )


def _naming(table: pd.DataFrame, label: str) -> list[str]:
    """Columns of texts, other than the label, that may name classes."""
    found = []
    for name in table.columns:
        cells = table[name].dropna()
        texts = not pd.api.types.is_numeric_dtype(cells)
        if name != label and texts and 2 <= cells.nunique() <= min(MANY_VALUES, len(cells) // 2):
            found.append(str(name)[:SHOWN])
    return found


def _instead(table: pd.DataFrame, label: str) -> str:
    """Columns that may name classes, in words."""
    found = _naming(table, label)
    if found:
        return f"label = {' or '.join(map(repr, found[:3]))} may be meant"
    return "name the column of the classes by label, or take the task regression"
