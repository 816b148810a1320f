"""How far tables are from those that are stored, in units of what each column is allowed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from specification import Columns, Kind
from storing import COUNT, DEVIATION, is_number, kinds

type Floats = npt.NDArray[np.float64]

VECTOR = 1e-10
"""What a vector may be off by, as a share of its norm."""
VALUE = 1e-9
"""What a number may be off by, as a share of it, or of a thousandth of the largest of its column."""
SMALL = 1e-3
ERROR, ROUNDING = 1e-6, 1e-9
"""What an error may be off by, as a share of it, and below which it is rounding."""
DECADE = 10.0
"""Factor within which a magnitude stays."""
SIGMAS = 4.0
"""Standard errors that a mean may be off by; with few draws, what is as likely by Student's t."""
DIGITS = 6
"""Digits by which keys that are numbers are told apart."""
DRAWN = "drawn "
NUMERIC: tuple[Kind, ...] = ("vector", "value", "error", "magnitude")


@dataclass(frozen=True)
class Deviation:
    """How far one column is off."""

    column: str
    kind: str
    worst: float
    """Largest deviation in units of what is allowed: above 1 is a failure."""
    beyond: int = 0
    """Rows beyond what is allowed."""
    rows: int = 0
    where: str = ""
    """The worst row, with what is stored and what is found."""

    @property
    def fails(self) -> bool:
        """Whether it is more than is allowed."""
        return not self.worst <= 1

    @property
    def drawn(self) -> bool:
        """Whether it is that of a mean over draws."""
        return self.kind.startswith(DRAWN)


@dataclass
class Compared:
    """How far one table is off."""

    table: str
    rows: int = 0
    deviations: list[Deviation] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What is missing, or has changed otherwise."""
    news: list[str] = field(default_factory=list)
    """What is there that was not: a failure unless it is allowed."""


@dataclass(frozen=True)
class Rules:
    """How a table is compared."""

    columns: Columns
    drawn: bool = False
    same_draws: bool = False
    """Whether random numbers are the same ones again, so that means and deviations must be too."""
    may_grow: bool = False
    """Whether rows that were not there are news and no failure."""

    @property
    def vector(self) -> float:
        """What a vector may be off by, as a share of its norm."""
        return self.columns.tolerance or VECTOR

    @property
    def value(self) -> float:
        """What a value may be off by, as a share of it."""
        return self.columns.tolerance or VALUE


def compared(name: str, stored: pd.DataFrame, found: pd.DataFrame, rules: Rules) -> Compared:
    """Compare a table with the stored one, column by column."""
    result = Compared(name, len(found))
    has = [column for column in stored.columns if not column.endswith((DEVIATION, COUNT))]
    now = [column for column in found.columns if not column.endswith((DEVIATION, COUNT))]
    result.problems += [f"column {column!r} is gone" for column in has if column not in now]
    result.news += [f"column {column!r} is new" for column in now if column not in has]
    keys = [key for key in rules.columns.keys if key in has]
    if any(key not in now for key in keys):
        return result
    a, b = keyed(stored, keys), keyed(found, keys)
    for what, frame in (("stored", a), ("found", b)):
        if frame.index.has_duplicates:
            twice = frame.index[frame.index.duplicated()]
            result.problems.append(f"{len(twice)} keys are {what} twice, as {twice[0]!r}: rows cannot be told apart")
            return result
    _rows(result, a, b, rules)
    both = a.index.intersection(b.index, sort=False)
    a, b = a.loc[both], b.loc[both]
    for column, kind in kinds(stored, rules.columns).items():
        if kind in ("key", "ignored") or column not in now:
            continue
        if kind in NUMERIC:
            if len(b) and not _numbers(b[column]):
                result.problems.append(f"column {column!r} held numbers, and now holds something else")
                continue
            result.deviations.append(_numeric(a, b, column, kind, rules, keys))
        else:
            result.deviations.append(_exact(a[column], b[column], column, rules.drawn))
    return result


def keyed(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The table with rows named by their keys, numbers by their leading digits; by their place without keys."""
    if not keys:
        return frame.set_axis([f"row {i + 1}" for i in range(len(frame))], axis=0)
    named = [
        [f"{key}={value:.{DIGITS}g}" if isinstance(value, float) else f"{key}={value}" for value in frame[key]]
        if is_number(frame[key])
        else [f"{key}={'' if pd.isna(value) else value}" for value in frame[key]]
        for key in keys
    ]
    return frame.set_axis(pd.Index([", ".join(row) for row in zip(*named, strict=True)], dtype=object), axis=0)


