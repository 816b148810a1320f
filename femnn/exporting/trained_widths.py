"""Stiffnesses that a training has come to, from a table (.csv) onto the widths of a network's bonds."""

from collections.abc import Sequence
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.tables.cell_values import DATE
from femnn.tables.table import read_table

VALUES = ("stiffness", "width")
"""Columns of a bond's own; all others but ``bond`` say of which training it is."""
UNITS_OF = {"stiffness": "N/m", "width": "m"}
AGREEMENT = 1e-6
"""Stiffness and width of a row agree if they differ by no more than this share."""
SHOWN = 12
"""Values that a message lists at most."""

type Row = dict[str, str]


def trained(network: Network, path: Path, select: Sequence[str]) -> Network:
    """The network with the widths that a table gives its bonds; a width is k·L/(E·t) where only k is given.

    Args:
        network: the network that was trained.
        path: a run's ``stiffness.csv``, or any table with the columns ``bond`` (as in "1-2") and ``stiffness`` (N/m) or
            ``width`` (m), or both.
        select: "column=value" for each column by which one of several trainings is chosen.

    Raises:
        ConfigError: the table cannot be read, holds no training that is asked for, or several; a bond is unknown,
            missing, given twice, has a value that is not above 0, or stiffness and width that contradict.
    """
    columns, rows = _read(path)
    rows = _selected(path, columns, rows, select)
    bonds: dict[frozenset[int], int] = {
        frozenset(int(label) for label in network.labels[ends]): bond for bond, ends in enumerate(network.bonds)
    }
    of_bond: list[Row | None] = [None] * len(bonds)
    for row in rows:
        bond = bonds.get(_ends(row["bond"]))
        if bond is None:
            raise ConfigError(
                f"{path}: bond {row['bond'][:40]!r} is no bond of {network.name}; {_instead(row['bond'])}."
            )
        if of_bond[bond] is not None:
            raise _several(path, columns, rows, row["bond"])
        of_bond[bond] = row
    k_of_width = network.stiffness / network.sections.width
    widths = np.empty(len(bonds))
    for bond, found in enumerate(of_bond):
        if found is None:
            raise ConfigError(
                f"{path}: there is no row of bond {network.bond_name(bond)} of {network.name}; take the network of the "
                "run."
            )
        widths[bond] = _width(path, found, float(k_of_width[bond]))
    return replace(network, sections=replace(network.sections, width=widths))


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


def _read(path: Path) -> tuple[list[str], list[Row]]:
    """Columns and rows; stiffnesses and widths are in SI units, empty where they are missing."""
    table = read_table(path, ("bond", *VALUES))
    given = [name for name in VALUES if name in table]
    if "bond" not in table or not given:
        raise ConfigError(f"{path}: a table of stiffnesses has the columns bond, and stiffness (N/m) or width (m).")
    values = table.values(given, UNITS_OF)
    rows = [dict(zip(table.head, row, strict=True)) for row in table.rows]
    for row, numbers in zip(rows, values.tolist(), strict=True):
        row |= {name: "" if isnan(value) else repr(value) for name, value in zip(given, numbers, strict=True)}
    return list(table.head), rows


def _selected(path: Path, columns: list[str], rows: list[Row], select: Sequence[str]) -> list[Row]:
    keys = _keys(columns)
    for choice in select:
        key, equals, value = (part.strip() for part in choice.partition("="))
        if not equals:
            raise ConfigError(f"--select takes column=value, not {choice!r}.")
        if key not in keys:
            known = nearest(key, keys) if keys else "it holds one training, with nothing to select."
            raise ConfigError(f"{path}: there is no column {key!r} to select by; {known}")
        there = list(dict.fromkeys(row[key] for row in rows))
        rows = [row for row in rows if _same(row[key], value)]
        if not rows:
            raise ConfigError(f"{path}: no training has {key}={value}; there are: {_listed(there)}.")
    return rows


def _instead(bond: str) -> str:
    """What to do about a name that is no bond's."""
    if DATE.match(bond):
        return "a spreadsheet made a date of it: write the column as text"
    return "take the network of the run"


def _several(path: Path, columns: list[str], rows: list[Row], bond: str) -> ConfigError:
    values = {key: list(dict.fromkeys(row[key] for row in rows)) for key in _keys(columns)}
    differing = [f"{key}: {_listed(there)}" for key, there in values.items() if len(there) > 1]
    if not differing:
        return ConfigError(f"{path}: bond {bond!r} is given more than once.")
    return ConfigError(
        f"{path}: it holds several trainings; choose one by --select COLUMN=VALUE of {'; '.join(differing)}."
    )


def _keys(columns: list[str]) -> list[str]:
    return [column for column in columns if column not in ("", "bond", *VALUES)]


def _same(one: str, other: str) -> bool:
    """Equal as texts or as numbers."""
    try:
        return one == other or float(one) == float(other)
    except ValueError:
        return False


def _ends(bond: str) -> frozenset[int]:
    first, _, second = bond.replace("–", "-").partition("-")
    return frozenset(int(end) for end in (first.strip(), second.strip()) if end.isdecimal())


def _width(path: Path, row: Row, k_of_width: float) -> float:
    widths = [
        _positive(path, row, name) / (k_of_width if name == "stiffness" else 1.0)
        for name in VALUES
        if row.get(name, "").strip()
    ]
    if not widths:
        raise ConfigError(f"{path}: bond {row['bond']!r} has neither stiffness nor width.")
    if abs(widths[0] - widths[-1]) > AGREEMENT * widths[0]:
        raise ConfigError(
            f"{path}: the stiffness of bond {row['bond']!r} stands for a width of {1e3 * widths[0]:.6g} mm, but "
            f"it is given as {1e3 * widths[-1]:.6g} mm; take the network of the run."
        )
    # The stiffness where both are given: it is what was trained
    return widths[0]


def _positive(path: Path, row: Row, name: str) -> float:
    value = float(row[name])
    if not value > 0:
        raise ConfigError(f"{path}: {name} of bond {row['bond']!r} is {row[name]}, must be a number above 0.")
    return value


def _listed(values: list[str]) -> str:
    return ", ".join(values[:SHOWN]) + (", …" if len(values) > SHOWN else "")
