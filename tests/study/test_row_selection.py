"""Rows of tables: by the values of their columns, and from columns."""

import numpy as np
import pandas as pd
import pytest

from femnn.study.records import rows
from femnn.study.row_selection import at

pytestmark = pytest.mark.serial


def test_rows_at_a_place() -> None:
    frame = pd.DataFrame({"case": ["a", "a", "b"], "model": ["x", "y", "x"], "value": [1, 2, 3]})
    assert at(frame, case="a", model="y")["value"].tolist() == [2]
    assert at(frame, case="c").empty
    assert at(frame[:0], case="a").empty


def test_rows_of_columns_repeat_what_is_one_value() -> None:
    made = list(rows("fields", case="a", bond=["1–2", "2–3"], value=np.array([1.0, 2.0])))
    assert [row.values for row in made] == [
        {"case": "a", "bond": "1–2", "value": 1.0},
        {"case": "a", "bond": "2–3", "value": 2.0},
    ]
    assert {row.table for row in made} == {"fields"}
    with pytest.raises(ValueError, match="longer"):
        list(rows("fields", bond=["1–2"], value=np.zeros(2)))
