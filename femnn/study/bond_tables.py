"""Tables bond by bond."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.network.network import Network


def by_bond(network: Network, rows: pd.DataFrame, values: Mapping[str, npt.ArrayLike]) -> pd.DataFrame:
    """Return a table with a row a bond for each row of another, which holds what the bonds share.

    Columns ``bond`` (from 1 on), ``node_p`` and ``node_q`` (labels) and those of the values follow those of the rows.

    Args:
        network: the network.
        rows: n rows.
        values: by the name of the column, shape (n, B) each.
    """
    ends = network.labels[network.bonds]
    bonds = {"bond": np.arange(1, len(ends) + 1), "node_p": ends[:, 0], "node_q": ends[:, 1]}
    # A column at once: a frame for each row takes seconds
    repeated = rows.loc[rows.index.repeat(len(ends))].reset_index(drop=True)
    numbered = {name: np.tile(column, len(rows)) for name, column in bonds.items()}
    return repeated.assign(**numbered, **{name: np.ravel(array) for name, array in values.items()})
