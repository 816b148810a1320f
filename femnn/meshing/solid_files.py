"""Solids in files: meshes of Gmsh, VTK, XDMF, Abaqus and SALOME, and Gmsh's .geo, which it meshes.

Groups are Gmsh's physical groups, Abaqus' sets of elements and SALOME's groups. In files of VTK and XDMF they are data
on the cells by the name of the group, neither zero nor NaN inside of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.config.trust import require_trust
from femnn.errors import ConfigError
from femnn.meshing.regions import IN_GMSH, Regions, read_regions, regions_of
from femnn.meshing.solid_cells import no_cells, solid_cells
from femnn.meshing.solid_meshes import session
from femnn.network.network import Network
from femnn.network_files.mesh_files import READERS, read_content
from femnn.network_files.mesh_formats import named_errors
from femnn.runtime.stack import gmsh, meshio

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

SUFFIXES = (*READERS, ".geo")
WRITTEN = (".msh", ".vtu", ".xdmf")
CELLS = {2: "triangle", 3: "tetra"}
"""Meshio's names of simplices."""


def read_solid(network: Network, file: str, dimension: int, model: str, unit: float = 1.0) -> Regions:
    """Read a solid whose groups are named for the bonds and nodes of a network.

    Args:
        network: the network, whose nodes are where the file's are.
        file: path; a .geo is meshed.
        dimension: 2 for triangles, 3 for tetrahedra.
        model: name of the model that asks, for messages.
        unit: of the file's coordinates (m).

    Raises:
        ConfigError: the file cannot be read.
        MeshError: it has no cells of this dimension, or they do not make up the network; see
            :func:`femnn.meshing.regions.regions_of`.
    """
    path = Path(file)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"{model}: cannot read mesh_file {path}: its suffix must be one of {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise ConfigError(f"{model}: cannot read mesh_file {path}: there is no such file.")
    if suffix == ".geo":
        return _of_script(network, path, dimension, unit)
    with named_errors(path, "read"):
        content = read_content(path)
    solid = solid_cells(content, path, dimension)
    return regions_of(network, replace(solid, points=unit * solid.points), str(path))


def _of_script(network: Network, path: Path, dimension: int, unit: float) -> Regions:
    require_trust(path, "Gmsh script")
    with session(network.name):
        try:
            gmsh.merge(str(path))
            gmsh.model.mesh.generate(dimension)
        except Exception as error:
            # Gmsh raises plain Exception whatever has gone wrong
            detail = " ".join(str(error).split()).rstrip(".")
            raise ConfigError(f"Cannot read {path}: it is no valid {path.suffix} file ({detail}).") from error
        if not len(gmsh.model.mesh.getElements(dimension)[0]):
            raise no_cells(path, dimension)
        gmsh.model.mesh.affineTransform(np.diag([unit, unit, unit, 1.0]).ravel())
        return read_regions(network, str(path), dimension)


def write_solid(network: Network, regions: Regions, path: Path) -> None:
    """Write a solid so that :func:`read_solid` reads it again.

    Args:
        network: whose bonds and nodes name the groups.
        regions: the solid.
        path: where to; a .msh gets physical groups, .vtu and .xdmf files data on the cells.

    Raises:
        ConfigError: the suffix is unknown, or the file cannot be written.
    """
    if path.suffix not in WRITTEN:
        raise ConfigError(f"Cannot write {path}: its suffix must be one of {', '.join(WRITTEN)}.")
    members = {f"bond {network.bond_name(b)}": regions.cell_bonds == b for b in range(len(network.bonds))}
    members |= {f"node {label}": regions.cell_nodes == node for node, label in enumerate(network.labels)}
    points = np.pad(regions.points, ((0, 0), (0, 3 - regions.points.shape[1])))
    if path.suffix == ".msh":
        _with_groups(network, members, points, regions.cells, path)
        return
    with named_errors(path, "write"):
        data = {name.replace("–", "-"): [inside.astype(np.int32)] for name, inside in members.items()}
        mesh = meshio.Mesh(points, [(CELLS[regions.cells.shape[1] - 1], regions.cells)], cell_data=data)
        mesh.write(path, **({"data_format": "XML"} if path.suffix == ".xdmf" else {}))


def _with_groups(
    network: Network, members: Mapping[str, Booleans], points: Floats, cells: Integers, path: Path
) -> None:
    dimension = cells.shape[1] - 1
    with session(network.name):
        for number, (name, inside) in enumerate(members.items(), start=1):
            gmsh.model.addDiscreteEntity(dimension, number)
            if number == 1:
                gmsh.model.mesh.addNodes(dimension, 1, np.arange(1, len(points) + 1), points.ravel())
            corners = cells[inside].ravel() + 1
            gmsh.model.mesh.addElementsByType(number, IN_GMSH[dimension], [], corners)
            gmsh.model.addPhysicalGroup(dimension, [number], name=name)
        gmsh.model.mesh.reclassifyNodes()
        try:
            gmsh.write(str(path))
        except Exception as error:
            # Gmsh raises plain Exception whatever has gone wrong
            raise ConfigError(f"Cannot write {path}: {error}.") from error
