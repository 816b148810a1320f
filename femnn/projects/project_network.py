"""The network's file of a new project, with comments that teach its form."""

import json
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import UNITS, Sections
from femnn.projects.project_ports import Sized
from femnn.projects.project_sources import Source
from femnn.projects.project_supports import Held, components

SLENDERNESS = 8.0
"""Length of the shortest bond over its width, where the file says nothing of sections."""


def usual_section(source: Source, lengths: npt.NDArray[np.float64]) -> dict[str, str]:
    """Return a section that suits bonds of some lengths (m), as settings have it.

    Args:
        source: of the network; nothing is returned where it says what its bonds are made of.
        lengths: of the bonds (m).
    """
    if source.sections is not None:
        return {}
    width = float(f"{1e3 * lengths.min() / SLENDERNESS:.2g}")
    return {"modulus": "0.55 MPa", "thickness": f"{width} mm", "width": f"{width} mm"}


def network_text(source: Source, held: Held, sized: Sized | None, network: Network) -> str:
    """Return the text of network.toml.

    Args:
        source: where the network is from.
        held: its supports.
        sized: its ports; None before they are known.
        network: with labels, nodes and sections.
    """
    parts = [
        "# The network: where its bonds are, what they are made of, where it is held, loaded and read.",
        "# Lengths and moduli are strings with a unit, or numbers in SI units. Nodes are called by their labels:",
        "# femnn mesh network.toml --figure network.png draws them.",
        "",
        *_geometry(source),
    ]
    if held.rigid_joints:
        parts += [
            "",
            "# On pins its bars would move without being stretched, so its joints transmit moments and beams carry it.",
            "rigid_joints = true",
        ]
    if source.lattice is not None:
        parts += ["", "[lattice]", *(f"{key} = {json.dumps(value)}" for key, value in source.lattice.items())]
    parts += ["", *_sections(source, network), *_supports(source, held, network)]
    if sized is not None:
        axes, why = source.lines.axes, sized.why
        parts += _ports("inputs", "forces are applied", sized.network.inputs, why["inputs"], axes)
        parts += _ports("outputs", "displacements are read", sized.network.outputs, why["outputs"], axes)
    return "\n".join(parts).rstrip() + "\n"


def _geometry(source: Source) -> Iterator[str]:
    if source.lattice is not None:
        yield "# A lattice by its kind; meshes/README.md has all kinds and their parameters."
        return
    yield f"file = {json.dumps(source.file, ensure_ascii=False)}   # beside this file"
    if source.unit:
        yield f"unit = {json.dumps(source.unit, ensure_ascii=False)}   # of its coordinates"
    for note in source.notes:
        yield f"# {note}"


def _sections(source: Source, network: Network) -> Iterator[str]:
    """What most bonds are made of, and those that differ."""
    yield "# What bonds are made of. Training moves widths between width_bounds, by default 0.75 and 1.25 times width."
    yield "[section]"
    if source.sections is None:
        yield from (f'{key} = "{value}"' for key, value in usual_section(source, network.lengths).items())
        yield "# A soft print; write what yours is made of."
        yield ""
        return
    sections = network.sections
    rows = [_row(sections, bond) for bond in range(len(network.bonds))]
    table = np.array([list(row.values()) for row in rows])
    _, first, counts = np.unique(table, axis=0, return_index=True, return_counts=True)
    usual = rows[int(first[np.argmax(counts)])]
    yield from _lines(usual)
    yield ""
    for bond, row in enumerate(rows):
        if row != usual:
            p, q = network.labels[network.bonds[bond]]
            yield "[[bond_section]]"
            yield f"bond = [{p}, {q}]"
            yield from _lines({key: value for key, value in row.items() if value != usual[key]}, row)
            yield ""


def _row(sections: Sections, bond: int) -> dict[str, float]:
    return {name: float(getattr(sections, name)[bond]) for name in UNITS}


def _lines(row: Mapping[str, float], whole: Mapping[str, float] | None = None) -> Iterator[str]:
    """A table's lines; both bounds of the widths stand together."""
    whole = whole or row
    for name, value in row.items():
        if name not in ("width_lower", "width_upper"):
            yield f"{name} = {value!r}"
    if {"width", "width_lower", "width_upper"} & set(row):
        yield f"width_bounds = [{whole['width_lower']!r}, {whole['width_upper']!r}]"


def _supports(source: Source, held: Held, network: Network) -> Iterator[str]:
    if source.lattice is not None and not held.why:
        yield '# Held as is usual of its kind; supports = "left" in [lattice], or [[supports]], hold other nodes.'
        return
    yield f"# {held.why} To hold others, list their labels;"
    yield '# fixed = "y" holds one component alone.'
    if held.group:
        yield from ("[[supports]]", f"group = {json.dumps(held.group, ensure_ascii=False)}", "")
        return
    by_components: dict[str, list[int]] = {}
    for label, fixed in zip(network.labels, network.fixed, strict=True):
        if fixed.any():
            by_components.setdefault(components(fixed), []).append(int(label))
    for held_in, labels in by_components.items():
        names = "".join(source.lines.axes[AXES.index(axis)] for axis in held_in)
        yield from ("[[supports]]", f"nodes = {labels}", f'fixed = "{names}"', "")


def _ports(kind: str, what: str, ports: Mapping[str, Port], why: str, axes: str) -> Iterator[str]:
    yield f"# Where {what}: {why}"
    yield f"[{kind}]"
    for name, port in ports.items():
        yield f"{json.dumps(name, ensure_ascii=False)} = {_port(port, axes)}"
    yield ""


def _port(port: Port, axes: str) -> str:
    return f"{{ node = {port.node}, direction = {written_direction(port.direction, axes)} }}"


def written_direction(direction: Sequence[float], axes: str = AXES) -> str:
    """Return a direction as settings have it, exactly: ``"-y"`` or its components.

    Args:
        direction: components, shape (d,).
        axes: what its axes are called: in a network's own file those of the file that it is in.
    """
    along = np.flatnonzero(direction)
    if len(along) == 1:
        return f'"{"-" if direction[along[0]] < 0 else ""}{axes[along[0]]}"'
    return str([float(value) for value in direction])
