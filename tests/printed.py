"""Small networks that solids are made of, and what is known of a solid without femnn: areas by counting, volumes."""

from dataclasses import replace

import numpy as np

from femnn.meshing.regions import Regions
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION, PRINTED_SECTION, Sections

THIN, STRAIGHT = PRINTED_SECTION, AGILUS_SECTION


def frame(nodes, bonds, section: Sections = STRAIGHT, **changes) -> Network:
    """Nodes in bond lengths of 16 mm, joined rigidly, the first held; ``changes`` are of the section."""
    points = 16e-3 * np.array(nodes, dtype=float)
    fixed = np.zeros(points.shape, dtype=bool)
    fixed[0] = True
    section = replace(section, **{name: np.array(value) for name, value in changes.items()})
    return Network(points, bonds, fixed, section, name="frame", rigid_joints=True)


def bar(section: Sections = STRAIGHT, **changes) -> Network:
    """One bond along x."""
    return frame([[0, 0], [1, 0]], [[0, 1]], section, **changes)


def volumes(regions: Regions) -> np.ndarray:
    """Signed areas or volumes of the cells."""
    corners = regions.points[regions.cells]
    return np.linalg.det(corners[:, 1:] - corners[:, :1]) / {2: 2, 3: 6}[regions.points.shape[1]]


def by_region(regions: Regions, network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Areas or volumes of the bonds and of the nodes."""
    sizes, in_bond = volumes(regions), regions.cell_bonds >= 0
    return (
        np.bincount(regions.cell_bonds[in_bond], sizes[in_bond], len(network.bonds)),
        np.bincount(regions.cell_nodes[~in_bond], sizes[~in_bond], len(network.nodes)),
    )


def counted_area(network: Network, pad: float, step: float = 4e-5) -> float:
    """Area of strips, with ends thinned along a slope of 45°, and pads: squares whose middle is in one of them."""
    low, high = network.nodes.min(axis=0) - 3e-3, network.nodes.max(axis=0) + 3e-3
    x, y = (np.arange(a, b, step) for a, b in zip(low, high, strict=True))
    inside = np.zeros((len(y), len(x)), dtype=bool)
    for node in network.nodes:
        inside |= (x - node[0]) ** 2 + (y[:, None] - node[1]) ** 2 < pad**2
    sections = network.sections
    for bond, (p, _) in enumerate(network.bonds):
        t, L, w = network.bond_vectors[bond] / network.lengths[bond], network.lengths[bond], sections.width[bond]
        dx, dy = x - network.nodes[p, 0], y[:, None] - network.nodes[p, 1]
        along = t[0] * dx + t[1] * dy
        from_end = np.minimum(along, L - along)
        share = sections.end_share[bond]
        narrow = sections.end_width[bond] * w / 2 if share else w / 2
        half = np.clip(w / 4 + narrow / 2 + from_end - share * L, narrow, w / 2)
        inside |= (from_end > 0) & (np.abs(t[0] * dy - t[1] * dx) < half)
    return float(inside.sum()) * step**2


BRICK = frame([[0, 0], [3, 0]], [[0, 1]])
"""A bond of 48 mm; :func:`brick` is its solid, by hand."""


def brick() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Points and groups of four squares of two triangles in a row: node 1, the bond in two, node 2."""
    x, y = np.meshgrid([-8e-3, 8e-3, 24e-3, 40e-3, 56e-3], [-4e-3, 4e-3])
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(10)])
    squares = np.array([[[i, i + 1, i + 6], [i, i + 6, i + 5]] for i in range(4)])
    return points, {"node 1": squares[0], "bond 1-2": squares[1:3].reshape(-1, 3), "node 2": squares[3]}
