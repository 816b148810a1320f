"""Layouts of tables: their columns, and where their rows stand in results.nc."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from femnn.network.network import Network


@dataclass(frozen=True)
class Layout:
    """Columns of a table, in order, and how results.nc holds it."""

    columns: Sequence[str]
    """Names of the columns; all that rows have where empty, in the order in which they come."""
    coordinates: Sequence[str] = ()
    """Columns that together tell the rows apart; the table is not in results.nc where empty."""
    variables: Sequence[str] = ()
    """Columns that results.nc holds; all others of the table where empty."""
    prefix: str = ""
    """What stands before the names of its variables, as two tables may have columns of one name."""


def framed(rows: Sequence[Mapping[str, object]], layout: Layout) -> pd.DataFrame:
    """Return rows as a table."""
    return pd.DataFrame(list(rows), columns=list(layout.columns) or None)


def merged(tables: Mapping[str, tuple[pd.DataFrame, Layout]], units: Mapping[str, str]) -> xr.Dataset:
    """Return one data set of several tables, by their coordinates.

    Args:
        tables: with their layouts, by name.
        units: SI units, by the name of the column.
    """
    parts = []
    for frame, layout in tables.values():
        if not layout.coordinates or frame.empty:
            continue
        indexed = frame.set_index(list(layout.coordinates))
        shown = indexed[list(layout.variables)] if layout.variables else indexed
        parts.append(shown.rename(columns=lambda name, prefix=layout.prefix: f"{prefix}{name}").to_xarray())
    result = xr.merge(parts, join="outer", compat="no_conflicts")
    return with_units(result, units)


def of_network(network: Network) -> xr.Dataset:
    """Return places of nodes (m) and ends of bonds, on coordinates of the labels of nodes and the numbers of bonds."""
    places = {
        "nodes": (("node", "component"), network.nodes),
        "bonds": (("bond", "end"), network.labels[network.bonds]),
    }
    return xr.Dataset(places, coords={"node": network.labels, "bond": np.arange(1, len(network.bonds) + 1)})


def with_units(dataset: xr.Dataset, units: Mapping[str, str]) -> xr.Dataset:
    """Return a data set with the units of its variables and coordinates."""
    for name in map(str, dataset.variables):
        if name in units:
            dataset[name].attrs["units"] = units[name]
    return dataset
