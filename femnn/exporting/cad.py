"""The solid of a network in OpenCASCADE, in mm: a solid for every bond and node, named for it, or one of all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from femnn.config.quantities import MILLIMETRE
from femnn.errors import ConfigError
from femnn.geometry import sheets, struts
from femnn.geometry.contours import Contours, contours
from femnn.geometry.strips import Shape
from femnn.meshing.solid_meshes import session
from femnn.network.network import Network
from femnn.runtime.stack import gmsh

SOLID = "solid"
"""Name of the solid of a whole network."""


@dataclass(frozen=True)
class Solids:
    """Solids of Gmsh's current model."""

    name: str
    """Name of the network."""
    regions: dict[str, list[int]]
    """Volumes of each bond ("bond 1-2", by the labels of its nodes) and of each node ("node 1"), or of the whole."""

    balls: tuple[str, ...] = ()
    """Names of regions that are balls, and what bonds have in common beside them."""

    @property
    def tags(self) -> list[int]:
        """All volumes."""
        return [tag for tags in self.regions.values() for tag in tags]

    @property
    def volume(self) -> float:
        """Volume of all of them together (mm³), by their exact surfaces."""
        return float(sum(gmsh.model.occ.getMass(3, tag) for tag in self.tags))


@contextmanager
def regions(network: Network, shape: Shape) -> Iterator[Solids]:
    """A Gmsh session with a solid for every bond and node, which share the faces between them.

    Args:
        network: its bonds' widths, thicknesses and thinned ends are what is built.
        shape: pads, tapers and fillets; fillets are for planar networks.

    Raises:
        ConfigError: fillets are asked for in space.
        MeshError: the solid cannot be built; see :func:`femnn.meshing.solid_meshes.build_solid`.
    """
    if network.dimension == 3 and shape.fillet_radius > 0:
        raise ConfigError(f"{network.name}: fillets are for planar networks; leave --fillet-radius out.")
    with session(network.name):
        entities = (
            struts.add(network, shape, MILLIMETRE)
            if network.dimension == 3
            else sheets.add(network, shape, MILLIMETRE, True)
        )
        names = [f"bond {bond_name(network, bond)}" for bond in range(len(network.bonds))]
        names += [f"node {label}" for label in network.labels]
        balls = names[len(network.bonds) :] if network.dimension == 3 else []
        yield Solids(network.name, dict(zip(names, entities, strict=True)), tuple(balls))


@contextmanager
def fused(network: Network, shape: Shape) -> Iterator[Solids]:
    """A Gmsh session with one solid of all bonds and nodes.

    Args:
        network: a planar network whose bonds are of one thickness.
        shape: pads, tapers and fillets.

    Raises:
        ConfigError: the network is in space, or of several thicknesses.
        MeshError: the solid cannot be built.
    """
    if network.dimension == 3 or np.ptp(network.sections.thickness) > 0:
        # OpenCASCADE writes what balls are united with as STEP that it reads back wrongly
        raise ConfigError(
            f"{network.name}: only a planar network of one thickness can be one solid in a STEP file; leave --fused "
            "out, and unite the solids of bonds and nodes where it is read, or take the STL file."
        )
    outline = contours(network, shape)
    with session(network.name):
        surfaces = [(2, int(gmsh.model.occ.addPlaneSurface(add_loops(outline))))]
        height = float(network.sections.thickness[0]) / MILLIMETRE
        gmsh.model.occ.translate(surfaces, 0.0, 0.0, -height / 2)
        made = gmsh.model.occ.extrude(surfaces, 0.0, 0.0, height)
        gmsh.model.occ.synchronize()
        yield Solids(network.name, {SOLID: [tag for dimension, tag in made if dimension == 3]})


def bond_name(network: Network, bond: int) -> str:
    """A bond by the labels of its nodes as files can hold it, as in "1-2"."""
    return network.bond_name(bond).replace("–", "-")


def add_loops(outline: Contours) -> list[int]:
    """Add the contours to Gmsh's current model, in mm, and return a curve loop for each."""
    occ = gmsh.model.occ
    used = {point for loop in outline.loops for curve in loop for point in curve}
    tags = {point: occ.addPoint(*outline.points[point] / MILLIMETRE, 0.0) for point in used}
    loops = []
    for number, loop in enumerate(outline.loops):
        curves = []
        # Gmsh turns holes round itself
        hole = number >= len(outline.loops) - outline.holes
        for curve in reversed(loop) if hole else loop:
            at = [tags[point] for point in (curve[::-1] if hole else curve)]
            curves.append(occ.addLine(*at) if len(at) == 2 else occ.addCircleArc(*at, center=False))
        loops.append(int(occ.addCurveLoop(curves)))
    # Points inside of arcs would be written as solids of their own
    occ.remove([(0, tags[between[0]]) for loop in outline.loops for _, *between, _ in loop if between])
    return loops
