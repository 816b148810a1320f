"""Networks by name or path: TOML specifications, and files that femnn wrote.

``meshes/README.md`` describes the form of a specification for users.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field, model_validator

from femnn.config import resources
from femnn.config.limits_of_input import MOST_CELLS, MOST_SEED
from femnn.config.lists import Pair
from femnn.config.quantities import Length, Pressure, parse_unit
from femnn.config.settings import Settings, nearest, validated
from femnn.config.toml_files import read_toml
from femnn.errors import ConfigError, MechanismError, NetworkError
from femnn.network import frame_lattices, lattices
from femnn.network.lattice_parts import Supports
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import AGILUS_SECTION, Sections
from femnn.network_files.mesh_formats import Lines
from femnn.network_files.readers import read_lines, read_network
from femnn.network_files.reading_options import Crossings, ReadingOptions
from femnn.network_files.rows import WIDTH_RANGE
from femnn.network_files.specified_nodes import PortSettings, SupportSettings, fixed_by, index_of, ports_of

Unit = Annotated[float, BeforeValidator(lambda value: parse_unit(value, "m"))]


class SectionSettings(Settings):
    """What bonds are made of; what is left out is that of the printed bond of Li & Mao (2024)."""

    modulus: Pressure | None = None
    thickness: Length | None = None
    width: Length | None = None
    width_bounds: Pair | None = None
    end_share: float | None = None
    end_width: float | None = None

    def given(self) -> dict[str, float]:
        """The fields of :class:`Sections` that are set."""
        lower, upper = self.width_bounds or (None, None)
        values = {"modulus": self.modulus, "thickness": self.thickness, "width": self.width}
        values |= {"width_lower": lower, "width_upper": upper}
        values |= {"end_share": self.end_share, "end_width": self.end_width}
        return {name: value for name, value in values.items() if value is not None}


class BondSectionSettings(SectionSettings):
    """What one bond is made of, where it differs."""

    bond: tuple[int, int]


class Specification(Settings):
    """A network: a lattice, a mesh file or explicit nodes and bonds, and what makes it different from the default."""

    description: str = ""
    lattice: dict[str, Any] | None = None
    file: str | None = None
    nodes: list[tuple[float, ...]] | None = None
    bonds: list[tuple[int, int]] | None = None
    unit: Unit | None = None
    tolerance: Length | None = None
    curves: Length | None = None
    crossings: Crossings | None = None
    section: SectionSettings = SectionSettings()
    rigid_joints: bool | None = None
    bond_section: tuple[BondSectionSettings, ...] = ()
    supports: tuple[SupportSettings, ...] = ()
    inputs: dict[str, PortSettings] | None = None
    outputs: dict[str, PortSettings] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if sum(source is not None for source in (self.lattice, self.file, self.nodes)) != 1:
            raise ValueError("give exactly one of [lattice], file and nodes")
        if (self.nodes is None) != (self.bonds is None):
            raise ValueError("nodes and bonds belong together")
        if self.lattice is not None and self.unit is not None:
            raise ValueError("unit belongs to file or nodes; give the lattice's lengths with their units")
        if self.tolerance is not None and (self.file is None or not self.tolerance >= 0):
            raise ValueError("tolerance belongs to file, and is a length of 0 or more")
        if self.file is None and (self.curves, self.crossings) != (None, None):
            raise ValueError("curves and crossings belong to file")
        if self.curves is not None and not self.curves > 0:
            raise ValueError("curves is a length above 0")
        if self.lattice is None and not self.supports:
            raise ValueError("no node is supported; give [[supports]]")
        if self.lattice is not None and self.supports and "supports" in self.lattice:
            raise ValueError("give the supports either in [lattice] or as [[supports]]")
        if self.nodes is not None and not self.nodes:
            raise ValueError("nodes is empty; give two nodes at least")
        if any(len(node) not in (2, 3) for node in self.nodes or []):
            raise ValueError("a node has two or three coordinates")
        if len({len(node) for node in self.nodes or []}) > 1:
            raise ValueError("all nodes must have the same number of coordinates")
        return self

    @property
    def reading(self) -> ReadingOptions:
        """How the file is read."""
        return ReadingOptions(self.unit, self.tolerance, self.curves, self.crossings)


class _Sizeless(Settings):
    pass


class _Planar(Settings):
    columns: int
    rows: int
    spacing: Length
    supports: Supports = "top"


class _Kagome(_Planar):
    supports: Supports = "boundary"


class _Disordered(_Planar):
    jitter: float
    seed: int = Field(le=MOST_SEED)


class _Octet(Settings):
    cells_x: int
    cells_y: int
    cells_z: int
    size: Length
    supports: Supports = "top"


class _Cubic(Settings):
    nx: int
    ny: int
    nz: int
    spacing: Length
    supports: Supports = "top"


LATTICES: Mapping[str, tuple[type[Settings], Callable[..., Network]]] = {
    "li2024": (_Sizeless, lattices.li2024),
    "triangular": (_Planar, lattices.triangular),
    "kagome": (_Kagome, lattices.kagome),
    "square_with_diagonals": (_Planar, lattices.square_with_diagonals),
    "disordered": (_Disordered, lattices.disordered),
    "octet": (_Octet, lattices.octet),
    "cubic_with_diagonals": (_Cubic, lattices.cubic_with_diagonals),
    "cubic": (_Cubic, frame_lattices.cubic),
    "honeycomb": (_Planar, frame_lattices.honeycomb),
}
"""For each kind of lattice its parameters and its generator."""


def load_network(name_or_path: str | Path) -> Network:
    """The network that a name in ``meshes/``, a TOML specification or a mesh file stands for.

    Files are read by every rank that calls; wrap the call in :func:`femnn.runtime.ranks.on_root`.

    Args:
        name_or_path: a name such as "li2024", the path of a .toml, or of a file that holds a network: a mesh or a
            drawing that femnn wrote, or a table.

    Raises:
        ConfigError: there is no such network, or its file cannot be used.
        NetworkError: the network is ill-formed.
    """
    path = resources.find("meshes", str(name_or_path))
    if path.suffix != ".toml":
        return read_network(path)
    return _network(validated(Specification, read_toml(path), str(path)), path)


def _network(spec: Specification, path: Path) -> Network:
    section = _section(spec.section)
    if spec.lattice is not None:
        base = _lattice(spec.lattice, section, str(path))
        lines = Lines(base.nodes, base.bonds, base.labels, {})
        fixed, inputs, outputs = base.fixed, base.inputs, base.outputs
        if spec.rigid_joints is None:
            spec = spec.model_copy(update={"rigid_joints": base.rigid_joints})
    else:
        file = None if spec.file is None else path.parent / spec.file
        lines = _explicit(spec, path.stem) if file is None else read_lines(file, spec.reading)
        inputs, outputs = {}, {}
    if spec.supports:
        # A lattice's own ports are where its own supports leave room for them
        fixed, inputs, outputs = fixed_by(spec.supports, lines, path.stem), {}, {}
    try:
        return _of(spec, lines, section, fixed, (inputs, outputs), path.stem)
    except MechanismError as error:
        # What a reader changed can be why
        error.args = ("; ".join([str(error).removesuffix("."), *lines.hints]) + ".",)
        raise


def _of(
    spec: Specification,
    lines: Lines,
    section: Sections,
    fixed: npt.NDArray[np.bool_],
    ports: tuple[Mapping[str, Port], Mapping[str, Port]],
    name: str,
) -> Network:
    """The network of lines, with the ports of the lattice where the specification has none."""
    inputs = ports[0] if spec.inputs is None else ports_of(spec.inputs, lines, name)
    outputs = ports[1] if spec.outputs is None else ports_of(spec.outputs, lines, name)
    asked = {support.group for support in spec.supports if support.group is not None}
    # A group that marks where ports are is used as well
    on_ports = {port.node for port in (*inputs.values(), *outputs.values())}
    asked |= {mark for mark in lines.marks if set(lines.labels[lines.groups[mark]].tolist()) <= on_ports}
    return Network(
        lines.nodes,
        lines.bonds,
        fixed,
        _overridden(section, spec.bond_section, lines, name),
        inputs,
        outputs,
        lines.labels,
        name,
        bool(spec.rigid_joints),
        lines.notes_without(asked),
    )


def _lattice(values: Mapping[str, Any], section: Sections, where: str) -> Network:
    kind = str(values.get("kind", ""))
    if kind not in LATTICES:
        problem = f"unknown kind {kind!r}" if kind else "kind is missing"
        raise ConfigError(f"{where}: lattice: {problem}; {nearest(kind, LATTICES)}")
    settings, generate = LATTICES[kind]
    parameters = validated(settings, {k: v for k, v in values.items() if k != "kind"}, f"{where}: lattice")
    cells = math.prod(abs(value) for key, value in parameters if isinstance(value, int) and key != "seed")
    if cells > MOST_CELLS:
        raise ConfigError(f"{where}: lattice: more than {MOST_CELLS} cells, which is the most of a generated lattice.")
    try:
        return generate(**dict(parameters), section=section)
    except NetworkError as error:
        error.args = (f"{where}: {error}",)
        raise


def _explicit(spec: Specification, name: str) -> Lines:
    nodes = np.array(spec.nodes, dtype=np.float64) * (1.0 if spec.unit is None else spec.unit)
    labels = np.arange(1, len(nodes) + 1)
    bonds = np.array([[index_of(label, labels, name) for label in bond] for bond in spec.bonds or []]).reshape(-1, 2)
    return Lines(nodes, bonds, labels, {})


def _section(settings: SectionSettings) -> Sections:
    given = settings.given()
    if settings.width is not None and settings.width_bounds is None:
        given |= {"width_lower": WIDTH_RANGE[0] * settings.width, "width_upper": WIDTH_RANGE[1] * settings.width}
    return replace(AGILUS_SECTION, **{name: np.array(value) for name, value in given.items()})


def _overridden(section: Sections, overrides: tuple[BondSectionSettings, ...], lines: Lines, name: str) -> Sections:
    if not overrides:
        return section
    spread = section.spread(len(lines.bonds))
    values = {field: np.array(value) for field, value in vars(spread).items()}
    ends = np.sort(lines.labels[lines.bonds], axis=1)
    for override in overrides:
        p, q = override.bond
        own = sorted(lines.merged.get(label, label) for label in override.bond)
        found = np.flatnonzero((ends == own).all(axis=1))
        if not found.size:
            raise NetworkError(f"{name}: bond_section is for bond {p}–{q}, which does not exist.")
        for field, value in override.given().items():
            values[field][found] = value
    return Sections(**values)
