"""Tables bond by bond."""

import numpy as np
import pandas as pd

from femnn.network.lattices import li2024
from femnn.study.bond_tables import by_bond


def test_every_row_has_all_bonds_in_order() -> None:
    """With labels of their ends; what has no row has no bonds."""
    network = li2024()
    rows = pd.DataFrame({"case": ["a", "b"], "force": [1.0, 2.0]}, index=[4, 9])
    values = np.arange(2 * len(network.bonds)).reshape(2, -1)
    table = by_bond(network, rows, {"gradient": values})
    assert list(table) == ["case", "force", "bond", "node_p", "node_q", "gradient"]
    assert list(table["gradient"]) == list(range(values.size))
    second = table[table["case"] == "b"]
    assert list(second["bond"]) == list(range(1, len(network.bonds) + 1))
    assert (second[["node_p", "node_q"]].to_numpy() == network.labels[network.bonds]).all()
    assert by_bond(network, rows[:0], {"gradient": values[:0]}).empty
