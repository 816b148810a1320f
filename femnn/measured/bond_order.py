"""Which row of a table is which bond's: by values that agree with printed figures, with proof that no other may be."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

ROUNDING = 0.5001
"""Departure from a printed figure, in its last place, that is rounding."""


def last_places(printed: Floats, digits: int) -> Floats:
    """Return the size of the last place of figures, shape (B,).

    Args:
        printed: the figures.
        digits: significant ones.
    """
    sizes = np.where(printed == 0, 1.0, np.abs(printed))
    return np.asarray(10.0 ** (np.floor(np.log10(sizes)) - (digits - 1)))


def may_be(rows: Floats, printed: Floats, digits: int) -> Booleans:
    """Return which row rounds to which figure, shape (bonds, rows).

    Args:
        rows: values, shape (B,).
        printed: figures with so many significant digits, shape (B,).
        digits: significant ones.
    """
    return np.asarray(np.abs(rows - printed[:, None]) <= ROUNDING * last_places(printed, digits)[:, None])


def assigned(possible: Booleans) -> Integers | None:
    """Return a row for every bond, none twice, shape (B,); None where there is no such choice.

    Args:
        possible: whether a row may be a bond's, shape (bonds, rows).
    """
    if not (possible.any(axis=0).all() and possible.any(axis=1).all()):
        return None
    order = np.arange(len(possible))
    if possible[order, order].all():
        return order
    rows = maximum_bipartite_matching(csr_array(possible), perm_type="column")
    return None if (rows < 0).any() else np.asarray(rows, dtype=np.int64)


def exchangeable(possible: Booleans, rows: Integers) -> Sequence[int]:
    """Return bonds whose rows may be exchanged among them; none where the choice of rows is the only one.

    Another choice exists where, and only where, bonds can take each other's rows in a circle.

    Args:
        possible: whether a row may be a bond's, shape (bonds, rows).
        rows: of every bond, shape (B,).
    """
    others = possible[:, rows].copy()
    np.fill_diagonal(others, False)
    _, circle = connected_components(csr_array(others), directed=True, connection="strong")
    sizes = np.bincount(circle)
    found: list[int] = np.flatnonzero(circle == int(np.argmax(sizes))).tolist() if sizes.max() > 1 else []
    return found
