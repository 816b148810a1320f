"""Lattices by kind and size: generators that return a checked network.

Sizes count cells, so that one cell is the smallest lattice of every kind. Nodes are numbered from 1, from left to
right, then upwards (in 3D: along x, then y, then z); li2024 keeps the numbers of its paper. Bonds are sorted by nodes.

A generated lattice has two ports: the input "load" presses downwards, the output "response" reads upwards, at nodes a
third and two thirds of the way along the side opposite to the supports (in the middle, if the whole boundary is held).
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy

from femnn.errors import NetworkError
from femnn.network.delaunay import delaunay_bonds
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import AGILUS_SECTION, PRINTED_SECTION, Sections

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

Supports = Literal["top", "bottom", "left", "corners", "boundary"]
"""Nodes that are held: a side, the corners of the uppermost layer, or every outer side."""


def li2024(section: Sections = PRINTED_SECTION) -> Network:
    """The printed lattice of Li & Mao, Nat. Commun. 15, 10528 (2024): 14 nodes, 28 bonds, nodes 1 and 5 fixed.

    Rows run from the top down and each from right to left, so 13 and 14 are the bottom right and left nodes. Inputs
    load one node downwards; outputs read the displacements that the paper's tasks use.
    """
    spacing, down, up, right = 16e-3, (0.0, -1.0), (0.0, 1.0), (1.0, 0.0)
    row, place = np.array([(i, j) for i in range(4) for j in range(5 - i)]).T
    nodes = spacing * np.column_stack([-(place + row / 2), -row * np.sqrt(3) / 2])
    fixed = np.zeros(nodes.shape, dtype=np.bool_)
    fixed[[0, 4]] = True
    vertical = {"left": Port(14, up), "right": Port(13, up)}
    across = {"left-x": Port(14, right), "right-x": Port(13, right)}
    return Network(
        nodes,
        _neighbours(nodes, spacing),
        fixed,
        section,
        inputs={f"load-{node}": Port(node, down) for node in range(10, 15)},
        outputs=vertical | across | {f"node-{node}-x": Port(node, right) for node in (8, 2, 3)},
        name="li2024",
    )


def triangular(
    columns: int, rows: int, spacing: float, *, supports: Supports = "top", section: Sections = AGILUS_SECTION
) -> Network:
    """Rectangular patch of the triangular lattice, every second line of nodes shifted by half the spacing.

    Args:
        columns: bonds along each line of nodes.
        rows: rows of triangles, one above the other.
        spacing: length of all bonds (m).
        supports: the nodes that are held.
        section: what the bonds are made of.

    Raises:
        NetworkError: a size below 1, a spacing that is not positive, or supports that hold every node.
    """
    _check("triangular", spacing, columns=columns, rows=rows)
    grid, nodes = _zigzag(columns, rows, spacing)
    return _supported("triangular", nodes, _neighbours(nodes, spacing), grid, supports, section)


def kagome(
    columns: int, rows: int, spacing: float, *, supports: Supports = "boundary", section: Sections = AGILUS_SECTION
) -> Network:
    """Rectangular patch of the kagome lattice.

    Four bonds meet at each inner node, just as many as make the lattice rigid when every straight line of bonds is held
    at both ends. Hence the default; with fewer supports the patch is a mechanism.

    Args:
        columns: hexagons along a row; a line of nodes has twice as many bonds.
        rows: rows of hexagons.
        spacing: length of all bonds (m).
        supports: the nodes that are held.
        section: what the bonds are made of.

    Raises:
        NetworkError: a size below 1, a spacing that is not positive, or supports that hold every node.
        MechanismError: supports other than "boundary".
    """
    _check("kagome", spacing, columns=columns, rows=rows)
    # Half a spacing along x and half a row along y: full lines of nodes alternate with lines of every second triangle
    fine = _grid(4 * columns + 1, 2 * rows + 1)
    x, y = fine.T
    full, sparse = (x % 2 == 0) & (y % 2 == 0), (x % 2 == 1) & (y % 2 == 1) & ((x - y) % 4 == 0)
    grid = fine[full | sparse]
    nodes = grid * spacing * np.array([0.5, np.sqrt(3) / 2])
    return _supported("kagome", nodes, _neighbours(nodes, spacing), grid, supports, section)


def square_with_diagonals(
    columns: int, rows: int, spacing: float, *, supports: Supports = "top", section: Sections = AGILUS_SECTION
) -> Network:
    """Square lattice with one diagonal a cell, turned from cell to cell so that no two bonds cross.

    Args:
        columns: cells along x.
        rows: cells along y.
        spacing: side of a cell (m).
        supports: the nodes that are held.
        section: what the bonds are made of.

    Raises:
        NetworkError: a size below 1, a spacing that is not positive, or supports that hold every node.
    """
    _check("square_with_diagonals", spacing, columns=columns, rows=rows)
    grid = _grid(columns + 1, rows + 1)
    bonds = _edges_and_diagonals(grid)
    return _supported("square_with_diagonals", grid * spacing, bonds, grid, supports, section)


def cubic_with_diagonals(
    nx: int, ny: int, nz: int, spacing: float, *, supports: Supports = "top", section: Sections = AGILUS_SECTION
) -> Network:
    """Simple cubic lattice with one diagonal a face, so that the diagonals of a cell form a tetrahedron.

    A cube whose faces are triangles is rigid, and cells share whole faces: the lattice is rigid for every size.

    Args:
        nx: cells along x.
        ny: cells along y.
        nz: cells along z.
        spacing: side of a cell (m).
        supports: the nodes that are held.
        section: what the bonds are made of.

    Raises:
        NetworkError: a size below 1, a spacing that is not positive, or supports that hold every node.
    """
    _check("cubic_with_diagonals", spacing, nx=nx, ny=ny, nz=nz)
    grid = _grid(nx + 1, ny + 1, nz + 1)
    return _supported("cubic_with_diagonals", grid * spacing, _edges_and_diagonals(grid), grid, supports, section)


def octet(
    cells_x: int,
    cells_y: int,
    cells_z: int,
    size: float,
    *,
    supports: Supports = "top",
    section: Sections = AGILUS_SECTION,
) -> Network:
    """Octet truss: nodes of the face-centred cubic lattice, bonds between nearest neighbours.

    Args:
        cells_x: cubic cells along x.
        cells_y: cubic cells along y.
        cells_z: cubic cells along z.
        size: side of a cubic cell (m); bonds have the length size/√2.
        supports: the nodes that are held.
        section: what the bonds are made of.

    Raises:
        NetworkError: a number of cells below 1, a size that is not positive, or supports that hold every node.
    """
    _check("octet", size, cells_x=cells_x, cells_y=cells_y, cells_z=cells_z)
    grid = _grid(2 * cells_x + 1, 2 * cells_y + 1, 2 * cells_z + 1)
    grid = grid[grid.sum(axis=1) % 2 == 0]
    return _supported("octet", grid * size / 2, _neighbours(grid, np.sqrt(2)), grid, supports, section)


def disordered(
    columns: int,
    rows: int,
    spacing: float,
    jitter: float,
    seed: int,
    *,
    supports: Supports = "top",
    section: Sections = AGILUS_SECTION,
) -> Network:
    """Delaunay lattice of the nodes of a triangular patch, each moved at random; without moves it is that patch.

    Args:
        columns: bonds along each line of the patch.
        rows: rows of triangles of the patch.
        spacing: length of the bonds before nodes are moved (m).
        jitter: largest move as a share of the spacing, from 0 to below 0.5, so that no two nodes meet.
        seed: seed of the random moves; the same seed gives the same lattice.
        supports: the nodes that are held, by their place in the patch.
        section: what the bonds are made of.

    Raises:
        NetworkError: a size below 1, a spacing that is not positive, jitter out of range, a negative seed, or supports
            that hold every node.
    """
    _check("disordered", spacing, columns=columns, rows=rows)
    if not 0 <= jitter < 0.5:
        raise NetworkError(f"disordered: jitter must be at least 0 and below 0.5, not {jitter}.")
    if seed < 0:
        raise NetworkError(f"disordered: seed must be at least 0, not {seed}.")
    grid, nodes = _zigzag(columns, rows, spacing)
    radius, angle = np.random.default_rng(seed).random((2, len(nodes)))
    moves = np.sqrt(radius)[:, None] * np.column_stack([np.cos(2 * np.pi * angle), np.sin(2 * np.pi * angle)])
    nodes = nodes + jitter * spacing * moves
    return _supported("disordered", nodes, delaunay_bonds(nodes), grid, supports, section)


def _check(name: str, spacing: float, **sizes: int) -> None:
    for size, count in sizes.items():
        if count < 1:
            raise NetworkError(f"{name}: {size} must be at least 1, not {count}.")
    if not 0 < spacing < np.inf:
        raise NetworkError(f"{name}: the spacing must be above 0, not {spacing:g} m.")


def _grid(*counts: int) -> Integers:
    """Integer points of a box, shape (N, d), the first coordinate running fastest."""
    axes = np.meshgrid(*(np.arange(count) for count in reversed(counts)), indexing="ij")
    return np.column_stack([axis.ravel() for axis in reversed(axes)]).astype(np.int64)


def _zigzag(columns: int, rows: int, spacing: float) -> tuple[Integers, Floats]:
    """Places in the patch by column and row, and the nodes (m), each of shape (N, 2)."""
    grid = _grid(columns + 1, rows + 1)
    column, row = grid.T
    return grid, spacing * np.column_stack([column + row % 2 / 2, row * np.sqrt(3) / 2])


def _neighbours(nodes: npt.NDArray[np.floating | np.integer], distance: float) -> Integers:
    """All pairs of nodes within the distance, shape (B, 2), sorted."""
    pairs: Integers = (
        scipy.spatial.KDTree(nodes).query_pairs(distance * (1 + 1e-6), output_type="ndarray").astype(np.int64)
    )
    order: Integers = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order]


def _edges_and_diagonals(grid: Integers) -> Integers:
    """Edges of the unit cells, and on each face the diagonal whose nodes have an even sum of coordinates."""
    pairs = _neighbours(grid, np.sqrt(2))
    p, q = grid[pairs[:, 0]], grid[pairs[:, 1]]
    edge = np.abs(q - p).sum(axis=1) == 1
    return np.compress(edge | (p.sum(axis=1) % 2 == 0), pairs, axis=0)


def _supported(
    name: str, nodes: npt.NDArray[np.floating], bonds: Integers, grid: Integers, supports: Supports, section: Sections
) -> Network:
    """The network with the nodes held whose places in the ``grid`` the supports ask for, and with its two ports."""
    held = _held(name, grid, supports)
    if held.all():
        raise NetworkError(f"{name}: supports = {supports!r} hold every node; ask for more cells or other supports.")
    down, up = np.zeros((2, nodes.shape[1]))
    down[-1], up[-1] = -1, 1
    load, response = (_port_node(nodes, held, supports, share) for share in (1 / 3, 2 / 3))
    return Network(
        np.asarray(nodes, dtype=np.float64),
        bonds,
        np.repeat(held[:, None], nodes.shape[1], axis=1),
        section,
        inputs={"load": Port(load, tuple(down.tolist()))},
        outputs={"response": Port(response, tuple(up.tolist()))},
        name=name,
    )


def _held(name: str, grid: Integers, supports: Supports) -> Booleans:
    low, high = grid == grid.min(axis=0), grid == grid.max(axis=0)
    outer = low | high
    held: dict[str, Booleans] = {
        "top": high[:, -1],
        "bottom": low[:, -1],
        "left": low[:, 0],
        "corners": high[:, -1] & outer[:, :-1].all(axis=1),
        "boundary": outer.any(axis=1),
    }
    if supports not in held:
        raise NetworkError(f"{name}: there are no supports {supports!r}; known are {', '.join(held)}.")
    return held[supports]


def _port_node(nodes: npt.NDArray[np.floating], held: Booleans, supports: Supports, share: float) -> int:
    """Label of the free node nearest to the point at this share of the way along the side opposite to the supports."""
    low, high = nodes.min(axis=0), nodes.max(axis=0)
    point = np.full(nodes.shape[1], 0.5)
    point[1 if supports == "left" else 0] = share
    if supports in ("top", "corners"):
        point[-1] = 0
    elif supports == "bottom":
        point[-1] = 1
    elif supports == "left":
        point[0] = 1
    free = np.flatnonzero(~held)
    distances = np.linalg.norm(nodes[free] - (low + point * (high - low)), axis=1)
    # Rounded, so that of equally near nodes the first is taken on every machine
    return int(free[np.argmin(np.round(distances / np.linalg.norm(high - low), 9))]) + 1
