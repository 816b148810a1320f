"""Columns of a table that tell the answer and say nothing of the sample: row numbers, and copies of the class.

A network trained on such a column reaches an accuracy that it has on no sample of another table. Every test states by
what chance a column without a leak would pass it: the columns of few samples prove nothing.
"""

import math
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaln

type Floats = npt.NDArray[np.float64]

CODED = 1e-3
"""Largest chance at which a column of codes, or of whole numbers one after another, still counts as a leak."""
MEASURED = 1e-6
"""The same where values are measured: a real feature may separate the classes of a few samples."""
EVEN = 0.05
"""Departure from even steps, as a share of a step, that may be rounding."""
INDEX_NAMES = {"id", "idx", "index", "level0", "row", "rowid", "rowindex", "rowname", "rownames", "rownr", "rowno",
               "rownumber", "sampleid", "sampleindex", "samplenumber"}  # fmt: skip
"""Names of columns that say which row it is, in small letters without what parts words."""
UNNAMED = re.compile(r"Unnamed: \d+(\.\d+)*")
"""What pandas calls a column without a name, such as the index that it writes."""
NUMBERED = re.compile(r"(\D*)(\d{1,15})(\D*)")
"""A text with one number, as in "sample 12"."""
MEASUREMENT = re.compile(r"\s*[-+]?[.,]?\d[\d.,]*(e[-+]?\d+)?\D*", re.IGNORECASE)
"""A text that may be meant as a number: with a decimal comma, or a unit."""
FEW_MEASUREMENTS = 0.1
"""Share of such texts from which on a column of texts is one of numbers that cannot be read, and does not name rows."""
SHOWN = 3
"""Classes whose values a reason states."""


def leaks(table: pd.DataFrame, columns: Sequence[str], label: str) -> dict[str, str]:
    """Return the columns that number the rows or that alone separate the classes, each with the reason.

    Args:
        table: the samples in the order of the file; cells may be empty.
        columns: those that are looked at.
        label: column of the classes.
    """
    found: dict[str, str] = {}
    for name in columns:
        present = table[table[name].notna() & table[label].notna()]
        reason = numbering(table[name]) or _separating(present[name], present[label].astype(str))
        if reason:
            found[name] = reason
    return found


def numbering(column: "pd.Series[float]") -> str:
    """Return why a column only numbers or names the rows; empty where it does not.

    Args:
        column: the cells in the order of the rows; empty ones are left out.
    """
    order = np.arange(len(column), dtype=np.float64)[column.notna().to_numpy()]
    cells = column[column.notna()]
    name = str(column.name)
    unnamed = UNNAMED.fullmatch(name) is not None
    index = unnamed or re.sub(r"[\W_]", "", name).lower() in INDEX_NAMES
    if len(cells) < 2:
        return ""
    values = _numbers(cells)
    if values is None:
        measured = np.mean([MEASUREMENT.fullmatch(str(cell)) is not None for cell in cells])
        names = cells.is_unique and (index or measured <= FEW_MEASUREMENTS)
        return f"it only names the rows ({cells.iloc[0]}, {cells.iloc[1]} … {cells.iloc[-1]})" if names else ""
    span, count = float(np.ptp(values)), len(values)
    if span == 0:
        return ""
    shown = f"{cells.iloc[0]}, {cells.iloc[1]} … {cells.iloc[-1]}"
    step = (values[-1] - values[0]) / (order[-1] - order[0])
    even = bool((np.abs(values - values[0] - step * (order - order[0])) <= EVEN * abs(step)).all())
    # One order of all, upwards or downwards; steps of 0.25 are those of something that was swept
    whole = not (values % 1).any()
    if step != 0 and even and (index or whole) and (index or math.log(2) - gammaln(count + 1) <= math.log(CODED)):
        return f"it only numbers the rows ({shown})"
    if (values % 1).any() or np.abs(values).max() > 2**53:
        return ""
    distinct = len(np.unique(values)) == count
    if index and (distinct or unnamed):
        return f"its name and its whole numbers only say which row it is ({shown})"
    if distinct and _no_repeat(count, span + 1) <= math.log(CODED if span + 1 == count else MEASURED):
        return f"its whole numbers, none of them twice, only number the rows in another order ({shown})"
    return ""


def _numbers(cells: "pd.Series[float]") -> Floats | None:
    """The cells as numbers, those of "sample 12" among them; None where they are text."""
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
    if np.isfinite(values).all():
        return np.asarray(values)
    parts = [NUMBERED.fullmatch(str(cell)) for cell in cells]
    matches = [part for part in parts if part is not None]
    if len(matches) < len(parts) or len({(part[1], part[3]) for part in matches}) > 1:
        return None
    return np.array([float(part[2]) for part in matches])


def _no_repeat(count: int, choices: float) -> float:
    """Logarithm of the chance that as many draws out of so many whole numbers are all different."""
    return float(gammaln(choices + 1) - gammaln(choices - count + 1) - count * math.log(choices))


def _separating(column: "pd.Series[float]", classes: "pd.Series[str]") -> str:
    """Why a column alone separates the classes; empty where it does not, or where that may be chance."""
    kinds, groups = classes.nunique(), column.nunique()
    if kinds < 2 or groups < 2:
        return ""
    each = column.groupby(classes)
    own = bool((each.nunique() == 1).all())
    if own and _pure(classes, column) <= math.log(CODED):
        told = ", ".join(f"{kind} {cells.iloc[0]}" for kind, cells in list(each)[:SHOWN])
        what = "repeats the class" if groups == kinds else "tells some of the classes"
        return f"it {what} ({told}{', …' if kinds > SHOWN else ''})"
    values = pd.to_numeric(column, errors="coerce").astype(np.float64)
    if np.isfinite(values).all() and gammaln(kinds + 1) - _arrangements(classes) <= math.log(MEASURED):
        ranges = values.groupby(classes).agg(["min", "max"]).sort_values("min")
        if (ranges["min"].to_numpy()[1:] > ranges["max"].to_numpy()[:-1]).all():
            told = ", ".join(f"{kind} {low:.4g} to {high:.4g}" for kind, low, high in ranges[:SHOWN].itertuples())
            return f"it alone separates the classes ({told}{', …' if kinds > SHOWN else ''})"
    if bool((classes.groupby(column).nunique() == 1).all()) and _pure(column, classes) <= math.log(MEASURED):
        return "it alone separates the classes (each of its values belongs to one class)"
    return ""


def _pure(groups: "pd.Series[float] | pd.Series[str]", told: "pd.Series[float] | pd.Series[str]") -> float:
    """Logarithm of the chance, at most, that all members of each group have one value, if values came by chance."""
    number, values = groups.nunique(), told.nunique()
    ways = float(gammaln(number + 1)) if number == values else number * math.log(values)
    return ways - _arrangements(told)


def _arrangements(values: "pd.Series[float] | pd.Series[str]") -> float:
    """Logarithm of the number of orders in which the values can stand."""
    return float(gammaln(len(values) + 1) - gammaln(values.value_counts().to_numpy() + 1).sum())
