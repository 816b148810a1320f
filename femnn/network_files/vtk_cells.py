"""Cells of VTK's files, as both of its formats hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.network_files.mesh_content import COUNTED, Block, Content, Integers, in_space
from femnn.runtime.stack import meshio


def grid(
    points: npt.NDArray[Any],
    connectivity: Integers,
    offsets: Integers,
    types: npt.NDArray[Any],
    point_data: Mapping[str, npt.NDArray[Any]],
    cell_data: Mapping[str, npt.NDArray[Any]],
) -> Content:
    """Return the content of an unstructured grid.

    Args:
        points: coordinates, shape (N, 3).
        connectivity: nodes of all cells, one cell after the other.
        offsets: where each cell ends among them, shape (M,).
        types: VTK's number for the kind of each cell, shape (M,).
        point_data: data by name; those that are not one value or row at each point are left out.
        cell_data: the same on the cells.

    Raises:
        ValueError: cells are of unknown kinds, or contradict themselves.
    """
    if len(offsets) != len(types):
        raise ValueError(f"it has {len(offsets)} cells, and kinds of {len(types)}")
    sizes = np.diff(offsets, prepend=0)
    if len(sizes) and (sizes.min() < 0 or offsets[-1] != len(connectivity)):
        raise ValueError("its cells and their offsets contradict each other")
    rows = {int(kind): np.flatnonzero(types == kind) for kind in np.unique(types)}
    return Content(
        in_space(points),
        np.arange(1, len(points) + 1),
        COUNTED,
        [_block(kind, own, connectivity, offsets, sizes) for kind, own in rows.items()],
        point_data={name: values for name, values in point_data.items() if len(values) == len(points)},
        cell_data={
            name: [values[own] for own in rows.values()]
            for name, values in cell_data.items()
            if len(values) == len(types)
        },
        single=points.dtype == np.float32,
    )


def _block(kind: int, rows: Integers, connectivity: Integers, offsets: Integers, sizes: Integers) -> Block:
    name = meshio._vtk_common.vtk_to_meshio_type.get(kind)
    if name is None or name.startswith("VTK_"):
        lines = ", poly-lines" if kind == 4 else ""
        raise ValueError(
            f"it has cells of VTK's type {kind}{lines}, which are not read; save each bond as a line of its own (type "
            "3), and leave other cells out"
        )
    size = int(sizes[rows[0]])
    if (sizes[rows] != size).any():
        # Of polygons nothing is read but their number
        return Block(name, connectivity[offsets[rows, None] - 1])
    return Block(name, connectivity[offsets[rows, None] - size + np.arange(size)])
