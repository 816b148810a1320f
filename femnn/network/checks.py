"""What arrays must be to make a network."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Protocol

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES
from femnn.config.limits_of_input import LARGEST_SIZE, SMALLEST_SIZE
from femnn.errors import MechanismError, NetworkError
from femnn.network import rigidity
from femnn.network.likely_causes import likely_causes
from femnn.network.port import Port
from femnn.network.sections import UNITS, Sections

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

ZERO_LENGTH = 1e-9
"""A bond shorter than this share of the network's size has no direction and is refused."""


class NetworkArrays(Protocol):
    """A network that is not checked yet; see :class:`femnn.network.network.Network`."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def nodes(self) -> Floats: ...  # noqa: D102
    @property
    def bonds(self) -> Integers: ...  # noqa: D102
    @property
    def fixed(self) -> Booleans: ...  # noqa: D102
    @property
    def labels(self) -> Integers: ...  # noqa: D102
    @property
    def sections(self) -> Sections: ...  # noqa: D102
    @property
    def inputs(self) -> Mapping[str, Port]: ...  # noqa: D102
    @property
    def outputs(self) -> Mapping[str, Port]: ...  # noqa: D102
    @property
    def dimension(self) -> int: ...  # noqa: D102
    @property
    def lengths(self) -> Floats: ...  # noqa: D102
    def index(self, label: int) -> int: ...  # noqa: D102
    def bond_name(self, bond: int) -> str: ...  # noqa: D102


def whole_numbers(name: str, what: str, values: npt.ArrayLike) -> Integers:
    """Return values as integers.

    Args:
        name: of the network, for the message.
        what: the values are, for the message.
        values: numbers, as arrays or lists.

    Raises:
        NetworkError: one of them is no whole number.
    """
    given = np.asarray(values)
    if given.dtype.kind == "f" and not (given == np.round(given)).all():
        raise NetworkError(f"{name}: {what} are pairs of indices of nodes, and {given[given != np.round(given)][0]} is "
                           "no whole number.")  # fmt: skip
    return given.astype(np.int64)


def check_nodes(network: NetworkArrays) -> None:
    """Check shapes, labels, coordinates and that something is supported.

    Raises:
        NetworkError: it is not so; the message names the node, the bond or the port.
    """
    if network.nodes.ndim != 2 or network.nodes.shape[1] not in (2, 3) or len(network.nodes) < 2:
        raise NetworkError(
            f"{network.name}: nodes must be of shape (N, 2) or (N, 3), N ≥ 2, not {network.nodes.shape}."
        )
    if network.labels.shape != (len(network.nodes),) or len(np.unique(network.labels)) != len(network.nodes):
        raise NetworkError(f"{network.name}: each of the {len(network.nodes)} nodes needs a label of its own.")
    if not np.isfinite(network.nodes).all():
        raise NetworkError(
            f"{network.name}: coordinates of node {_first_label(network, ~np.isfinite(network.nodes))} are not finite."
        )
    far = np.abs(network.nodes) > LARGEST_SIZE
    if far.any() or np.ptp(network.nodes, axis=0).max() < SMALLEST_SIZE:
        what = (
            f"coordinates of node {_first_label(network, far)} are beyond {LARGEST_SIZE:g} m"
            if far.any()
            else (f"all nodes lie within {SMALLEST_SIZE:g} m")
        )
        raise NetworkError(f"{network.name}: {what}, which nothing can be computed with; check the unit.")
    if network.fixed.shape != network.nodes.shape:
        raise NetworkError(f"{network.name}: fixed must be of shape {network.nodes.shape}, not {network.fixed.shape}.")
    if not network.fixed.any():
        raise NetworkError(f"{network.name}: no node is supported; fix at least one.")


def check_held(network: NetworkArrays) -> None:
    """Check that supports keep the network from sliding as a whole, which no model carries.

    Raises:
        MechanismError: nothing is held along an axis.
    """
    loose = np.flatnonzero(~network.fixed.any(axis=0))
    if loose.size:
        axes = " and ".join(AXES[axis] for axis in loose)
        raise MechanismError(
            f"{network.name}: a mechanism: it can slide as a whole along {axes}, where no support holds it; hold that "
            "component of a node.",
            tuple(int(label) for label in network.labels),
        )


def _first_label(network: NetworkArrays, rows: Booleans) -> int:
    return int(network.labels[np.flatnonzero(rows.any(axis=1))[0]])


def check_bonds(network: NetworkArrays) -> None:
    """Check that bonds join two nodes that exist, once each, and have a length.

    Raises:
        NetworkError: it is not so; the message names the node, the bond or the port.
    """
    if not len(network.bonds):
        raise NetworkError(f"{network.name}: there are no bonds.")
    unknown = ((network.bonds < 0) | (network.bonds >= len(network.nodes))).any(axis=1)
    if unknown.any():
        bond = np.flatnonzero(unknown)[0]
        raise NetworkError(
            f"{network.name}: bond {bond + 1} joins node indices {network.bonds[bond].tolist()}, "
            f"but indices run from 0 to {len(network.nodes) - 1}."
        )
    short = network.lengths <= ZERO_LENGTH * np.ptp(network.nodes, axis=0).max()
    if short.any():
        raise NetworkError(f"{network.name}: bond {network.bond_name(int(np.flatnonzero(short)[0]))} has no length.")
    _, first, counts = np.unique(np.sort(network.bonds, axis=1), axis=0, return_index=True, return_counts=True)
    if (counts > 1).any():
        raise NetworkError(
            f"{network.name}: bond {network.bond_name(int(first[counts > 1][0]))} is given more than once."
        )


def check_sections(network: NetworkArrays) -> None:
    """Check that sections are positive and their bounds in order.

    Raises:
        NetworkError: it is not so; the message names the node, the bond or the port.
    """
    for f in fields(network.sections):
        values = getattr(network.sections, f.name)
        lowest = 0 if f.name == "end_share" else SMALLEST_SIZE
        bad = ~((values >= lowest) & (values <= LARGEST_SIZE))
        if bad.any():
            bond = int(np.flatnonzero(bad)[0])
            value = f"{values[bond]} {UNITS[f.name]}".rstrip()
            raise NetworkError(
                f"{network.name}: {f.name} of bond {network.bond_name(bond)} is {value}, must be above 0 (and from "
                f"{SMALLEST_SIZE:g} to {LARGEST_SIZE:g} in SI units)."
            )
    long = network.sections.end_share >= 0.5
    if long.any():
        bond = int(np.flatnonzero(long)[0])
        raise NetworkError(f"{network.name}: the ends of bond {network.bond_name(bond)} take up its whole length.")
    inverted = network.sections.width_lower > network.sections.width_upper
    if inverted.any():
        bond = int(np.flatnonzero(inverted)[0])
        raise NetworkError(f"{network.name}: width bounds of bond {network.bond_name(bond)} are inverted.")


def check_ports(network: NetworkArrays) -> None:
    """Check that ports are on nodes and have a direction, and that inputs push on what is free.

    Raises:
        NetworkError: it is not so; the message names the node, the bond or the port.
    """
    for name, port in {**network.inputs, **network.outputs}.items():
        if port.node not in network.labels:
            raise NetworkError(f"{network.name}: port {name!r} is on node {port.node}, which does not exist.")
        if len(port.direction) != network.dimension or not np.isclose(np.linalg.norm(port.direction), 1):
            raise NetworkError(
                f"{network.name}: port {name!r} needs a direction of {network.dimension} components, length 1."
            )
    for name, port in network.inputs.items():
        if (network.fixed[network.index(port.node)] & (np.array(port.direction) != 0)).any():
            raise NetworkError(f"{network.name}: input port {name!r} pushes on node {port.node} where it is fixed.")


def check_connected(network: NetworkArrays) -> None:
    """Check that the network is in one part.

    Raises:
        NetworkError: it is not so; the message names the node, the bond or the port.
    """
    part = rigidity.connected_parts(len(network.nodes), network.bonds)
    outside = np.flatnonzero(part != part[0])
    if outside.size:
        causes = likely_causes(network.nodes, network.bonds, network.fixed, network.labels, outside, part)
        raise NetworkError(
            f"{network.name}: the network is in {part.max() + 1} parts; no bonds lead from node {network.labels[0]} "
            f"to {listed(network.labels[outside])}{causes}."
        )


def listed(labels: Integers, most: int = 8) -> str:
    """Return the labels of nodes as text: at most so many of them, and how many more there are."""
    names = ", ".join(str(label) for label in labels[:most])
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return f"node{'s' if len(labels) > 1 else ''} {names}{more}"
