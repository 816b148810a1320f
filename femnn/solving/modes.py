"""Shapes in which a structure gives way, as eigensolvers find them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import ConvergenceError
from femnn.mechanics.structure import Structure
from femnn.runtime.stack import PETSc, SLEPc

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Mode:
    """A shape in which a structure buckles, scaled so that its largest component is 1.

    Displacements, and rotations times the bonds' mean length, count as components; of mixed models the nodes' alone.
    """

    displacements: Floats
    """At the network's nodes, shape (N, d)."""
    values: Floats
    """Components that this rank owns, those between the nodes and the rotations among them."""


def require_eigenvalues(solver: SLEPc.EPS, count: int, structure: Structure) -> None:
    """Check that an eigensolver has found as many eigenvalues as were asked for.

    Raises:
        ConvergenceError: it has not.
    """
    if solver.getConverged() < count:
        raise ConvergenceError(
            f"{structure.network.name}: {solver.getConverged()} of {count} eigenvalues were found by "
            f"{(solver.getOptionsPrefix() or '').rstrip('_')}; allow it more iterations, -eps_max_it.",
            reason=str(solver.getConvergedReason()),
        )


def scaled_mode(vector: PETSc.Vec, structure: Structure) -> Mode:
    """A mode from a vector of unknowns, which is scaled."""
    (_, largest), (_, smallest) = vector.max(), vector.min()
    size = largest if largest >= -smallest else smallest
    if structure.saddle_points:
        # The largest unknown is a pressure there
        size = np.copysign(_size(structure, vector), size)
    vector.scale(1 / size)
    return Mode(structure.measure(vector), np.array(vector.array_r))


def _size(structure: Structure, values: PETSc.Vec) -> float:
    """Largest displacement of a node; largest component of all where the nodes do not move, as under end moments."""
    return float(np.abs(structure.measure(values)).max()) or float(values.norm(PETSc.NormType.NORM_INFINITY))
