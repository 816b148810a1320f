"""Networks in .csv files: tables one below the other, parted by empty lines, as a spreadsheet shows and writes them.

The first cell of a table's first row says what is in it: ``node``, ``first`` (bonds), ``port`` or ``setting``.
"""

import csv
from pathlib import Path

from femnn.config.directions import AXES
from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network_files.mesh_formats import Lines
from femnn.network_files.rows import SECTION, Row, Rows

COLUMNS = {
    "setting": ("setting", "value"),
    "node": ("node", *AXES, "fixed"),
    "first": ("first", "second", *SECTION),
    "port": ("port", "kind", "node", *AXES),
}
"""Columns of each table, by the first of them."""
REQUIRED = {"node": ("x", "y"), "first": ("second",), "port": ("kind", "node", "x", "y"), "setting": ("value",)}
PARTING = {";": "semicolons", "\t": "tabs"}
"""What some spreadsheets write between cells in the place of commas."""
BOOLEANS = {"true": True, "false": False}


def read_lines(path: Path, unit: float | None) -> Lines:
    """Nodes and bonds of a table; all else in it is left.

    Args:
        path: the file.
        unit: of coordinates without a unit (m); SI where None.

    Raises:
        ConfigError: the file cannot be read; the message names the line.
    """
    return _read(path).lines(1.0 if unit is None else unit)


def read_network(path: Path) -> Network:
    """The network in a table; it is named for the file.

    Raises:
        ConfigError: the file cannot be read, or says nothing of supports.
        NetworkError: the network is ill-formed.
    """
    rows = _read(path)
    if not any(row.get("fixed") for row in rows.nodes):
        raise ConfigError(
            f"Cannot read {path}: it holds bonds but no supports; give its nodes a column fixed, or name it by "
            f'file = "{path.name}" in a TOML.'
        )
    return rows.network(path.stem)


def _read(path: Path) -> Rows:
    try:
        # Spreadsheets begin files with a byte order mark
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [[cell.strip() for cell in row] for row in csv.reader(file, strict=True)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from error
    tables: dict[str, list[Row]] = {}
    header: list[str] = []
    for number, row in enumerate(cells, start=1):
        where = f"row {number}"
        if not any(row):
            header = []
        elif not header:
            header = _header(row, f"{path}: {where}")
            if header[0] in tables:
                raise ConfigError(f"{path}: {where}: there is a second table {header[0]!r}; put them together.")
            tables[header[0]] = []
        else:
            if any(row[len(header) :]):
                raise ConfigError(f"{path}: {where}: it has {len(row)} cells, but its table {len(header)} columns.")
            tables[header[0]].append({**dict(zip(header, row, strict=False)), "": where})
    for kind, what in (("node", "nodes"), ("first", "bonds")):
        if not tables.get(kind):
            raise ConfigError(f"{path}: there are no {what}; their table begins with the columns {_columns(kind)}.")
    settings = {row["setting"]: row.get("value", "").lower() for row in tables.get("setting", [])}
    if odd := settings.keys() - {"rigid_joints"}:
        raise ConfigError(f"{path}: unknown setting {min(odd)!r}; {nearest(min(odd), ['rigid_joints'])}")
    rigid = settings.get("rigid_joints", "false")
    if rigid not in BOOLEANS:
        raise ConfigError(f"{path}: rigid_joints is {rigid!r}, must be true or false.")
    return Rows(str(path), tables["node"], tables["first"], tables.get("port", []), BOOLEANS[rigid])


def _header(row: list[str], where: str) -> list[str]:
    """Names of a table's columns.

    Raises:
        ConfigError: it is no table of a network's, or a column is unknown, repeated or missing.
    """
    last = max(i for i, cell in enumerate(row) if cell)
    header = row[: last + 1]
    if parted := [mark for mark in PARTING if mark in header[0]]:
        raise ConfigError(
            f"{where}: cells are parted by {PARTING[parted[0]]}, must be by commas; save it with commas, "
            "and with decimal points."
        )
    if header[0] not in COLUMNS:
        raise ConfigError(f"{where}: a table begins with one of {', '.join(COLUMNS)}, not with {header[0]!r}.")
    for name in header:
        if name not in COLUMNS[header[0]]:
            raise ConfigError(f"{where}: unknown column {name!r}; {nearest(name, COLUMNS[header[0]])}")
        if header.count(name) > 1:
            raise ConfigError(f"{where}: column {name!r} is there twice.")
    if missing := [name for name in REQUIRED[header[0]] if name not in header]:
        raise ConfigError(f"{where}: column {missing[0]!r} is missing; columns are {_columns(header[0])}.")
    return header


def _columns(kind: str) -> str:
    return ", ".join(COLUMNS[kind])
