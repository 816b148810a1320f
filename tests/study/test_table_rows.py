"""Rows that reports are about."""

import numpy as np
import pandas as pd

from femnn.study.table_rows import at, at_shown_force


class Shown:
    """A study whose cases are shown at forces of their own."""

    def shown_of(self, case: str) -> float:
        """By case (N)."""
        return {"a": 0.12, "b": 5.0}[case]


def test_rows_are_those_at_the_nearest_force_of_each_case() -> None:
    """Nearest on a logarithmic scale, with all rows at that force, in their order."""
    rows = pd.DataFrame({"case": ["b", "a", "a", "a", "b"], "adjoint_force": [1.0, 0.1, 0.2, 0.1, 3.0]})
    np.testing.assert_array_equal(at_shown_force(Shown(), rows).index, [1, 3, 4])
    assert at_shown_force(Shown(), rows.iloc[:0]).empty
    np.testing.assert_array_equal(at(rows, case="a", adjoint_force=0.1).index, [1, 3])
