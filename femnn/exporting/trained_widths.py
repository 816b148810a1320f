"""Stiffnesses that a training has come to, from a table (.csv) onto the widths of a network's bonds."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.exporting.width_columns import AGREEMENT, Row, Value, shown, value
from femnn.exporting.width_tables import LINE, Table, ends_of, read_table, selected, several
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

COARSE = 5e-3
"""Share of a width from which on its rounding is noted."""


def trained(network: Network, path: Path, select: Sequence[str]) -> Network:
    """The network with the widths that a table gives its bonds; a width is k·L/(E·t) where only k is given.

    Args:
        network: the network that was trained.
        path: a run's ``stiffness.csv``, or any table with a column ``bond`` (as in "1-2"), or two of its nodes, and
            ``stiffness`` (N/m) or ``width`` (m), or both; other units stand in the head, as in "width (mm)", or in a
            row below it.
        select: "column=value" for each column by which one of several trainings is chosen.

    Raises:
        ConfigError: the table cannot be read, holds no training that is asked for, or several; a bond is unknown,
            missing, given twice, has a value that is not above 0, values that contradict each other or the network, or
            a width that is not below its length.
    """
    table = read_table(path)
    rows = selected(table, select)
    bonds: dict[frozenset[int], int] = {
        frozenset(int(label) for label in network.labels[ends]): bond for bond, ends in enumerate(network.bonds)
    }
    of_bond: list[Row | None] = [None] * len(bonds)
    for row in rows:
        bond = bonds.get(ends_of(table, row))
        if bond is None:
            raise ConfigError(
                f"{path}: bond {shown(table.name(row))} in row {row[LINE]} is no bond of {network.name}; take the "
                "network of the run."
            )
        if (other := of_bond[bond]) is not None:
            raise several(table, rows, other, row)
        of_bond[bond] = row
    widths, roundings = np.empty(len(bonds)), np.empty(len(bonds))
    for bond, found in enumerate(of_bond):
        if found is None:
            raise ConfigError(
                f"{path}: there is no row of bond {network.bond_name(bond)} of {network.name}; take the network of the "
                "run."
            )
        width = _width(table, found, network, bond)
        widths[bond], roundings[bond] = width.number, width.rounding
    notes = [*network.notes, *_rounding(network, path, widths, roundings)]
    return replace(network, sections=replace(network.sections, width=widths), notes=tuple(notes))


def outside_bounds(network: Network) -> list[str]:
    """A line on bonds whose widths are outside of their bounds, if there are any."""
    sections = network.sections
    tolerance = AGREEMENT * sections.width
    outside = (sections.width < sections.width_lower - tolerance) | (sections.width > sections.width_upper + tolerance)
    found = np.flatnonzero(outside)
    if not found.size:
        return []
    first = int(found[0])
    return [
        f"warning: {found.size} of {len(outside)} bonds have widths outside of their bounds, the first "
        f"{network.bond_name(first)} with {1e3 * sections.width[first]:.4g} mm, bounds "
        f"{1e3 * sections.width_lower[first]:.4g} to {1e3 * sections.width_upper[first]:.4g} mm"
    ]


def _width(table: Table, row: Row, network: Network, bond: int) -> Value:
    """Width of a row's bond (m): of those that are given, the one with most digits, and k before the width itself."""
    path, name = table.path, table.name(row)
    sections = network.sections
    k_of_width = float(network.stiffness[bond] / sections.width[bond])
    own = {
        "thickness": float(sections.thickness[bond]),
        "modulus": float(sections.modulus[bond]),
        "length": float(network.lengths[bond]),
    }
    where = f"bond {shown(name)} (row {row[LINE]})"
    widths: list[tuple[str, Value]] = []
    for column in sorted(table.columns, key=lambda column: column.kind):
        if not row.get(column.head, "").strip():
            continue
        found = value(path, column, row[column.head], where)
        if column.kind in own:
            if not found.agrees(Value(own[column.kind], 0.0)):
                raise ConfigError(
                    f"{path}: the {column.kind} of {where} is {found.number:.6g} (SI), but {own[column.kind]:.6g} in "
                    f"{network.name}; take the network of the run."
                )
            continue
        scale = k_of_width if column.kind == "stiffness" else 1.0
        widths.append((column.kind, Value(found.number / scale, found.rounding / scale)))
    if not widths:
        raise ConfigError(f"{path}: {where} has neither stiffness nor width.")
    kind, first = widths[0]
    for _, second in widths[1:]:
        if not first.agrees(second):
            raise ConfigError(
                f"{path}: the {kind} of bond {shown(name)} stands for a width of {1e3 * first.number:.6g} mm, but it "
                f"is given as {1e3 * second.number:.6g} mm (row {row[LINE]}); take the network of the run."
            )
    # The stiffness where both are as good: it is what was trained
    taken = min((width for _, width in widths), key=lambda width: width.rounding / width.number)
    length = float(network.lengths[bond])
    if taken.number >= length:
        raise ConfigError(
            f"{path}: {where} would be {1e3 * taken.number:.6g} mm wide, but only {1e3 * length:.6g} mm long: bonds "
            "fuse; check units: without one in the head, as in 'width (mm)', they are m and N/m."
        )
    return taken


def _rounding(network: Network, path: Path, widths: Floats, roundings: Floats) -> list[str]:
    """A line on values with so few digits that it may show in k."""
    share = roundings / widths
    worst = int(np.argmax(share))
    if share[worst] <= COARSE:
        return []
    return [
        f"values in {path.name} have few digits: if they are rounded, k of bond {network.bond_name(worst)} is known to "
        f"±{100 * share[worst]:.2g} % only"
    ]
