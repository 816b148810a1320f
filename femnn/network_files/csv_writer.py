"""Networks as tables for spreadsheets (.csv), and as rows of text for all files that hold them in full."""

import csv
from collections.abc import Iterable
from pathlib import Path

from femnn.config.directions import AXES
from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network_files.rows import SECTION, Row, Rows
from femnn.tables.csv_text import quoted


def rows(network: Network) -> Rows:
    """A network as rows of text, from which :meth:`femnn.network_files.rows.Rows.network` makes it again exactly."""
    axes = AXES[: network.dimension]
    nodes: list[Row] = [
        {"node": str(label)}
        | _components(axes, at)
        | {"fixed": "".join(a for a, f in zip(axes, held, strict=True) if f)}
        for label, at, held in zip(network.labels, network.nodes, network.fixed, strict=True)
    ]
    ends = network.labels[network.bonds]
    bonds: list[Row] = [
        {"first": str(p), "second": str(q)}
        | {name: repr(float(getattr(network.sections, name)[bond])) for name in SECTION}
        for bond, (p, q) in enumerate(ends)
    ]
    ports: list[Row] = [
        {"port": name, "kind": kind, "node": str(port.node)} | _components(axes, port.direction)
        for kind, of_kind in (("input", network.inputs), ("output", network.outputs))
        for name, port in of_kind.items()
    ]
    return Rows(network.name, nodes, bonds, ports, network.rigid_joints)


def write_csv(network: Network, path: Path) -> None:
    """Write a network so that :func:`femnn.network_files.csv_reader.read_network` reads the same, except for its name.

    Raises:
        ConfigError: the file cannot be written, or a port's name cannot stand in a file.
    """
    check_ports(network, path)
    text = rows(network)
    tables: list[list[Row]] = [
        [{"setting": "rigid_joints", "value": str(text.rigid_joints).lower()}],
        text.nodes,
        text.bonds,
        text.ports,
    ]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for number, table in enumerate(table for table in tables if table):
                if number:
                    writer.writerow([])
                writer.writerow(table[0].keys())
                writer.writerows(map(quoted, row.values()) for row in table)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror or error}.") from error


def check_ports(network: Network, path: Path) -> None:
    """Raise ConfigError if a port has a name that a line of text cannot hold."""
    for name in [*network.inputs, *network.outputs]:
        if not name or name != name.strip() or not name.isprintable() or len(name.encode()) > 80:
            raise ConfigError(f"Cannot write {path}: port {name!r} has a name that files cannot hold.")


def _components(axes: str, values: Iterable[float]) -> dict[str, str]:
    return {axis: repr(float(value)) for axis, value in zip(axes, values, strict=True)}
