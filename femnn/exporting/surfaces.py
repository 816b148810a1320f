"""The closed surface of a network's solid as triangles: meshed by Gmsh, and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from femnn.errors import MeshError
from femnn.exporting.cad import Solids
from femnn.meshing.solid_meshes import naming
from femnn.runtime.stack import gmsh

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

AROUND = 72
"""Triangles around a full circle: chords are then off an arc by 0.1 % of its radius."""
MESHING = {
    "MeshOnlyVisible": 1,
    "MeshSizeFromCurvature": AROUND,
    # Planes need no more triangles than their edges: sizes for finite elements would make millions of thin struts
    "MeshSizeFromPoints": 0,
    "MeshSizeExtendFromBoundary": 0,
    # Delaunay, Gmsh's quickest algorithm on balls with many holes
    "Algorithm": 5,
}
"""Options of Gmsh."""
UNEVEN = 1.5
"""Sides of triangles on arcs are no longer than this many times the length that is asked for."""
ROUNDING = 1e-6
"""Share of the volume that rounding may change."""
BLURRED = 1e-3
"""Share of the volume that single precision may be at fault for."""
SINGLE = float(np.finfo(np.float32).eps)
"""Share of a coordinate by which single precision rounds it."""
TRIANGLE = 2
"""Gmsh's number for triangles."""


@dataclass(frozen=True)
class Surface:
    """Triangles that face outwards."""

    points: Floats
    """Coordinates (mm), shape (n, 3), in single precision as STL files hold them."""
    triangles: Integers
    """Corners of each triangle, counter-clockwise from outside, shape (m, 3)."""
    between: float
    """Volume that chords and rounding may leave between triangles and exact surfaces (mm³)."""

    @property
    def volume(self) -> float:
        """Volume within (mm³)."""
        corners = self.points[self.triangles] - self.points.mean(axis=0)
        return float(np.linalg.det(corners).sum() / 6)


def surface(solids: Solids) -> Surface:
    """Triangles on all faces of the solids in Gmsh's current model that no two of them share.

    Raises:
        MeshError: Gmsh cannot mesh them; the triangles do not close, or their volume is not that of the solids.
    """
    faces = gmsh.model.getBoundary([(3, tag) for tag in solids.tags], combined=True, oriented=False)
    outside = {tag for _, tag in faces}
    gmsh.model.setVisibility([entity for entity in gmsh.model.getEntities(2) if entity[1] not in outside], 0)
    for option, value in MESHING.items():
        gmsh.option.setNumber(f"Mesh.{option}", value)
    with naming(solids.name):
        gmsh.model.mesh.generate(2)
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    place = np.empty(int(tags.max()) + 1, dtype=np.int64)
    place[tags.astype(np.int64)] = np.arange(len(tags))
    corners = [gmsh.model.mesh.getElementsByType(TRIANGLE, face)[1].astype(np.int64) for _, face in faces]
    face = np.repeat(np.arange(len(faces)), [len(own) // 3 for own in corners])
    # What single precision makes one point must be one, so that readers find the surface closed
    exact = np.array(coordinates).reshape(-1, 3).astype(np.float32)
    points, same = np.unique(exact, axis=0, return_inverse=True)
    triangles = same.ravel()[place[np.concatenate(corners)]].reshape(-1, 3)
    solid = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)
    made = Surface(points.astype(np.float64), triangles[solid], 0.0)
    curvature = np.array([_curvature(tag) for _, tag in faces])[face[solid]]
    made = replace(made, between=_between(made, curvature, solids))
    made = replace(made, triangles=_facing_outwards(made, face[solid], len(faces)))
    check_surface(made, solids)
    return made


def _curvature(face: int) -> float:
    """One over the radius of a face (1/mm); planes have none. Faces here are planes, cylinders and spheres."""
    if gmsh.model.getType(2, face) == "Plane":
        return 0.0
    low, high = gmsh.model.getParametrizationBounds(2, face)
    most, least, _, _ = gmsh.model.getPrincipalCurvatures(face, [(a + b) / 2 for a, b in zip(low, high, strict=True)])
    return float(max(abs(most[0]), abs(least[0])))


def _between(made: Surface, curvature: Floats, solids: Solids) -> float:
    """Largest volume between the triangles and faces of these curvatures, and what rounding of points adds (mm³).

    Raises:
        MeshError: single precision is too coarse for bonds that are so thin in a lattice that is so large.
    """
    corners = made.points[made.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    # A triangle with sides h and its corners on a sphere of radius r is nowhere farther from it than h²/(6 r)
    angle = UNEVEN * 2 * np.pi / AROUND
    curved = curvature > 0
    chords = angle**2 / 6 * float((area[curved] / curvature[curved]).sum())
    step = SINGLE * float(np.abs(made.points).max())
    rounding = step * float(area.sum()) / 2
    if rounding > BLURRED * solids.volume:
        raise MeshError(
            f"{solids.name}: files of triangles hold single precision, which rounds points to {step:.2g} mm here: too "
            "coarse for bonds so thin in a lattice so large; take STEP, or widen the bonds."
        )
    return chords + rounding


def check_surface(made: Surface, solids: Solids) -> None:
    """Check that triangles close, face outwards and hold the volume of the solids.

    Raises:
        MeshError: they do not.
    """
    edges = np.concatenate([made.triangles[:, [i, (i + 1) % 3]] for i in range(3)])
    there, back = (np.unique(way, axis=0, return_counts=True) for way in (edges, edges[:, ::-1]))
    if there[1].max() > 1 or there[0].shape != back[0].shape or (there[0] != back[0]).any():
        raise MeshError(
            f"{solids.name}: the triangles of the surface do not close; choose another pad or fillet radius."
        )
    if not abs(made.volume - solids.volume) <= made.between + ROUNDING * solids.volume:
        raise MeshError(
            f"{solids.name}: the triangles of the surface hold {made.volume:.6g} mm³, the solids "
            f"{solids.volume:.6g} mm³; export it as STEP."
        )


def _facing_outwards(made: Surface, face: Integers, faces: int) -> Integers:
    """The triangles turned face by face, so that neighbours agree and every closed part holds a positive volume."""
    ends = np.concatenate([made.triangles[:, [i, (i + 1) % 3]] for i in range(3)])
    owner, forward, edges = np.tile(face, 3), ends[:, 0] < ends[:, 1], np.sort(ends, axis=1)
    order = np.lexsort(edges.T)
    meet = (edges[order[:-1]] == edges[order[1:]]).all(axis=1) & (owner[order[:-1]] != owner[order[1:]])
    one, other = order[:-1][meet], order[1:][meet]
    # Neighbours agree if they run through their edge in opposite directions
    agree = dict(zip(zip(owner[one], owner[other], strict=True), forward[one] != forward[other], strict=True))
    links = csr_array((np.ones(len(one)), (owner[one], owner[other])), shape=(faces, faces))
    parts, part = connected_components(links, directed=False)
    sign = np.ones(faces, dtype=np.int64)
    for start in np.unique(part, return_index=True)[1]:
        way, before = breadth_first_order(links, start, directed=False)
        for now in way[1:]:
            pair = (before[now], now)
            sign[now] = sign[before[now]] * (1 if agree.get(pair, agree.get(pair[::-1])) else -1)
    volumes = np.linalg.det(made.points[made.triangles] - made.points.mean(axis=0)) * sign[face]
    sign *= np.where(np.bincount(part[face], volumes, minlength=parts) < 0, -1, 1)[part]
    return np.where(sign[face, None] > 0, made.triangles, made.triangles[:, ::-1])
