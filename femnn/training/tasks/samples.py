"""Tables of samples: Iris, the penguins of Palmer Station, or a user's own CSV file."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.training.tasks.leaks import leaks

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Missing = Literal["refuse", "drop"]

IRIS_FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
PENGUIN_FEATURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
SETS = ("iris", "penguins")
"""Data by name."""
MOST_NAMED = 5
"""Rows that an error names."""


@dataclass(frozen=True)
class Samples:
    """Numbers of each sample, and its class."""

    features: Floats
    """Shape (n, columns)."""
    names: tuple[str, ...]
    """Of the columns."""
    labels: Integers
    """Index of each sample's class, shape (n,)."""
    classes: tuple[str, ...]
    """Names of the classes, in the order of their outputs."""
    dropped: int = 0
    """Rows that were left out since a cell of them is empty."""
    notes: tuple[str, ...] = ()
    """Columns that were left out or are to be watched, a line each."""


def read_samples(data: str, features: Sequence[str] | None, label: str | None, missing: Missing) -> Samples:
    """The samples of a set of data.

    Args:
        data: "iris", "penguins", or the path of a CSV file with a header.
        features: columns that are numbers; where None those of the set, or of a file all but the label and those that
            number the rows or alone separate the classes.
        label: column of the classes; the set's own, or the last of a file, where None.
        missing: whether rows with an empty cell are refused or left out.

    Raises:
        ConfigError: there is no such file or column, a cell is empty or no number, there is but one class, or no column
            is left as a feature.
    """
    table, usual, own_label = _table(data)
    label = label or own_label
    _require_columns(data, table, [label])
    columns = list(features) if features else [name for name in usual if name != label]
    _require_columns(data, table, columns)
    if not columns or label in columns:
        raise ConfigError(f"{data}: choose columns of numbers as features, and another one as label.")
    columns, notes = _without_leaks(data, table, columns, label, asked=bool(features))
    chosen, dropped = without_empty(data, table[[*columns, label]], missing)
    kinds = pd.Categorical(chosen[label].astype(str))
    if len(kinds.categories) < 2:
        raise ConfigError(f"{data}: column {label!r} has one class alone, {', '.join(kinds.categories) or 'none'}.")
    numbers_of = numbers(data, chosen[columns])
    labels, classes = kinds.codes.astype(np.int64), tuple(kinds.categories)
    return Samples(numbers_of, tuple(columns), labels, classes, dropped, notes)


def _without_leaks(
    data: str, table: pd.DataFrame, columns: list[str], label: str, asked: bool
) -> tuple[list[str], tuple[str, ...]]:
    """The columns that are features, and a line on each that numbers the rows or alone separates the classes."""
    complete = table[table[[*columns, label]].notna().all(axis=1)]
    found = leaks(complete, columns, label) | leaks(table, columns, label)
    if asked:
        return columns, tuple(f"{data}: column {name!r} is used as features ask for it, but {why}." for name, why
                              in found.items())  # fmt: skip
    kept = [name for name in columns if name not in found]
    if not kept:
        told = "; ".join(f"{name!r}: {why}" for name, why in found.items())
        raise ConfigError(f"{data}: no column is left as a feature ({told}); name those to be used in features.")
    return kept, tuple(
        f"{data}: column {name!r} is left out: {why}; name it in features to use it." for name, why in found.items()
    )


def read_table(path: str) -> pd.DataFrame:
    """A CSV file with a header.

    Raises:
        ConfigError: it cannot be read, has no rows, or rows with more values than the header has names.
    """
    try:
        # Of rows with more values than names pandas would take the first for names of the rows, decimal commas too.
        # Blank lines are kept until they have been counted; a class may be called "NA" or "None"
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
            table = pd.read_csv(
                Path(path).expanduser(),
                skipinitialspace=True,
                skip_blank_lines=False,
                keep_default_na=False,
                na_values=[""],
                index_col=False,
            ).dropna(how="all")
    except pd.errors.ParserWarning as error:
        raise ConfigError(
            f"{path}: rows have more values than the header has names; name every column, that of row numbers too, and "
            "write decimals with points."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ConfigError(f"{path} is no CSV file with a header: {str(error).rstrip('.')}.") from error
    if table.empty:
        raise ConfigError(f"{path} has no rows.")
    header = str(table.columns[0])
    if len(table.columns) == 1 and set(header) & set(";\t"):
        raise ConfigError(f"{path}: its header is one name, {header!r}; separate values by commas.")
    return table


def without_empty(data: str, table: pd.DataFrame, missing: Missing) -> tuple[pd.DataFrame, int]:
    """The rows without an empty cell, and how many were left out.

    Raises:
        ConfigError: there are empty cells and they are refused, or no row is left.
    """
    empty = table.isna().any(axis=1)
    if empty.any() and missing == "refuse":
        raise ConfigError(
            f"{data}: {int(empty.sum())} rows have an empty cell (rows {_rows(empty)}); fill them in, or leave such "
            'rows out by missing = "drop".'
        )
    kept = table[~empty]
    if kept.empty:
        raise ConfigError(f"{data}: every row has an empty cell.")
    return kept, int(empty.sum())


def numbers(data: str, table: pd.DataFrame) -> Floats:
    """The cells as numbers, shape (rows, columns).

    Raises:
        ConfigError: a cell is text, or infinite.
    """
    for name, column in table.items():
        values = pd.to_numeric(column, errors="coerce").astype(np.float64)
        wrong = ~np.isfinite(values)
        if wrong.any():
            cell = column[wrong].iloc[0]
            raise ConfigError(
                f"{data}: '{cell}' in column {name!r}, row {_rows(wrong)}, is no finite number; correct it, or name "
                "in features the columns that are numbers."
            )
    return np.asarray(table.to_numpy(dtype=np.float64))


def _table(data: str) -> tuple[pd.DataFrame, list[str], str]:
    """The table, the columns that are its features, and that of its classes."""
    if data == "iris":
        from sklearn.datasets import load_iris

        iris = load_iris()
        table = pd.DataFrame(iris.data, columns=list(IRIS_FEATURES))
        table["species"] = np.array(iris.target_names)[iris.target]
        return table, list(IRIS_FEATURES), "species"
    if data == "penguins":
        from palmerpenguins import load_penguins

        return load_penguins(), list(PENGUIN_FEATURES), "species"
    if not Path(data).expanduser().is_file():
        # A settings file's word for it is a path beside that file by now
        name = data if Path(data).suffix else Path(data).name
        raise ConfigError(f"There are no data {name!r}: {nearest(name, SETS)} Or name a CSV file.")
    table = read_table(data)
    return table, list(table.columns), str(table.columns[-1])


def _require_columns(data: str, table: pd.DataFrame, columns: Sequence[str]) -> None:
    for name in columns:
        if name not in table.columns:
            raise ConfigError(f"{data}: there is no column {name!r}; {nearest(name, map(str, table.columns))}")


def _rows(wrong: "pd.Series[bool]") -> str:
    """Numbers of rows as a spreadsheet counts them, with the header as the first."""
    named = [str(int(row) + 2) for row in wrong.index[wrong.to_numpy()]]
    return ", ".join(named[:MOST_NAMED]) + (" …" if len(named) > MOST_NAMED else "")
