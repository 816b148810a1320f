"""States of structures in files for ParaView: VTX, one folder a state, written by all ranks."""

from __future__ import annotations

import errno
import math
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from femnn.config.file_names import file_name
from femnn.errors import WritingError
from femnn.mechanics.measuring import displacement_space
from femnn.mechanics.structure import Structure
from femnn.runtime.ranks import all_failed, on_root
from femnn.runtime.stack import MPI, fem
from femnn.solving.state import State
from femnn.study.run_folder import STATES, WRITTEN, clear_folder

PATIENCE = 60.0
"""Seconds that a rank which cannot write waits for the others before it ends all."""
NUMBER, IN_SPACE, OVERHEAD = 8, 3, 2**17
"""Bytes of a number; components of points and values; bytes of what is in a file besides the arrays."""
LONGEST = 300
"""Characters of a library's message that are shown."""


def write_states(states: Iterator[tuple[str, Structure, State]], folder: Path, comm: MPI.Comm) -> list[str]:
    """Write states one after another into the folder of a run, up to the first that cannot be computed or written.

    Args:
        states: name, structure and state of each; computed as they are asked for.
        folder: of the run.
        comm: ranks of the run; all of them call.

    Returns:
        A line on what is not written; none where all is.

    Raises:
        WritingError: some ranks cannot write, and the others wait for them.
    """
    meeting, path = comm.Dup(), folder / STATES

    def begin() -> bool:
        if comm.rank == 0:
            clear_folder(path, *WRITTEN[STATES])
            path.mkdir(exist_ok=True)
        return True

    def write_next() -> bool:
        nonlocal path
        for name, structure, state in states:
            path = folder / STATES / f"{file_name(name)}.bp"
            structure.set_values(state.values)
            write_state(structure, path)
            return True
        return False

    more, problem = _together(meeting, begin)
    while more and not problem:
        more, problem = _together(meeting, write_next)
    meeting.Free()
    if not problem:
        return []
    if comm.rank == 0 and path.suffix:
        shutil.rmtree(path, ignore_errors=True)
    return [
        f"states from {path.name} on are not written: {problem}" if path.suffix else f"no state is written: {problem}"
    ]


def _together(meeting: MPI.Comm, work: Callable[[], bool]) -> tuple[bool, str]:
    """What the work gives, and what went wrong on any rank; nothing where all is well.

    Raises:
        WritingError: it went wrong here, and the others do not come to the end of it.
    """
    more, problem = False, ""
    try:
        more = work()
    except Exception as error:
        # ADIOS2, the disk or a solver: whatever it is costs the states and nothing else
        problem = " ".join(str(error).split())[:LONGEST] or type(error).__name__
    if not all_failed(meeting, PATIENCE if problem else math.inf):
        raise WritingError(
            f"States cannot be written on rank {meeting.rank}: {problem}; tables and report are written."
        )
    return more, next(filter(None, meeting.allgather(problem)), "")


def _require_room(path: Path, size: int) -> None:
    """Raise OSError where a file of this size cannot be made; ADIOS2 ends the process where the disk is full."""
    try:
        with path.open("xb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            elif shutil.disk_usage(path.parent).free < size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        path.unlink(missing_ok=True)


def write_state(structure: Structure, path: Path) -> None:
    """Write the displacement (m) of a structure at its state, quadratic where the model's is.

    In ParaView "Warp By Vector" shows the deformed shape.

    Args:
        structure: at the state.
        path: a folder that is made or written over, suffix .bp.

    Raises:
        WritingError: DOLFINx is without ADIOS2.
        OSError: there is no room.
    """
    try:
        from dolfinx.io import VTXWriter
    except ImportError as error:
        raise WritingError("this DOLFINx was built without ADIOS2, which writes them") from error
    solid = structure.mesh.mesh
    moved, _ = displacement_space(structure.space)
    field = structure.displacement if moved is structure.space else structure.displacement.sub(0).collapse()
    degree = moved.ufl_element().degree
    shown = fem.Function(fem.functionspace(solid, ("Lagrange", degree, (solid.geometry.dim,))), name="displacement")
    for i in range(solid.geometry.dim):
        shown.sub(i).interpolate(field.sub(i).collapse())
    shown.x.scatter_forward()
    unknowns = structure.comm.allreduce(shown.x.index_map.size_local)
    cells = structure.comm.allreduce(solid.topology.index_map(solid.topology.dim).size_local)
    needed = (
        NUMBER * (2 * IN_SPACE * unknowns + cells * (shown.function_space.dofmap.dof_layout.num_dofs + 2)) + OVERHEAD
    )
    on_root(structure.comm, lambda: _require_room(path.with_suffix(".room"), needed))
    with VTXWriter(structure.comm, path, [shown]) as file:
        file.write(0.0)
