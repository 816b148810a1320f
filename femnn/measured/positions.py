"""Tables of tracked node positions: reading them, and finding what cannot be right in a table by itself."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.config.directions import AXES
from femnn.errors import ConfigError
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

REST = "rest"
"""The state without a load; that of every row where a table has no column ``state``."""


@dataclass(frozen=True)
class Positions:
    """Positions of all nodes of a network, as tracked, in the unit of the file."""

    states: dict[str, dict[str, Floats]]
    """Positions by state and repeat, each of shape (N, d), in the order of the network's nodes."""


def read_positions(path: Path, network: Network) -> Positions:
    """Positions from a CSV file with the columns node, x, y (z in space) and, if need be, state and repeat.

    Args:
        path: the file; lines that begin with # are left out.
        network: whose nodes were tracked.

    Raises:
        ConfigError: the file cannot be read; a column is unknown or missing; something is no number; a node is
            missing, unknown or given twice.
    """
    axes = AXES[: network.dimension]
    try:
        # A comma at the end of each line would make the nodes an index; numbers there are too many of them
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
            table = pd.read_csv(
                path, dtype=str, comment="#", skipinitialspace=True, encoding="utf-8-sig", index_col=False
            )
    except pd.errors.ParserWarning as error:
        raise ConfigError(
            f"{path}: rows have more values than the header has names; part values by commas, decimals by points."
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot read {path}: {str(error).rstrip('.')}.") from error
    known = ["node", *axes, "state", "repeat"]
    missing = [name for name in ("node", *axes) if name not in table]
    unknown = [name for name in table if name not in known]
    if missing or unknown:
        what = f"there is no column {missing[0]!r}" if missing else f"column {unknown[0]!r} is unknown"
        raise ConfigError(
            f"{path}: {what}; columns are node, {', '.join(axes)} and, if need be, state and repeat, parted by commas."
        )
    if not len(table):
        raise ConfigError(f"{path} has no rows; give one a node.")
    labels = _numbers(table, "node", path)
    coordinates = np.column_stack([_numbers(table, axis, path) for axis in axes])
    state = table["state"].fillna(REST) if "state" in table else pd.Series(REST, index=table.index)
    repeat = table["repeat"].fillna("1") if "repeat" in table else pd.Series("1", index=table.index)
    states: dict[str, dict[str, Floats]] = {}
    for (name, number), rows in table.groupby([state.str.strip(), repeat.str.strip()], sort=False):
        where = f"{path.name}, state {name!r}, repeat {number}"
        place = _places(labels[rows.index], network, where)
        states.setdefault(str(name), {})[str(number)] = coordinates[rows.index][place]
    if REST not in states:
        raise ConfigError(
            f"{path}: there is no state {REST!r}, only {', '.join(states)}; give the positions without a load."
        )
    return Positions(states)


def _numbers(table: pd.DataFrame, column: str, path: Path) -> Floats:
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        row = int(bad[0])
        raise ConfigError(
            f"{path}: column {column!r} of row {row + 1}, node {table['node'].iloc[row]}, is "
            f"{table[column].iloc[row]!r} and no finite number; give a number, or leave the whole repeat out."
        )
    return values


def _places(labels: Floats, network: Network, where: str) -> npt.NDArray[np.int64]:
    """Rows of the nodes of the network, in their order, shape (N,)."""
    found, first, counts = np.unique(labels, return_index=True, return_counts=True)
    unknown = [label for label in found if label not in network.labels]
    if unknown:
        raise ConfigError(
            f"{where}: there is no node {unknown[0]:g} in {network.name}, which has {len(network.nodes)} nodes; "
            "these are data of another network."
        )
    if (counts > 1).any():
        twice = found[counts > 1][0]
        raise ConfigError(f"{where}: node {twice:g} is given twice; number the repeats, or leave one out.")
    missing = [str(label) for label in network.labels if label not in found]
    if missing:
        plural = "s are" if len(missing) > 1 else " is"
        raise ConfigError(
            f"{where}: node{plural} missing: {', '.join(missing[:8])}{' …' if len(missing) > 8 else ''}; "
            f"{network.name} has {len(network.nodes)} nodes and all are needed."
        )
    row = dict(zip(found.tolist(), first.tolist(), strict=True))
    return np.array([row[float(label)] for label in network.labels], dtype=np.int64)
