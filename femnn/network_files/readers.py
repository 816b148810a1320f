"""Files that hold networks, by their suffix: meshes, tables and drawings."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network_files import csv_reader, mesh_formats
from femnn.network_files.mesh_files import READERS
from femnn.network_files.mesh_formats import Lines
from femnn.network_files.reading_options import ReadingOptions

SUFFIXES = (*READERS, ".csv", ".dxf")


def read_network(path: Path) -> Network:
    """The network that femnn wrote into a file; it is named for the file.

    Raises:
        ConfigError: the suffix is unknown, or the file cannot be read or lacks supports or sections.
        NetworkError: the network is ill-formed.
    """
    read: dict[str, Callable[[Path], Network]] = {".csv": csv_reader.read_network, ".dxf": _drawn_network}
    return read.get(_suffix(path), mesh_formats.read_network)(path)


def read_lines(path: Path, options: ReadingOptions) -> Lines:
    """Nodes and bonds of a file, in metres, and its named groups of nodes.

    Args:
        path: the file.
        options: how it is read.

    Raises:
        ConfigError: the suffix is unknown, the file cannot be read, or an option has no effect on its kind.
    """
    suffix, unit, tolerance = _suffix(path), options.unit, options.tolerance
    if suffix == ".dxf":
        from femnn.network_files.dxf_reader import read_lines as read_drawing

        return read_drawing(path, options)
    for name, value, kinds in (
        ("curves", options.curves, "drawings"),
        ("crossings", options.crossings, "drawings"),
        ("tolerance", tolerance if suffix == ".csv" else None, "meshes and drawings"),
    ):
        if value is not None:
            raise ConfigError(f"Cannot read {path}: {name} is for {kinds}, and changes nothing here; leave it out.")
    if suffix == ".csv":
        return csv_reader.read_lines(path, unit)
    lines = mesh_formats.read_lines(path, None if tolerance is None else tolerance / (unit or 1.0))
    return lines if unit is None else replace(lines, nodes=lines.nodes * unit)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"Cannot read {path}: its suffix must be one of {', '.join(SUFFIXES)}.")
    return suffix


def _drawn_network(path: Path) -> Network:
    # Importing the reader of drawings takes half a second, which other networks need not wait for
    from femnn.network_files.dxf_reader import read_network as read_drawing

    return read_drawing(path)
