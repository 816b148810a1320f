"""Lattices by kind and size that are rigid on hinges: generators that return a checked network.

Those that stand by rigid joints are in ``frame_lattices.py``.

Sizes count cells, so that one cell is the smallest lattice of every kind. Nodes are numbered from 1, from left to
right, then upwards (in 3D: along x, then y, then z); li2024 keeps the numbers of its paper. Bonds are sorted by nodes.

A generated lattice has two ports: the input "load" presses downwards, the output "response" reads upwards, at nodes a
third and two thirds of the way along the side opposite to the supports (in the middle, if the whole boundary is held).
"""

import numpy as np
import numpy.typing as npt

from femnn.errors import NetworkError
from femnn.network.delaunay import delaunay_bonds
from femnn.network.lattice_parts import Supports, check_sizes, integer_grid, neighbours, supported
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import AGILUS_SECTION, PRINTED_SECTION, Sections

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


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
        neighbours(nodes, spacing),
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
    check_sizes("triangular", spacing, columns=columns, rows=rows)
    grid, nodes = _zigzag(columns, rows, spacing)
    return supported("triangular", nodes, neighbours(nodes, spacing), grid, supports, section)


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
    check_sizes("kagome", spacing, columns=columns, rows=rows)
    # Half a spacing along x and half a row along y: full lines of nodes alternate with lines of every second triangle
    fine = integer_grid(4 * columns + 1, 2 * rows + 1)
    x, y = fine.T
    full, sparse = (x % 2 == 0) & (y % 2 == 0), (x % 2 == 1) & (y % 2 == 1) & ((x - y) % 4 == 0)
    grid = fine[full | sparse]
    nodes = grid * spacing * np.array([0.5, np.sqrt(3) / 2])
    return supported("kagome", nodes, neighbours(nodes, spacing), grid, supports, section)


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
    check_sizes("square_with_diagonals", spacing, columns=columns, rows=rows)
    grid = integer_grid(columns + 1, rows + 1)
    bonds = _edges_and_diagonals(grid)
    return supported("square_with_diagonals", grid * spacing, bonds, grid, supports, section)


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
    check_sizes("cubic_with_diagonals", spacing, nx=nx, ny=ny, nz=nz)
    grid = integer_grid(nx + 1, ny + 1, nz + 1)
    return supported("cubic_with_diagonals", grid * spacing, _edges_and_diagonals(grid), grid, supports, section)


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
    check_sizes("octet", size, cells_x=cells_x, cells_y=cells_y, cells_z=cells_z)
    grid = integer_grid(2 * cells_x + 1, 2 * cells_y + 1, 2 * cells_z + 1)
    grid = grid[grid.sum(axis=1) % 2 == 0]
    return supported("octet", grid * size / 2, neighbours(grid, np.sqrt(2)), grid, supports, section)


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
    check_sizes("disordered", spacing, columns=columns, rows=rows)
    if not 0 <= jitter < 0.5:
        raise NetworkError(f"disordered: jitter must be at least 0 and below 0.5, not {jitter}.")
    if seed < 0:
        raise NetworkError(f"disordered: seed must be at least 0, not {seed}.")
    grid, nodes = _zigzag(columns, rows, spacing)
    radius, angle = np.random.default_rng(seed).random((2, len(nodes)))
    moves = np.sqrt(radius)[:, None] * np.column_stack([np.cos(2 * np.pi * angle), np.sin(2 * np.pi * angle)])
    nodes = nodes + jitter * spacing * moves
    return supported("disordered", nodes, delaunay_bonds(nodes), grid, supports, section)


def _zigzag(columns: int, rows: int, spacing: float) -> tuple[Integers, Floats]:
    """Places in the patch by column and row, and the nodes (m), each of shape (N, 2)."""
    grid = integer_grid(columns + 1, rows + 1)
    column, row = grid.T
    return grid, spacing * np.column_stack([column + row % 2 / 2, row * np.sqrt(3) / 2])


def _edges_and_diagonals(grid: Integers) -> Integers:
    """Edges of the unit cells, and on each face the diagonal whose nodes have an even sum of coordinates."""
    pairs = neighbours(grid, np.sqrt(2))
    p, q = grid[pairs[:, 0]], grid[pairs[:, 1]]
    edge = np.abs(q - p).sum(axis=1) == 1
    return np.compress(edge | (p.sum(axis=1) % 2 == 0), pairs, axis=0)
