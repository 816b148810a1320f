"""Supports of solids that are pins: what is within a radius of the node is held, and not all of the node's region."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from femnn.errors import MeshError
from femnn.mechanics.measuring import Readings, displacement_space
from femnn.meshing.regions import SolidMesh
from femnn.runtime.stack import MPI, fem


def pinned(mesh: SolidMesh, space: fem.FunctionSpace, readings: Readings, radius: float) -> Readings:
    """Readings of which the supports hold what is within a radius of their nodes.

    Args:
        mesh: the solid.
        space: displacements, or a mixed space with the displacements first.
        readings: of the node's whole regions, without multipliers.
        radius: of the pins (m); pins of planar lattices go through their thickness.

    Raises:
        MeshError: no point of the mesh is that near to a supported node.
    """
    network = mesh.network
    moved, parent = displacement_space(space)
    size = moved.dofmap.index_map_bs
    nodes, components, local = readings.at_node
    place = np.empty(int(parent.max(initial=-1)) + 1, dtype=np.int64)
    place[parent] = np.arange(len(parent))
    points = moved.tabulate_dof_coordinates()[place[local] // size, : network.dimension]
    near = np.linalg.norm(points - network.nodes[nodes], axis=1) <= radius
    found = np.bincount(nodes[near], minlength=len(network.nodes)).astype(np.int64)
    mesh.mesh.comm.Allreduce(MPI.IN_PLACE, found)
    missed = np.flatnonzero(network.fixed.any(axis=1) & (found == 0))
    if missed.size:
        raise MeshError(
            f"{network.name}: no point of the mesh is within pin_radius = {radius:.3g} m of node "
            f"{network.labels[missed[0]]}; make it larger, or cells_across finer."
        )
    return replace(readings, at_node=(nodes[near], components[near], local[near]))
