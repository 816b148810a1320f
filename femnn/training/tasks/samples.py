"""Tables of samples: Iris, the penguins of Palmer Station, or a user's own CSV file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.tables import table as tables
from femnn.tables.cell_values import DATE, shown
from femnn.tables.data_frames import frame
from femnn.training.tasks.class_labels import class_names, require_classes, require_the_only_one, require_two
from femnn.training.tasks.leaks import leaks

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Missing = Literal["refuse", "drop"]

IRIS_FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
PENGUIN_FEATURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
SETS = ("iris", "penguins")
"""Sets of data that come with libraries, by name."""
MOST_FEATURES = 500
"""Columns of a file that are taken for features without being named."""
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
        features: columns that are numbers; where None those of the set, or of a file all but the label, those that
            number the rows or alone separate the classes, and those that have one value in all rows.
        label: column of the classes; the set's own, or the last of a file, where None.
        missing: whether rows with an empty cell are refused or left out.

    Raises:
        ConfigError: there is no such file or column, a cell is empty or no number, the label has one class alone or
            measures something, a class has one sample, or no column is left as a feature.
    """
    table, usual, own_label, stated = _table(data)
    label_is_asked = label is not None or data in SETS
    label = label or own_label
    require_columns(data, table, [label])
    if not features and len(usual) > MOST_FEATURES:
        raise ConfigError(f"{data}: it has {len(usual)} columns; name those that are features in features.")
    columns = list(features) if features else [name for name in usual if name != label]
    require_columns(data, table, columns)
    if not columns or label in columns:
        raise ConfigError(f"{data}: choose columns of numbers as features, and another one as label.")
    require_classes(data, table, label)
    if not (label_is_asked or features):
        require_the_only_one(data, table, label)
    columns, empty = _without_empty_columns(data, table, columns, asked=bool(features))
    columns, notes = _without_leaks(data, table, columns, label, asked=bool(features))
    chosen, dropped = without_empty(data, table[[*columns, label]], missing)
    kinds = pd.Categorical(class_names(chosen[label]))
    require_two(data, label, kinds, table)
    columns, constant = _without_constants(data, chosen, columns, asked=bool(features))
    numbers_of = numbers(data, chosen[columns])
    labels, classes = kinds.codes.astype(np.int64), tuple(kinds.categories)
    notes = (*stated, *empty, *notes, *constant, *left_out(data, dropped))
    return Samples(numbers_of, tuple(columns), labels, classes, dropped, notes)


def left_out(data: str, dropped: int) -> tuple[str, ...]:
    """Return a note on rows that were left out, if any were."""
    rows = "row" if dropped == 1 else "rows"
    return (f"{data}: {dropped} {rows} with an empty cell left out.",) if dropped else ()


def _without_empty_columns(
    data: str, table: pd.DataFrame, columns: list[str], asked: bool
) -> tuple[list[str], tuple[str, ...]]:
    """The columns that have a value in some row, and a note on each of the others.

    Raises:
        ConfigError: an empty one is asked for, or none is left.
    """
    empty = [name for name in columns if table[name].isna().all()]
    kept = [name for name in columns if name not in empty]
    if empty and (asked or not kept):
        raise ConfigError(f"{data}: column {empty[0]!r} is empty in all rows; choose others as features.")
    return kept, tuple(f"{data}: column {name!r} is left out: it is empty in all rows." for name in empty)


def _without_constants(
    data: str, chosen: pd.DataFrame, columns: list[str], asked: bool
) -> tuple[list[str], tuple[str, ...]]:
    """The columns that are not the same in all rows, and a note on each that is; asked for, they are kept."""
    constant = [name for name in columns if chosen[name].nunique() == 1]
    why = {name: f"it is {chosen[name].iloc[0]} in all rows and says nothing of them" for name in constant}
    if asked:
        return columns, tuple(
            f"{data}: column {name!r} is used as features ask for it, but {why[name]}." for name in constant
        )
    kept = [name for name in columns if name not in why]
    if not kept:
        told = "; ".join(f"{name!r}: {reason}" for name, reason in why.items())
        raise ConfigError(f"{data}: no column is left as a feature ({told}).")
    return kept, tuple(f"{data}: column {name!r} is left out: {why[name]}." for name in constant)


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


def read_table(path: str, known: Sequence[str] = ()) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A CSV file with a header, rows named as a spreadsheet counts them, and notes on how it was read.

    Args:
        path: the file.
        known: columns that are looked for; in the file a unit may stand behind their names.

    Raises:
        ConfigError: it cannot be read, has no header or no rows, or rows with more values than the header has names.
    """
    table = tables.read_table(Path(path).expanduser(), known)
    if len(table.head) == 1:
        raise ConfigError(f"{path}: there is one column, {shown(table.head[0])}; part cells by commas or semicolons.")
    return frame(table, "Unnamed: 0"), tuple(f"{path}: {note}." for note in table.notes)


def without_empty(data: str, table: pd.DataFrame, missing: Missing) -> tuple[pd.DataFrame, int]:
    """The rows without an empty cell, and how many were left out.

    Raises:
        ConfigError: there are empty cells and they are refused, or no row is left.
    """
    empty = table.isna().any(axis=1)
    if empty.any() and missing == "refuse":
        raise ConfigError(
            f"{data}: {int(empty.sum())} rows have an empty cell (rows {_rows(empty)}); NA and the like count as "
            'empty: fill them in, or leave such rows out by missing = "drop".'
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
            cell = shown(str(column[wrong].iloc[0]))
            what = "is a date and no number" if DATE.match(str(column[wrong].iloc[0])) else "is no finite number"
            raise ConfigError(
                f"{data}: {cell} in column {name!r}, row {_rows(wrong)}, {what}; correct it, or name "
                "in features the columns that are numbers."
            )
    return np.asarray(table.to_numpy(dtype=np.float64))


def _table(data: str) -> tuple[pd.DataFrame, list[str], str, tuple[str, ...]]:
    """The table, the columns that are its features, that of its classes, and notes on how it was read."""
    if data == "iris":
        from sklearn.datasets import load_iris

        iris = load_iris()
        table = pd.DataFrame(iris.data, columns=list(IRIS_FEATURES))
        table["species"] = np.array(iris.target_names)[iris.target]
        return table, list(IRIS_FEATURES), "species", ()
    if data == "penguins":
        from palmerpenguins import load_penguins

        penguins = load_penguins()
        # The first row of its file is the header
        penguins.index += 2
        return penguins, list(PENGUIN_FEATURES), "species", ()
    if not Path(data).expanduser().is_file():
        # A settings file's word for it is a path beside that file by now
        name = data if Path(data).suffix else Path(data).name
        raise ConfigError(f"There are no data {name!r}: {nearest(name, SETS)} Or name a CSV file.")
    table, notes = read_table(data)
    return table, list(table.columns), str(table.columns[-1]), notes


def require_columns(data: str, table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse columns that a table does not have.

    Raises:
        ConfigError: there is one; the message names the nearest that there is.
    """
    for name in columns:
        if name not in table.columns:
            raise ConfigError(f"{data}: there is no column {name!r}; {nearest(name, map(str, table.columns))}")


def _rows(wrong: "pd.Series[bool]") -> str:
    """Numbers of rows, as a spreadsheet counts them."""
    named = [str(row) for row in wrong.index[wrong.to_numpy()]]
    return ", ".join(named[:MOST_NAMED]) + (" …" if len(named) > MOST_NAMED else "")