def _rows(result: Compared, a: pd.DataFrame, b: pd.DataFrame, rules: Rules) -> None:
    """Report rows that are gone or new; where draws decide whether there is a row, they are neither."""
    gone, new = (_certain(x.loc[x.index.difference(y.index, sort=False)], x) for x, y in ((a, b), (b, a)))
    if len(gone):
        result.problems.append(f"{len(gone)} of {len(a)} rows are gone, as {gone.index[0]!r}")
    if len(new):
        text = f"{len(new)} rows are new, as {new.index[0]!r}"
        (result.news if rules.may_grow else result.problems).append(text)


def _certain(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Of these rows of the table, those that were there in every draw."""
    counts = [column for column in table.columns if column.endswith(COUNT)]
    if not counts or rows.empty:
        return rows
    return rows[rows[counts].max(axis=1) >= table[counts].max(axis=None)]


def _numbers(values: pd.Series) -> bool:
    return is_number(values) or bool(values.isna().all())


def _exact(a: pd.Series, b: pd.Series, column: str, drawn: bool) -> Deviation:
    """Texts and truth values; where draws differ in them, there is none to compare."""
    missing = a.isna(), b.isna()
    other = (a.astype(str) != b.astype(str)) & ~(missing[0] & missing[1])
    if drawn:
        other &= ~(missing[0] | missing[1])
    if not other.any():
        return Deviation(column, "exact", 0.0, 0, len(a))
    worst = other.idxmax()
    where = f"{worst}: {a[worst]} is now {b[worst]}"
    return Deviation(column, "exact", np.inf, int(other.sum()), len(a), where)


def _numeric(a: pd.DataFrame, b: pd.DataFrame, column: str, kind: Kind, rules: Rules, keys: list[str]) -> Deviation:
    x, y = (frame[column].to_numpy(dtype=np.float64) for frame in (a, b))
    allowed = _allowed(a, x, column, kind, rules, keys)
    drawn = rules.drawn and f"{column}{DEVIATION}" in a and f"{column}{DEVIATION}" in b
    name = DRAWN + kind if drawn else kind
    if kind == "magnitude":
        off = _decades(x, y)
    elif drawn and rules.same_draws:
        spread = [frame[f"{column}{DEVIATION}"].to_numpy(dtype=np.float64) for frame in (a, b)]
        off = np.maximum(_over(np.abs(x - y), allowed), _over(np.abs(spread[0] - spread[1]), allowed))
    elif drawn:
        off = _drawn(a, b, column, kind, allowed, keys, rules)
    else:
        off = _over(np.abs(x - y), allowed)
    off = np.where(np.isnan(x) & np.isnan(y), 0.0, np.where(np.isnan(x) != np.isnan(y), np.inf, off))
    if not off.size:
        return Deviation(column, name, 0.0)
    worst = int(np.argmax(off))
    where = f"{a.index[worst]}: {_shown(a, column, worst)} is now {_shown(b, column, worst)}"
    return Deviation(column, name, float(off[worst]), int((off > 1).sum()), len(off), where)


def _allowed(a: pd.DataFrame, x: Floats, column: str, kind: Kind, rules: Rules, keys: list[str]) -> Floats:
    """What each row may be off by without draws."""
    if kind == "vector":
        group = _group(a, keys, rules.columns.along)
        squares = pd.Series(np.nan_to_num(x) ** 2, index=group.index).groupby(group.to_numpy()).transform("sum")
        return rules.vector * np.sqrt(squares.to_numpy())
    if kind == "error":
        return ROUNDING + max(ERROR, rules.columns.tolerance or 0.0) * np.abs(x)
    largest = np.nanmax(np.abs(x), initial=0.0, where=np.isfinite(x))
    return rules.value * np.maximum(np.abs(x), SMALL * largest)


def _group(a: pd.DataFrame, keys: list[str], along: tuple[str, ...]) -> pd.Series:
    """Which vector each row belongs to."""
    of = keyed(a, [key for key in keys if key not in along]) if set(keys) - set(along) else None
    return pd.Series("all" if of is None else of.index, index=a.index)


def _drawn(
    a: pd.DataFrame, b: pd.DataFrame, column: str, kind: Kind, fixed: Floats, keys: list[str], rules: Rules
) -> Floats:
    """Distance of two means in units of four standard errors of it, and infinite where draws have come or gone."""
    (m1, s1, n1), (m2, s2, n2) = (
        [frame[column + part].to_numpy(dtype=np.float64) for part in ("", DEVIATION, COUNT)] for frame in (a, b)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        v1, v2 = s1**2 / n1, s2**2 / n2
        freedom = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    scatter = np.nan_to_num(np.sqrt(v1 + v2))
    # Welch (1947): with few draws, Student's t that is as rare as four standard deviations of the normal distribution
    quantile = stats.t.isf(stats.norm.sf(SIGMAS), np.maximum(np.nan_to_num(freedom, nan=1.0), 1.0))
    off = _over(np.abs(m1 - m2), np.nan_to_num(fixed) + np.where(scatter > 0, quantile * scatter, 0.0))
    varied = [_varied(frame, s, fixed, kind, keys, rules) for frame, s in ((a, s1), (b, s2))]
    # One draw of several says nothing
    return np.where(np.minimum(n1, n2) < 2, 0.0, np.where(varied[0] != varied[1], np.inf, off))


def _varied(
    frame: pd.DataFrame, spread: Floats, fixed: Floats, kind: Kind, keys: list[str], rules: Rules
) -> npt.NDArray[np.bool_]:
    """Whether draws differ: of an error row by row, of a vector in any of its parts, of other columns anywhere.

    A share of right answers may be the same in all draws by chance, and a bond may end at its bound.
    """
    varied = spread > np.nan_to_num(fixed)
    if kind == "error" or not varied.size:
        return varied
    if kind == "vector":
        group = _group(frame, keys, rules.columns.along)
        return pd.Series(varied, index=group.index).groupby(group.to_numpy()).transform("any").to_numpy()
    return np.full(varied.shape, varied.any())


def _over(distance: Floats, allowed: Floats) -> Floats:
    """Distances in units of what is allowed; none is none even where nothing is allowed."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(distance == 0, 0.0, distance / allowed)


def _decades(x: Floats, y: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x == y, 0.0, np.abs(np.log(np.abs(y / x))) / np.log(DECADE))


def _shown(frame: pd.DataFrame, column: str, row: int) -> str:
    value = f"{frame[column].iloc[row]:.10g}"
    if f"{column}{DEVIATION}" not in frame:
        return value
    return f"{value} ± {frame[column + DEVIATION].iloc[row]:.2g} ({frame[column + COUNT].iloc[row]:.0f} draws)"


def drawn_again(first: Mapping[str, Compared], second: Mapping[str, Compared]) -> dict[str, Compared]:
    """What is left of the first where the second has other draws: means that are off by chance are not off twice."""
    tables = {}
    for name, table in first.items():
        again = {each.column: each for each in second[name].deviations} if name in second else {}
        kept = [again.get(each.column, each) if each.drawn and each.fails else each for each in table.deviations]
        tables[name] = replace(table, deviations=kept)
    return tables


def failing(tables: Mapping[str, Compared], allow_news: bool) -> Iterator[str]:
    """A line for everything that fails."""
    for name, table in tables.items():
        yield from (f"{name}: {problem}" for problem in table.problems)
        if not allow_news:
            yield from (f"{name}: {news}" for news in table.news)
        for each in table.deviations:
            if each.fails:
                size = f"{each.worst:.3g} times what is allowed" if np.isfinite(each.worst) else "not alike"
                yield f"{name}.{each.column} ({each.kind}): {each.beyond} of {each.rows} rows, {size}; {each.where}"


def differing(stored: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What of a run's description is not as it is stored."""
    return [key for key in found if stored.get(key) != found[key]]
