"""Which nodes of a new project are held: those that the file marks, else a side by which the network is rigid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES
from femnn.errors import MechanismError, NetworkError
from femnn.network.likely_causes import flatness
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION
from femnn.network_files.mesh_formats import Lines
from femnn.projects.project_sources import Source

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

HELD = re.compile(r"clamp|support|fix|held|hold|anchor|ground|wall|pin|lager|einspann|appui|encastr", re.IGNORECASE)
"""Names of groups that mark supports."""
NEAR = 0.02
"""Share of the network's size within which nodes are on one side."""
SIDES = (("uppermost", -1, 1), ("leftmost", 0, -1), ("lowest", -1, -1), ("rightmost", 0, 1))
"""Sides in the order in which they are tried: their name, axis and sign. Weights hang below a side that is held."""


@dataclass(frozen=True)
class Held:
    """Supports, and why they are so."""

    fixed: Booleans
    """Components that are held, shape (N, d)."""
    why: str
    """The beginning of a comment in the network's file."""
    group: str = ""
    """Group of the file that marks the nodes; empty where they are listed."""
    rigid_joints: bool = False
    """Whether the network stands by rigid joints alone."""


def held(source: Source) -> Held:
    """Return the supports of a new project.

    Raises:
        NetworkError: the network is in several parts, or ill-formed; the message says where.
    """
    lines = source.lines
    if source.fixed is not None:
        return Held(source.fixed, "Those of the file." if source.file else "", rigid_joints=source.rigid_joints)
    for name, members in lines.groups.items():
        if HELD.search(name) and 0 < len(members) < len(lines.nodes):
            fixed = _all_of(lines, members)
            return Held(fixed, f'The file marks these nodes: "{name}".', name, not _stands(source, fixed))
    candidates = [(_all_of(lines, members), side) for members, side in _sides(lines)]
    for fixed, side in candidates:
        if _stands(source, fixed):
            return Held(fixed, f"The file marks no supports; the {side} nodes were chosen.")
    fixed, side = candidates[0]
    return Held(fixed, f"The file marks no supports; the {side} nodes were chosen.", rigid_joints=True)


def _all_of(lines: Lines, members: Integers) -> Booleans:
    fixed = np.zeros(lines.nodes.shape, dtype=np.bool_)
    fixed[members] = True
    return fixed


def _stands(source: Source, fixed: Booleans) -> bool:
    """Whether the network is rigid as bars on pins.

    Raises:
        NetworkError: it would not stand with rigid joints either.
        MechanismError: it is hardly meant to be in space, so that rigid joints would only hide that.
    """
    lines = source.lines
    sections = source.sections or AGILUS_SECTION
    try:
        Network(lines.nodes, lines.bonds, fixed, sections, labels=lines.labels, name=source.file or "lattice")
    except MechanismError:
        if any(flatness(lines.nodes)):
            raise
        return False
    return True


def _sides(lines: Lines) -> Iterator[tuple[Integers, str]]:
    """Nodes of each side, at least so many that rigid joints hold the rest, and one node less than all."""
    size = float(np.ptp(lines.nodes, axis=0).max())
    dimension = lines.nodes.shape[1]
    found = False
    for name, axis, sign in SIDES:
        height = -sign * lines.nodes[:, axis]
        order = np.argsort(np.round(height / size, 9), kind="stable")
        count = int((height <= height.min() + NEAR * size).sum())
        while count < len(order) and not _spans(lines.nodes[order[:count]], size, dimension):
            count += 1
        if count < len(order):
            found = True
            yield np.sort(order[:count]), name
    if not found:
        raise NetworkError(
            f"The {len(lines.nodes)} nodes leave none that is free once enough are held; a network needs "
            f"{dimension + 1} nodes at least, not on one line."
        )


def _spans(nodes: Floats, size: float, dimension: int) -> bool:
    """Whether pins at the nodes hold a solid: two in the plane, three that are not in line in space."""
    if len(nodes) < dimension:
        return False
    values = np.linalg.svd(nodes - nodes.mean(axis=0), compute_uv=False)
    return bool((values > NEAR * size).sum() >= dimension - 1)


def components(fixed: Booleans) -> str:
    """Return the names of the components that one node's supports hold: "xy".

    Args:
        fixed: of the node, shape (d,).
    """
    return "".join(axis for axis, is_held in zip(AXES, fixed, strict=False) if is_held)
