"""Giving back what PETSc holds of structures that are gone.

On several ranks PETSc puts off the destruction of what Python drops, since ranks may drop it at different times; with
every structure stay its mesh's communicators, of which MPI has some 2,000. Building a structure is something that all
ranks do together: then those that are gone on every rank are released.
"""

from __future__ import annotations

from typing import Any
from weakref import ReferenceType, ref

import numpy as np

from femnn.runtime.stack import MPI, PETSc, common, dmesh

type Maps = tuple[common.IndexMap, ...]

_held: dict[int, list[tuple[ReferenceType[Any], dmesh.Mesh, Maps]]] = {}
"""By communicator: structures that were built on it, each with its mesh and its maps of unknowns.

These are kept until PETSc has released what is on their communicators. Vectors are on that of a map, which is none of
the mesh's.
"""


def hold(structure: object, mesh: dmesh.Mesh, maps: Maps, comm: MPI.Comm) -> None:
    """Remember a structure until it is released; alone, a rank destroys at once and need not.

    Args:
        structure: what is released when nothing refers to it any more.
        mesh: its mesh.
        maps: how its unknowns are shared out.
        comm: ranks that built it.
    """
    if comm.size > 1:
        _held.setdefault(comm.handle, []).append((ref(structure), mesh, maps))


def reclaim(comm: MPI.Comm) -> None:
    """Destroy what PETSc still holds of structures on this communicator that are gone; every rank of it calls."""
    if comm.size == 1 or not (entries := _held.get(comm.handle)):
        return
    # Solvers first: they are on the communicator itself and hold the matrices that are on the meshes'
    PETSc.garbage_cleanup(comm)
    gone = np.array([structure() is None for structure, *_ in entries], dtype=np.int64)
    comm.Allreduce(MPI.IN_PLACE, gone, MPI.MIN)
    for (_, mesh, maps), everywhere in zip(entries, gone, strict=True):
        for part in (*maps, mesh) if everywhere else ():
            PETSc.garbage_cleanup(part.comm)
    _held[comm.handle] = [entry for entry, everywhere in zip(entries, gone, strict=True) if not everywhere]
