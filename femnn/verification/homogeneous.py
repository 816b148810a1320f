"""Laws of elasticity evaluated in homogeneous states, through the same compiled forms as any structure."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from femnn.runtime.compiling import compiled
from femnn.runtime.stack import MPI, Expr, dmesh, fem, ufl

type Floats = npt.NDArray[np.float64]


def points(count: int) -> dmesh.Mesh:
    """A mesh of ``count`` cells of this process, each of which holds one state."""
    return dmesh.create_interval(MPI.COMM_SELF, count, [0.0, float(count)])


class States:
    """Energy, stress and tangent of a law at any number of deformation gradients, compiled as they are asked for."""

    def __init__(self, domain: dmesh.Mesh, energy: Callable[[Expr], Expr]) -> None:
        """Keep the law.

        Args:
            domain: one cell for each state.
            energy: strain energy by reference volume as a function of C.
        """
        tensors = fem.functionspace(domain, ("Discontinuous Lagrange", 0, (3, 3)))
        self._F, self._change = fem.Function(tensors), fem.Function(tensors)
        self._W = energy(self._F.T * self._F)
        self._dx = _measure(domain)

    @cached_property
    def _energy(self) -> fem.Form:
        each = ufl.TestFunction(fem.functionspace(self._F.function_space.mesh, ("Discontinuous Lagrange", 0)))
        return compiled(self._W * each * self._dx)

    @cached_property
    def _stress(self) -> fem.Form:
        return compiled(ufl.derivative(self._W * self._dx, self._F))

    @cached_property
    def _stress_change(self) -> fem.Form:
        # The tangent by columns: as a matrix its form is nine times as long to compile
        stress = ufl.derivative(self._W * self._dx, self._F)
        return compiled(ufl.derivative(stress, self._F, self._change))

    def set(self, gradients: Floats) -> None:
        """Set the deformation gradients, shape (number of cells, 3, 3)."""
        self._F.x.array[:] = gradients.ravel()

    def energy(self) -> Floats:
        """W by reference volume, shape (n,)."""
        return np.array(fem.assemble_vector(self._energy).array)

    def stress(self) -> Floats:
        """First Piola–Kirchhoff stress P = ∂W/∂F, shape (n, 3, 3)."""
        return np.array(fem.assemble_vector(self._stress).array).reshape(-1, 3, 3)

    def stress_change(self, change: Floats) -> Floats:
        """(∂P/∂F) : dF for the changes dF, shape (n, 3, 3)."""
        self._change.x.array[:] = change.ravel()
        return np.array(fem.assemble_vector(self._stress_change).array).reshape(-1, 3, 3)

    def tangent(self) -> Floats:
        """∂P/∂F, shape (n, 3, 3, 3, 3)."""
        units = np.eye(9).reshape(9, 1, 3, 3)
        columns = [self.stress_change(np.broadcast_to(unit, self.stress().shape)) for unit in units]
        return np.stack(columns, axis=-1).reshape(-1, 3, 3, 3, 3)


LOADINGS = {"uniaxial": -0.5, "pure shear": 0.0, "equibiaxial": 1.0}
"""Second principal stretch as a power of the first, the third being what keeps the volume."""


class Stretching:
    """Nominal stress of an incompressible law by stretch, where every free face is without stress."""

    def __init__(self, stretches: Floats, energy: Callable[[Expr], Expr], domain: dmesh.Mesh | None = None) -> None:
        """Compile the form.

        Args:
            stretches: in the direction of loading, shape (n,).
            energy: strain energy by reference volume as a function of C with det C = 1.
            domain: mesh of n points; a new one where None.
        """
        domain = points(len(stretches)) if domain is None else domain
        stretch = fem.Function(fem.functionspace(domain, ("Discontinuous Lagrange", 0)))
        stretch.x.array[:] = stretches
        self._power = fem.Constant(domain, 0.0)
        second = stretch ** (2 * self._power)
        C = ufl.as_matrix([[stretch**2, 0, 0], [0, second, 0], [0, 0, 1 / (stretch**2 * second)]])
        form = energy(C) * _measure(domain)
        self._form = compiled(ufl.derivative(form, stretch))

    def stress(self, loading: str) -> Floats:
        """P = dW/dλ by the number of loaded directions (Pa), shape (n,).

        Args:
            loading: one of :data:`LOADINGS`.
        """
        self._power.value = LOADINGS[loading]
        work = fem.assemble_vector(self._form).array
        return work / (2 if loading == "equibiaxial" else 1)


def _measure(domain: dmesh.Mesh) -> ufl.Measure:
    return ufl.Measure("dx", domain=domain, metadata={"quadrature_degree": 0})
