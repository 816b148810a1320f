"""Rows of tables by the values of their columns."""

from typing import Any

import pandas as pd


def at(frame: pd.DataFrame, **place: Any) -> pd.DataFrame:
    """Return the rows of a table that have these values in these columns: ``at(table, case="same", model="bar")``."""
    for column, value in place.items():
        frame = frame[frame[column] == value]
    return frame
