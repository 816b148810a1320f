"""The tangent K put together from the cells of all ranks, with the same bits each time."""

from __future__ import annotations

from collections.abc import Sequence

from femnn.runtime.stack import PETSc, fem, la


class TangentAssembly:
    """Assembles K by DOLFINx and hands it to PETSc row by row, as its owner has it.

    A row takes contributions of all ranks whose cells touch it. DOLFINx adds them in the order of the ranks. PETSc can
    send them too, but adds them as they arrive: the last bits of a row with contributions of two other ranks then vary.
    """

    def __init__(self, form: fem.Form, bcs: Sequence[fem.DirichletBC]) -> None:
        """Allocate.

        Args:
            form: K, compiled.
            bcs: supports; their rows and columns are those of the identity.
        """
        self._form, self._bcs = form, bcs
        self._rows = fem.create_matrix(form, la.BlockMode.expanded)
        own = self._rows.index_map(0).size_local
        self._starts = self._rows.indptr[: own + 1].astype(PETSc.IntType)
        columns = self._rows.indices[: self._starts[-1]]
        self._columns = self._rows.index_map(1).local_to_global(columns).astype(PETSc.IntType)

    def into(self, matrix: PETSc.Mat) -> None:
        """Assemble K at the present values of the form's coefficients into a matrix of its pattern."""
        self._rows.set_value(0.0)
        fem.assemble_matrix(self._rows, self._form, self._bcs)
        self._rows.scatter_reverse()
        matrix.setValuesCSR(self._starts, self._columns, self._rows.data[: self._starts[-1]])
        matrix.assemble()
