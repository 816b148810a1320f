"""Lattices that stand by rigid joints: on hinges they are mechanisms, so beams and solids carry them and bars do not.

They are made with ``rigid_joints``. Sizes, labels, supports and ports are as in ``lattices.py``.
"""

import numpy as np
import numpy.typing as npt

from femnn.network.lattice_parts import Supports, check_sizes, integer_grid, neighbours, supported
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION, Sections

type Integers = npt.NDArray[np.int64]

HEXAGON = np.array([[0, -2], [-1, -1], [1, -1], [-1, 1], [1, 1], [0, 2]])
"""Corners about the centre, in halves of the width along x and halves of a side along y."""


def honeycomb(
    columns: int, rows: int, spacing: float, *, supports: Supports = "top", section: Sections = AGILUS_SECTION
) -> Network:
    """Rectangular patch of whole hexagons with corners at top and bottom, every second row shifted by half a hexagon.

    At most three bonds meet at a node, fewer than the four on average that make a lattice on hinges rigid in the plane
    (Maxwell 1864): beams and solids carry it, springs and bars do not.

    Args:
        columns: hexagons along a row.
        rows: rows of hexagons.
        spacing: length of all bonds, the sides of the hexagons (m).
        supports: the nodes that are held; a layer is a zigzag line, with its upper and its lower nodes.
        section: what the bonds are made of.

    Raises:
        NetworkError: a size below 1, a spacing that is not positive, or supports that hold every node.
    """
    check_sizes("honeycomb", spacing, columns=columns, rows=rows)
    column, row = integer_grid(columns, rows).T
    centres = np.column_stack([2 * column + row % 2 + 1, 3 * row + 2])
    y, x = np.unique((centres[:, None] + HEXAGON).reshape(-1, 2)[:, ::-1], axis=0).T
    nodes = spacing * np.column_stack([x * np.sqrt(3) / 2, y / 2])
    grid = np.column_stack([x // 2, y // 3])
    bonds = neighbours(nodes, spacing)
    return supported("honeycomb", nodes, bonds, grid, supports, section, rigid_joints=True)


def cubic(
    nx: int, ny: int, nz: int, spacing: float, *, supports: Supports = "top", section: Sections = AGILUS_SECTION
) -> Network:
    """Simple cubic lattice of bonds along the axes alone.

    On hinges each layer slides over the next: beams and solids carry it. Springs and bars do so only with "boundary",
    where every straight line of bonds is held at both ends. With diagonals it is ``cubic_with_diagonals``.

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
    check_sizes("cubic", spacing, nx=nx, ny=ny, nz=nz)
    grid = integer_grid(nx + 1, ny + 1, nz + 1)
    return supported("cubic", grid * spacing, neighbours(grid, 1), grid, supports, section, rigid_joints=True)
