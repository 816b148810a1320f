"""Which rows of a table a report is about."""

from typing import Any

import numpy as np
import pandas as pd

from femnn.study.adjoint_study import AdjointStudy


def at(table: pd.DataFrame, **values: Any) -> pd.DataFrame:
    """Return the rows that have these values in the columns of these names."""
    rows = table
    for name, value in values.items():
        rows = rows[rows[name] == value]
    return rows


def at_shown_force(study: AdjointStudy, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of every case at the adjoint force nearest to that which is shown of it.

    Args:
        study: resolved settings.
        rows: with columns "case" and "adjoint_force" (N), the latter above zero.
    """
    parts = []
    for case, own in rows.groupby("case", sort=False):
        forces = own["adjoint_force"].to_numpy(dtype=np.float64)
        nearest = forces[np.abs(np.log(forces / study.shown_of(str(case)))).argmin()]
        parts.append(own[forces == nearest])
    return pd.concat(parts).sort_index() if parts else rows
