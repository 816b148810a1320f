"""Planar lattices in Gmsh: surfaces from their outlines, and volumes by extrusion."""

from __future__ import annotations

import numpy as np

from femnn.geometry.outlines import Drawing, drawing
from femnn.geometry.overlaps import check_overlaps
from femnn.geometry.strips import Shape
from femnn.network.network import Network
from femnn.runtime.stack import gmsh

type Entity = tuple[int, int]

LAYERS = 2
"""Layers of cells through the thickness, where a shape does not say how many."""


def add(network: Network, shape: Shape, unit: float, solid: bool) -> list[list[int]]:
    """Add a planar lattice to the current model, with sizes of cells.

    Args:
        network: a planar network.
        shape: pads, fillets, sizes, layers.
        unit: length of one unit of the model (m).
        solid: volumes about the plane, and not surfaces in it.

    Returns:
        Tags of what belongs to each bond and then to each node.

    Raises:
        MeshError: the outlines cannot be drawn, or regions lie over each other.
    """
    drawn = drawing(network, shape)
    check_overlaps(network, drawn)
    thickness = network.sections.thickness / unit
    surfaces = _surfaces(drawn, unit, shape.cells_across)
    if not solid:
        gmsh.model.occ.synchronize()
        return [[tag] for tag in surfaces]
    if np.ptp(thickness) == 0:
        volumes = _extruded(surfaces, float(thickness[0]), [shape.layers or LAYERS])
        gmsh.model.occ.synchronize()
        return [[tag] for tag in volumes]
    return _by_thickness(network, surfaces, thickness, shape.layers)


def _surfaces(drawn: Drawing, unit: float, cells_across: float) -> list[int]:
    occ = gmsh.model.occ
    points, sizes = drawn.points / unit, drawn.widths / unit / cells_across
    # Points inside of fillets have no size of their own
    sizes[np.isinf(sizes)] = 0.0
    inner = {midst for loop in drawn.loops for _, *between, _ in loop for midst in between}
    tags = [occ.addPoint(*point, 0.0, size) for point, size in zip(points, sizes, strict=True)]
    curves = {}
    for curve in {frozenset(curve): curve for loop in drawn.loops for curve in loop}.values():
        at = [tags[point] for point in curve]
        curves[frozenset(curve)] = occ.addLine(*at) if len(at) == 2 else occ.addCircleArc(*at, center=False)
    occ.remove([(0, tags[midst]) for midst in inner])
    loops = [occ.addCurveLoop([curves[frozenset(curve)] for curve in loop]) for loop in drawn.loops]
    return [int(occ.addPlaneSurface([loop])) for loop in loops]


def _extruded(surfaces: list[int], thickness: float, layers: list[int]) -> list[int]:
    """Volumes about the plane; what surfaces share, the volumes share."""
    flat = [(2, tag) for tag in surfaces]
    gmsh.model.occ.translate(flat, 0.0, 0.0, -thickness / 2)
    made = gmsh.model.occ.extrude(flat, 0.0, 0.0, thickness, numElements=layers)
    return [tag for dimension, tag in made if dimension == 3]


def _by_thickness(network: Network, surfaces: list[int], thickness: np.ndarray, layers: int | None) -> list[list[int]]:
    """Volumes of their own thickness, a node's that of its thickest bond; they share only what touches."""
    at_nodes = np.zeros(len(network.nodes))
    np.maximum.at(at_nodes, network.bonds, thickness[:, None])
    through = [*thickness, *at_nodes]
    volumes = [(3, _extruded([tag], t, [])[0]) for tag, t in zip(surfaces, through, strict=True)]
    _, made = gmsh.model.occ.fragment(volumes[:1], volumes[1:])
    gmsh.model.occ.synchronize()
    if layers is not None:
        for own, t in zip(made, through, strict=True):
            _refine(own, t / layers)
    return [[tag for dimension, tag in own if dimension == 3] for own in made]


def _refine(entities: list[Entity], size: float) -> None:
    """Let no cell of these be larger than a size."""
    points = gmsh.model.getBoundary(entities, combined=False, oriented=False, recursive=True)
    for point, given in zip(points, gmsh.model.mesh.getSizes(points), strict=True):
        gmsh.model.mesh.setSize([point], min(float(given) or np.inf, size))
