"""The printed lattice as a solid: strips with thinned ends and pads at the nodes, built and meshed by Gmsh.

A node's region is its pad and wherever bonds that meet at it lie over each other; what is left of a strip is its bond's
region. Every region is a physical group, named as in "node 3" and "bond 1–2".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from femnn.errors import MeshError
from femnn.geometry import sheets, struts
from femnn.geometry.strips import Shape
from femnn.meshing.regions import Regions, read_regions
from femnn.network.network import Network
from femnn.runtime.stack import gmsh

ADAPTIVE = 1
"""Gmsh's algorithm in the plane that makes the fewest triangles between fine ends and coarse bars."""


def build_solid(network: Network, shape: Shape, solid: bool) -> Regions:
    """Mesh a network as a solid, with Gmsh on the calling rank alone.

    Args:
        network: the network; its bonds' widths, thicknesses and thinned ends are what is built.
        shape: pads, fillets, and sizes of cells.
        solid: tetrahedra through the thickness, and not triangles in the plane.

    Raises:
        MeshError: bonds lie over each other away from a common node, or leave no room between their nodes; a taper, a
            pad or a fillet does not fit; fillets are asked for in space; Gmsh fails.
    """
    if network.dimension == 3 and not solid:
        raise MeshError(f"{network.name}: a network in space cannot be meshed in the plane; use continuum-3d.")
    if network.dimension == 3 and shape.fillet_radius > 0:
        raise MeshError(f"{network.name}: fillets are for planar networks; leave fillet_radius at 0.")
    # OpenCASCADE takes points that are 1e-7 apart for one: lengths are given to it in widths
    unit = float(network.sections.width.mean())
    with session(network.name):
        entities = (
            struts.add(network, shape, unit) if network.dimension == 3 else sheets.add(network, shape, unit, solid)
        )
        dimension = 3 if solid else 2
        bonds = [f"bond {network.bond_name(bond)}" for bond in range(len(network.bonds))]
        names = [*bonds, *(f"node {label}" for label in network.labels)]
        for name, tags in zip(names, entities, strict=True):
            gmsh.model.addPhysicalGroup(dimension, tags, name=name)
        gmsh.model.mesh.generate(dimension)
        gmsh.model.mesh.affineTransform(np.diag([unit, unit, unit, 1.0]).ravel())
        return read_regions(network, "the solid", dimension)


@contextmanager
def session(name: str) -> Iterator[None]:
    """Gmsh with a model of its own, silent; an error of Gmsh's becomes one that names the network."""
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("Mesh.Algorithm", ADAPTIVE)
        gmsh.model.add(name)
        with naming(name):
            yield
    finally:
        gmsh.finalize()


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Turn an error of Gmsh's into one that names the network.

    Raises:
        MeshError: Gmsh has failed within the ``with`` block.
    """
    try:
        yield
    except Exception as error:
        # Gmsh raises plain Exception whatever has gone wrong, and nothing else does
        if type(error) is not Exception:
            raise
        raise MeshError(f"{name}: Gmsh cannot mesh the solid: {' '.join(str(error).split()).rstrip('.')}.") from error
