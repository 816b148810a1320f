"""Whether regions of a planar lattice lie over each other."""

import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.geometry.fillets import along_arc
from femnn.geometry.outlines import Drawing
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

SHARES = np.linspace(0.0, 1.0, 17)[1:-1]
"""An arc is looked at as chords between its points at these shares of its length."""


def check_overlaps(network: Network, drawn: Drawing) -> None:
    """Compare the outline of every region with all others, and the nodes with all bonds.

    Raises:
        MeshError: a bond runs through a node that is not its own, or outlines cross; the message names both regions.
    """
    _check_nodes(network)
    edges, owner = _edges(drawn)
    low, high = edges.min(axis=1), edges.max(axis=1)
    for region in range(len(drawn.loops)):
        own = owner == region
        near = (low <= high[own].max(axis=0)).all(axis=1) & (high >= low[own].min(axis=0)).all(axis=1)
        near &= owner >= region
        crossing = _cross(edges[own][:, None], edges[near][None])
        if crossing.any():
            other = int(owner[near][np.argwhere(crossing)[0, 1]])
            raise _overlap(network, _name(network, region), _name(network, other))


def _check_nodes(network: Network) -> None:
    """A bond that runs along the middle of another crosses none of its sides, but meets its nodes."""
    for bond, (start, t, length) in enumerate(
        zip(
            network.nodes[network.bonds[:, 0]],
            network.bond_vectors / network.lengths[:, None],
            network.lengths,
            strict=True,
        )
    ):
        offset = network.nodes - start
        along, across = offset @ t, offset @ np.array([-t[1], t[0]])
        on = (along > 0) & (along < length) & (np.abs(across) < network.sections.width[bond] / 2)
        on[network.bonds[bond]] = False
        if on.any():
            node = f"node {network.labels[np.flatnonzero(on)[0]]}"
            raise _overlap(network, f"bond {network.bond_name(bond)}", node)


def _edges(drawn: Drawing) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Edges of all regions, arcs as chords, shape (n, 2, 2), and the region of each."""
    edges, owner = [], []
    for region, loop in enumerate(drawn.loops):
        for curve in loop:
            points = drawn.points[list(curve)]
            way = points if len(curve) == 2 else np.concatenate([points[:1], along_arc(points, SHARES)[0], points[2:]])
            edges.append(np.stack([way[:-1], way[1:]], axis=1))
            owner.append(np.full(len(way) - 1, region))
    return np.concatenate(edges), np.concatenate(owner)


def _cross(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    """Whether edges have a point in common that is an end of neither."""
    sides = [[_turn(a[..., 0, :], a[..., 1, :], b[..., i, :]) for i in (0, 1)] for a, b in ((one, other), (other, one))]
    return (sides[0][0] * sides[0][1] < 0) & (sides[1][0] * sides[1][1] < 0)


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    """Twice the area of triangles, negative if clockwise; zero where it is rounding."""
    u, v = b - a, c - a
    area = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    scale = np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1)
    return np.where(np.abs(area) <= 1e-9 * scale, 0.0, area)


def _name(network: Network, region: int) -> str:
    bonds = len(network.bonds)
    return f"bond {network.bond_name(region)}" if region < bonds else f"node {network.labels[region - bonds]}"


def _overlap(network: Network, one: str, other: str) -> MeshError:
    return MeshError(
        f"{network.name}: {one} and {other} lie over each other; make bonds, pads or fillets smaller, or move the "
        "nodes apart."
    )
