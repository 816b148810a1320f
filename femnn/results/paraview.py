"""States of structures in files for ParaView: VTX, one folder a state, written by all ranks."""

from pathlib import Path

from dolfinx import fem
from dolfinx.io import VTXWriter

from femnn.mechanics.measuring import displacement_space
from femnn.mechanics.structure import Structure


def write_state(structure: Structure, path: Path) -> None:
    """Write the displacement (m) of a structure at its state, quadratic where the model's is.

    In ParaView "Warp By Vector" shows the deformed shape.

    Args:
        structure: at the state.
        path: a folder that is made or written over, suffix .bp.
    """
    body = structure.mesh.mesh
    moved, _ = displacement_space(structure.space)
    field = structure.displacement if moved is structure.space else structure.displacement.sub(0).collapse()
    degree = moved.ufl_element().degree
    shown = fem.Function(fem.functionspace(body, ("Lagrange", degree, (body.geometry.dim,))), name="displacement")
    for i in range(body.geometry.dim):
        shown.sub(i).interpolate(field.sub(i).collapse())
    shown.x.scatter_forward()
    with VTXWriter(structure.comm, path, [shown]) as file:
        file.write(0.0)
