"""Mesh files as Gmsh writes them, and files that one rank writes for all."""

from collections.abc import Callable
from pathlib import Path

from mpi4py import MPI

FRAME = """$MeshFormat
4.1 0 8
$EndMeshFormat
$PhysicalNames
4
0 1 "clamp"
0 3 "loose"
1 2 "top bar"
1 4 "bonds"
$EndPhysicalNames
$Entities
5 5 0 0
1 0 0 5 1 1
2 10 0 5 1 1
3 10 10 5 0
4 0 10 5 0
5 20 20 5 1 3
1 0 0 5 10 0 5 1 4 2 1 -2
2 10 0 5 10 10 5 1 4 2 2 -3
3 0 10 5 10 10 5 2 2 4 2 3 -4
4 0 0 5 0 10 5 1 4 2 4 -1
5 0 0 5 10 10 5 1 4 2 1 -3
$EndEntities
$Nodes
5 5 1 5
0 5 0 1
1
20 20 5
0 1 0 1
2
0 0 5
0 2 0 1
3
10 0 5
0 3 0 1
4
10 10 5
0 4 0 1
5
0 10 5
$EndNodes
$Elements
8 8 1 8
0 1 15 1
1 2
0 2 15 1
2 3
0 5 15 1
3 1
1 1 1 1
4 2 3
1 2 1 1
5 3 4
1 3 1 1
6 4 5
1 4 1 1
7 5 2
1 5 1 1
8 2 4
$EndElements
"""
"""A braced square in the plane z = 5 with a loose point, as Gmsh writes it in format 4.1."""

FRAME_OLD = """$MeshFormat
2.2 0 8
$EndMeshFormat
$PhysicalNames
2
1 2 "top bar"
1 4 "bonds"
$EndPhysicalNames
$Nodes
4
1 0 0 5
2 10 0 5
3 10 10 5
4 0 10 5
$EndNodes
$Elements
6
1 1 2 4 1 1 2
2 1 2 4 2 2 3
3 1 2 2 3 3 4
4 1 2 4 3 3 4
5 1 2 4 4 4 1
6 1 2 4 5 1 3
$EndElements
"""
"""The same in format 2.2, where a line of two groups is written twice."""


def on_file(path: Path, write: Callable[[], object]) -> Path:
    """Write a file on rank 0, for all ranks, after all have done with its last content."""
    MPI.COMM_WORLD.barrier()
    if MPI.COMM_WORLD.rank == 0:
        write()
    MPI.COMM_WORLD.barrier()
    return path


def with_text(path: Path, text: str) -> Path:
    """Write a text on rank 0, for all ranks."""
    return on_file(path, lambda: path.write_text(text))
