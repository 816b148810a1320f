"""Networks in .csv files: tables one below the other, parted by empty lines, as a spreadsheet shows and writes them.

The first cell of a table's first row says what is in it: ``node``, ``first`` (bonds), ``port`` or ``setting``.
"""

from pathlib import Path

from femnn.config.directions import AXES
from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network_files.mesh_formats import Lines
from femnn.network_files.rows import SECTION, Row, Rows
from femnn.tables.cell_values import MISSING, PLAIN, has_decimal_commas, shown, with_point
from femnn.tables.grid import Line, read_grid
from femnn.tables.headers import with_units_of_rows
from femnn.tables.table import IN_HEAD

COLUMNS = {
    "setting": ("setting", "value"),
    "node": ("node", *AXES, "fixed"),
    "first": ("first", "second", *SECTION),
    "port": ("port", "kind", "node", *AXES),
}
"""Columns of each table, by the first of them."""
REQUIRED = {"node": ("x", "y"), "first": ("second",), "port": ("kind", "node", "x", "y"), "setting": ("value",)}
MEASURED = frozenset({*AXES, *SECTION})
"""Columns whose numbers have units."""
NUMBERS = frozenset({"node", "first", "second", *MEASURED})
"""Columns of numbers."""
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
    tables: dict[str, list[Line]] = {}
    heads: dict[str, list[str]] = {}
    units: dict[str, dict[str, str]] = {}
    kind, separated = "", True
    grid = read_grid(path)
    for line in grid.lines:
        where = f"{path}: row {line.number}"
        if not line.cells:
            separated = True
        elif separated and (not kind or not _continues(line.cells, kind)):
            header, stated = _header(line.cells, where)
            kind, separated = header[0], False
            if kind in tables:
                raise ConfigError(f"{where}: there is a second table {kind!r}; put them together.")
            tables[kind], heads[kind], units[kind] = [], header, stated
        else:
            separated = False
            if any(line.cells[len(heads[kind]) :]):
                raise ConfigError(f"{where}: it has {len(line.cells)} cells, but its table {len(heads[kind])} columns.")
            tables[kind].append(line)
    notes = [
        f"{path.name}: row {number} is left out as a comment" for number, text in grid.comments if text[:1].isdigit()
    ]
    rows = {kind: _rows(str(path), heads[kind], lines, units[kind], notes) for kind, lines in tables.items()}
    for kind, what in (("node", "nodes"), ("first", "bonds")):
        if not rows.get(kind):
            raise ConfigError(f"{path}: there are no {what}; their table begins with the columns {_columns(kind)}.")
    settings = {row["setting"]: row.get("value", "").lower() for row in rows.get("setting", [])}
    if odd := settings.keys() - {"rigid_joints"}:
        raise ConfigError(f"{path}: unknown setting {shown(min(odd))}; {nearest(min(odd), ['rigid_joints'])}")
    rigid = settings.get("rigid_joints", "false")
    if rigid not in BOOLEANS:
        raise ConfigError(f"{path}: rigid_joints is {shown(rigid)}, must be true or false.")
    return Rows(str(path), rows["node"], rows["first"], rows.get("port", []), BOOLEANS[rigid], tuple(notes))


def _continues(cells: list[str], kind: str) -> bool:
    """Whether a row below a blank one belongs to the table above: it begins with a label, as no header does."""
    return kind in ("node", "first") and cells[0].removesuffix(".0").isdecimal()


def _rows(source: str, header: list[str], lines: list[Line], units: dict[str, str], notes: list[str]) -> list[Row]:
    """The rows of a table: decimals with points, units behind plain numbers, nothing for what is missing."""
    numeric = [j for j, name in enumerate(header) if name in NUMBERS]
    padded = [line.cells + [""] * (len(header) - len(line.cells)) for line in lines]
    numbers = [line.number for line in lines]
    kept, stated, note = with_units_of_rows(header, padded, numbers)
    notes += note
    units = units | {name: unit for name, unit in stated.items() if name in MEASURED}
    padded, numbers = padded[len(padded) - kept :], numbers[len(numbers) - kept :]
    commas = has_decimal_commas(source, ((header[j], [row[j] for row in padded]) for j in numeric), numbers)
    found: list[Row] = []
    for number, cells in zip(numbers, padded, strict=True):
        row = {}
        for name, cell in zip(header, cells, strict=True):
            text = "" if cell in MISSING else with_point(cell, commas) if name in NUMBERS else cell
            row[name] = f"{text} {units[name]}" if name in units and PLAIN.fullmatch(text) else text
        found.append({**row, "": f"row {number}"})
    return found


def _header(cells: list[str], where: str) -> tuple[list[str], dict[str, str]]:
    """Names of a table's columns, and the units behind them.

    Raises:
        ConfigError: it is no table of a network's, or a column is unknown, repeated or missing.
    """
    header: list[str] = []
    units: dict[str, str] = {}
    for cell in cells:
        match = IN_HEAD.fullmatch(cell)
        name = (match[1] if match else cell).strip().lower()
        if match and name in MEASURED:
            units[name] = next(unit for unit in match.groups()[1:] if unit)
        header.append(name if match is None or name in MEASURED else cell)
    if header[0] not in COLUMNS:
        raise ConfigError(f"{where}: a table begins with one of {', '.join(COLUMNS)}, not with {shown(cells[0])}.")
    for name, cell in zip(header, cells, strict=True):
        if name not in COLUMNS[header[0]]:
            raise ConfigError(f"{where}: unknown column {shown(cell)}; {nearest(cell, COLUMNS[header[0]])}")
        if header.count(name) > 1:
            raise ConfigError(f"{where}: column {name!r} is there twice.")
    if missing := [name for name in REQUIRED[header[0]] if name not in header]:
        raise ConfigError(f"{where}: column {missing[0]!r} is missing; columns are {_columns(header[0])}.")
    return header, units


def _columns(kind: str) -> str:
    return ", ".join(COLUMNS[kind])
