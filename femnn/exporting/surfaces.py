"""The closed surface of a network's solid as triangles: meshed by Gmsh, checked, and written as STL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from femnn.errors import ConfigError, MeshError
from femnn.exporting.cad import Solids
from femnn.runtime.stack import gmsh, meshio

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

AROUND = 72
"""Triangles around a full circle: chords are then off an arc by 0.1 % of its radius."""
DELAUNAY = 5
"""Gmsh's quickest algorithm on balls with many holes."""
AGREEMENT = 2e-3
"""The volume within the triangles differs from that within the exact surfaces by no more than this share."""
TRIANGLE = 2
"""Gmsh's number for triangles."""


@dataclass(frozen=True)
class Surface:
    """Triangles that face outwards."""

    points: Floats
    """Coordinates (mm), shape (n, 3), in single precision as STL files hold them."""
    triangles: Integers
    """Corners of each triangle, counter-clockwise from outside, shape (m, 3)."""

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
    for option, value in {"MeshOnlyVisible": 1, "MeshSizeFromCurvature": AROUND, "Algorithm": DELAUNAY}.items():
        gmsh.option.setNumber(f"Mesh.{option}", value)
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
    made = Surface(points.astype(np.float64), triangles[solid])
    made = Surface(made.points, _facing_outwards(made, face[solid], len(faces)))
    check_surface(made, solids)
    return made


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
    if not abs(made.volume - solids.volume) <= AGREEMENT * solids.volume:
        raise MeshError(
            f"{solids.name}: the triangles of the surface hold {made.volume:.6g} mm³, the solids "
            f"{solids.volume:.6g} mm³; export it as STEP."
        )


def write_stl(made: Surface, path: Path) -> None:
    """Write triangles as a binary STL file, in mm.

    Raises:
        ConfigError: the file cannot be written.
    """
    try:
        meshio.Mesh(made.points, [("triangle", made.triangles)]).write(path, file_format="stl", binary=True)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror or error}.") from error


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
