"""Factors that every rank has whole, for structures that are too small to share.

MUMPS adds what other ranks contribute in the order in which it arrives, so that two runs on the same ranks differ in
their last bits. Small structures are therefore gathered on every rank and factorised there by one process, which is
also faster than sharing them: every rank solves the same system and keeps its own part of the answer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.runtime.stack import MPI, PETSc

type Floats = npt.NDArray[np.float64]

LARGEST = 30_000
"""Unknowns up to which a structure is gathered."""
FACTORS = ("cholesky", "lu")
"""Preconditioners that are factors, by PETSc's names."""


class Gathered:
    """Context of a preconditioner of type "python" that solves with a factor of the whole matrix on every rank.

    Attributes:
        inner: the preconditioner of this rank that holds the factor.
    """

    def __init__(self, prefix: str) -> None:
        """Read the options of the factor.

        Args:
            prefix: of the options, those of the solver that the factor belongs to.
        """
        self.inner = PETSc.PC().create(MPI.COMM_SELF)
        self.inner.setOptionsPrefix(prefix)
        self.inner.setFromOptions()
        self._matrix: PETSc.Mat | None = None
        self._scatter: PETSc.Scatter | None = None

    def setUp(self, preconditioner: PETSc.PC) -> None:
        """Gather the matrix and factorise it."""
        _, matrix = preconditioner.getOperators()
        if self._scatter is None:
            own = matrix.createVecRight()
            self._scatter, self._all = PETSc.Scatter.toAll(own)
            self._answer = self._all.duplicate()
            self._begin, self._end = own.getOwnershipRange()
            self._rows = matrix.getSize()[0]
            self._counts = np.array(matrix.comm.tompi4py().allgather(self._end - self._begin))
            own.destroy()
        self._matrix = matrix.getRedundantMatrix(matrix.comm.size, MPI.COMM_SELF, self._matrix)
        self._matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
        self._matrix.setOption(PETSc.Mat.Option.SYMMETRY_ETERNAL, True)
        self.inner.setOperators(self._matrix)
        self.inner.setUp()
        preconditioner.setFailedReason(self.inner.getFailedReason())

    def apply(self, preconditioner: PETSc.PC, right: PETSc.Vec, answer: PETSc.Vec) -> None:
        """Solve for one right-hand side."""
        assert self._scatter is not None
        self._scatter.scatter(right, self._all)
        self.inner.apply(self._all, self._answer)
        answer.array_w[:] = self._answer.array_r[self._begin : self._end]

    def matApply(self, preconditioner: PETSc.PC, right: PETSc.Mat, answer: PETSc.Mat) -> None:
        """Solve for several right-hand sides, the columns of a dense matrix."""
        own = np.ascontiguousarray(right.getDenseArray(readonly=True))
        count = own.shape[1]
        everything = np.empty((self._rows, count))
        right.comm.tompi4py().Allgatherv(own, (everything, self._counts * count))
        columns = np.asfortranarray(everything)
        whole = PETSc.Mat().createDense((self._rows, count), array=columns, comm=MPI.COMM_SELF)
        solved = whole.duplicate()
        self.inner.matApply(whole, solved)
        answer.getDenseArray()[:] = solved.getDenseArray(readonly=True)[self._begin : self._end]
        whole.destroy()
        solved.destroy()

    def destroy(self, preconditioner: PETSc.PC) -> None:
        """Free what PETSc holds of the factor."""
        self.inner.destroy()
        used = (self._matrix,) if self._scatter is None else (self._matrix, self._scatter, self._all, self._answer)
        for each in used:
            if each is not None:
                each.destroy()


def gather_small(solver: PETSc.KSP, unknowns: int) -> None:
    """Have a direct solver on several ranks gather a small structure; others are left as they are.

    Call it after the solver has read its options and before it factorises, with the options still in force.

    Args:
        solver: the solver.
        unknowns: components of u over all ranks.

    Raises:
        ConfigError: the solver is one that ends the process in PETSc where it is used here.
    """
    preconditioner = solver.pc
    if solver.getType() == PETSc.KSP.Type.CHEBYSHEV:
        raise ConfigError(
            f"{solver.getOptionsPrefix() or ''}ksp_type chebyshev needs bounds of the eigenvalues, which are not known "
            "of a structure under load; use cg, minres or gmres, with chebyshev in levels of gamg alone."
        )
    if solver.comm.size == 1 or unknowns > LARGEST or preconditioner.getType() not in FACTORS:
        return
    prefix = solver.getOptionsPrefix() or ""
    context = Gathered(prefix)
    preconditioner.setType(PETSc.PC.Type.PYTHON)
    preconditioner.setPythonContext(context)


def factor_of(solver: PETSc.KSP) -> PETSc.PC:
    """The preconditioner that holds a solver's factor: its own, or this rank's where the structure is gathered."""
    if solver.pc.getType() == PETSc.PC.Type.PYTHON:
        context = solver.pc.getPythonContext()
        if isinstance(context, Gathered):
            return context.inner
    return solver.pc
