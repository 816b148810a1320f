"""Bodies in files of others: Gmsh's .msh and .geo through Gmsh, .vtu and .xdmf through meshio.

Groups are Gmsh's physical groups. In .vtu and .xdmf files they are meshio's cell sets, or data on the cells by the name
of the group, not zero inside of it.
"""

from pathlib import Path
from typing import Any

import gmsh
import meshio
import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, MeshError
from femnn.meshing.formats import named_errors
from femnn.meshing.regions import Regions, read_regions, regions_of
from femnn.meshing.solids import session
from femnn.network import Network

GMSH = (".msh", ".geo", ".step", ".stp", ".brep")
SIMPLEX = {2: "triangle", 3: "tetra"}


def read_solid(network: Network, file: str, dimension: int, model: str) -> Regions:
    """Read a body whose groups are named for the bonds and nodes of a network.

    Args:
        network: the network; the file's coordinates are in metres and its nodes are where the network's are.
        file: path; a .geo is meshed.
        dimension: 2 for triangles, 3 for tetrahedra.
        model: name of the model that asks, for messages.

    Raises:
        ConfigError: the file cannot be read.
        MeshError: it has no cells of this dimension; a group is missing or empty; cells are inverted or flat.
    """
    path = Path(file)
    if not path.is_file():
        raise ConfigError(f"{model}: cannot read mesh_file {path}: there is no such file.")
    if path.suffix in GMSH:
        return _by_gmsh(network, path, dimension)
    return _by_meshio(network, path, dimension)


def _by_gmsh(network: Network, path: Path, dimension: int) -> Regions:
    with session(network.name):
        try:
            gmsh.merge(str(path))
        except Exception as error:
            # Gmsh raises plain Exception whatever has gone wrong
            raise ConfigError(f"Cannot read {path}: {error}.") from error
        if path.suffix != ".msh":
            gmsh.model.mesh.generate(dimension)
        _require(bool(len(gmsh.model.mesh.getElementsByType({2: 2, 3: 4}[dimension])[0])), path, dimension)
        return read_regions(network, str(path), dimension)


def _by_meshio(network: Network, path: Path, dimension: int) -> Regions:
    with named_errors(path, "read"):
        mesh = meshio.read(path)
        blocks = [i for i, block in enumerate(mesh.cells) if block.type == SIMPLEX[dimension]]
        cells = np.concatenate([np.empty((0, dimension + 1)), *(mesh.cells[i].data for i in blocks)]).astype(np.int64)
        sets = {name: np.concatenate([_members(mesh, name, i) for i in blocks]) for name in mesh.cell_sets if blocks}
        data = {name: np.concatenate([values[i] for i in blocks]) for name, values in mesh.cell_data.items() if blocks}
        inside = sets | {name: values != 0 for name, values in data.items() if values.ndim == 1}
        points = np.asarray(mesh.points[:, :dimension], dtype=np.float64)
    _require(bool(len(cells)), path, dimension)
    return regions_of(network, points, {name: cells[where] for name, where in inside.items()}, str(path))


def _members(mesh: meshio.Mesh, name: str, block: int) -> npt.NDArray[Any]:
    """Which cells of a block are in a set."""
    inside = np.zeros(len(mesh.cells[block].data), dtype=np.bool_)
    members = mesh.cell_sets[name][block]
    if members is not None:
        inside[np.asarray(members, dtype=np.int64)] = True
    return inside


def _require(found: bool, path: Path, dimension: int) -> None:
    if not found:
        raise MeshError(f"{path} holds no {'triangles' if dimension == 2 else 'tetrahedra'}.")
