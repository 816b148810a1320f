"""Where the network of a new project is from: a lattice by kind, or a drawing, table or mesh file."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomli_w

from femnn.config.quantities import parse_unit
from femnn.config.settings import nearest
from femnn.errors import ConfigError, FemnnError, MechanismError
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import Sections
from femnn.network_files.csv_writer import write_csv
from femnn.network_files.mesh_formats import Lines
from femnn.network_files.readers import SUFFIXES, read_lines, read_network
from femnn.network_files.reading_options import ReadingOptions
from femnn.network_files.specification import LATTICES, load_network
from femnn.study.referred_files import referred, with_names

type Booleans = npt.NDArray[np.bool_]

LARGE = 0.5
"""Median length of bonds (m) above which coordinates without a unit are taken for millimetres."""
MILLIMETRES = 1e-3
SIZES: Mapping[str, Any] = {"jitter": 0.2, "seed": 0}
"""Parameters of a lattice that are neither counts nor lengths."""
COUNT = 4
"""Cells along each side of a lattice in the plane; one in space, two along the first side."""
SPACING = "16 mm"
RIGID = "setting,value\nrigid_joints,true\n\n"
"""A table before the others, by which the joints of a table transmit moments."""


@dataclass(frozen=True)
class Source:
    """Nodes and bonds of a new project, and what its file says of them."""

    lines: Lines
    """In metres."""
    unit: str = ""
    """Unit of the file's coordinates; what the file says where empty."""
    file: str = ""
    """Name of the file; empty for a lattice."""
    copies: Mapping[str, bytes] = field(default_factory=dict)
    """Content of the files that are copied, by name."""
    lattice: Mapping[str, Any] | None = None
    """Parameters of a lattice by kind."""
    fixed: Booleans | None = None
    """Components that the file says are held, shape (N, d); None where it does not."""
    sections: Sections | None = None
    inputs: Mapping[str, Port] = field(default_factory=dict)
    outputs: Mapping[str, Port] = field(default_factory=dict)
    rigid_joints: bool = False
    notes: tuple[str, ...] = ()
    """What was decided here, a sentence each."""


def lattice_source(kind: str) -> Source:
    """Return a small lattice of a kind.

    Raises:
        ConfigError: there is no such kind.
    """
    if kind not in LATTICES:
        raise ConfigError(f"There is no lattice {kind!r}; {nearest(kind, LATTICES)}")
    settings, _ = LATTICES[kind]
    names = list(settings.model_fields)
    space = any(name.endswith(("z", "_z")) for name in names)
    values: dict[str, Any] = {"kind": kind}
    for name, described in settings.model_fields.items():
        if described.is_required():
            length = described.annotation is float
            values[name] = SIZES.get(name, SPACING if length else (1 if len(values) > 1 else 2) if space else COUNT)
    rigid = False
    try:
        network = _specified({"lattice": values})
    except MechanismError:
        network, rigid = _specified({"lattice": values, "rigid_joints": True}), True
    lines = Lines(network.nodes, network.bonds, network.labels, {})
    return Source(lines, lattice=values, fixed=network.fixed, inputs=network.inputs, outputs=network.outputs,
                  rigid_joints=rigid or network.rigid_joints)  # fmt: skip


def file_source(path: Path, unit: str | None) -> Source:
    """Return what a drawing, a table, a mesh or a specification of a network holds.

    Args:
        path: the file.
        unit: of its coordinates, as "mm"; where None what the file says, or what makes bonds of a likely length.

    Raises:
        ConfigError: the file cannot be read.
        NetworkError: a network that it holds is ill-formed.
    """
    if not path.is_file():
        raise ConfigError(f"Cannot read {path}: there is no such file.")
    if path.suffix == ".toml":
        return _of_specification(path, unit)
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"Cannot read {path}: its suffix must be one of {', '.join((*SUFFIXES, '.toml'))}.")
    lines, unit, notes = _lines(path, unit)
    others = referred(path)
    names = {text: file.name for text, file in others.items()}
    copies = {f.name: with_names(f.read_bytes(), f.suffix, names) for f in (path, *others.values())}
    source = Source(lines, unit or "", path.name, copies, notes=notes)
    whole = _whole(path)
    if whole is None:
        return source
    return replace(source, fixed=whole.fixed, sections=whole.sections, inputs=whole.inputs, outputs=whole.outputs,
                   rigid_joints=whole.rigid_joints)  # fmt: skip


def _lines(path: Path, unit: str | None) -> tuple[Lines, str | None, tuple[str, ...]]:
    """Nodes and bonds in metres, the unit of the file, and what was taken for it."""
    if unit is not None:
        try:
            size = parse_unit(unit, "m")
        except ValueError as error:
            raise ConfigError(f"--unit {unit}: {str(error).rstrip('.')}; give a unit of length, as mm.") from None
        return read_lines(path, ReadingOptions(unit=size)), unit, ()
    taken = f"{path.name} does not say its unit; its coordinates are taken for millimetres"
    try:
        lines = read_lines(path, ReadingOptions())
    except ConfigError:
        if path.suffix != ".dxf":
            raise
        # What else is wrong with it is said then
        return read_lines(path, ReadingOptions(unit=MILLIMETRES)), "mm", (f"{taken}.",)
    p, q = lines.nodes[lines.bonds.T]
    length = float(np.median(np.linalg.norm(q - p, axis=1)))
    if length <= LARGE:
        return lines, None, ()
    if path.suffix == ".dxf":
        return lines, None, (f"By the unit of the drawing its bonds are {length:.3g} m long; --unit mm takes another.",)
    return (
        read_lines(path, ReadingOptions(unit=MILLIMETRES)),
        "mm",
        (f"{taken}: in metres its bonds would be {length:.3g} m long.",),
    )


def _whole(path: Path) -> Network | None:
    """The network that a file holds with its supports; None where it holds nodes and bonds alone."""
    try:
        return read_network(path)
    except MechanismError:
        if path.suffix != ".csv":
            raise
        with tempfile.TemporaryDirectory() as folder:
            rigid = Path(folder) / path.name
            rigid.write_bytes(RIGID.encode() + path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
            return read_network(rigid)
    except FemnnError:
        return None


def _of_specification(path: Path, unit: str | None) -> Source:
    """A specification: its network as a table, which holds all of it."""
    if unit is not None:
        raise ConfigError(f"{path} says its own units; leave --unit out.")
    network = load_network(path)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / f"{path.stem}.csv"
        write_csv(network, table)
        return replace(file_source(table, "m"), unit="")


def _specified(values: Mapping[str, Any]) -> Network:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lattice.toml"
        path.write_text(tomli_w.dumps(values), encoding="utf-8")
        return load_network(path)
