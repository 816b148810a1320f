"""Factors for which MUMPS' workspace is too small at first are rebuilt with more, and nobody notices."""

import numpy as np
import pytest

from femnn.config.quantities import GRAM_FORCE
from femnn.mechanics.beam import Beam
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.network.lattices import li2024
from femnn.solving.equilibrium import equilibrium
from femnn.solving.gathered import factor_of
from femnn.solving.options import SolverOptions, solver_options
from femnn.solving.path import ArcStepping, trace

NETWORK = li2024()
PULL = NETWORK.point_force(13, [0.0, -5 * GRAM_FORCE])
TOO_LITTLE = -80
"""A workspace (%) below the estimate, which no factor of these structures fits into."""


def cramped(share: int = TOO_LITTLE) -> SolverOptions:
    """The usual options with a small workspace, as a study would set it."""
    solvers = ("forward", "adjoint", "path")
    return solver_options(overrides={f"femnn_{name}_mat_mumps_icntl_14": share for name in solvers})


@pytest.mark.parametrize("model", [Spring(), Beam()], ids=["spring", "beam"])
def test_states_and_gradients_are_the_usual_ones(model):
    """Forward solves, responses and gradients, over several loads."""
    found = []
    for options in (solver_options(), cramped()):
        solver = equilibrium(Structure(model, NETWORK), options)
        state = solver.forward(PULL)
        further = solver.forward(1.5 * PULL, state)
        loss_derivative = 2 * further.displacements
        found.append((state.displacements, solver.response(state, [PULL]), solver.gradient(further, loss_derivative)))
    for usual, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, usual, rtol=1e-9, atol=1e-12 * np.abs(usual).max())


def test_newton_goes_on_where_workspace_runs_out_on_the_way():
    """A factor that fits at first and then no more is enlarged inside the load step."""
    solver = equilibrium(Structure(Beam(), NETWORK))
    usual = solver.forward(PULL)
    factor_of(solver._forward._snes.ksp).getFactorMatrix().setMumpsIcntl(14, TOO_LITTLE)
    again = solver.forward(PULL)
    assert (again.load_steps, again.unstable) == (usual.load_steps, 0)
    np.testing.assert_allclose(again.displacements, usual.displacements, rtol=1e-9, atol=1e-12)


def test_paths_are_the_usual_ones():
    """Arc-length continuation, from the first factor on."""
    stepping = ArcStepping(highest=1.0)
    paths = [trace(Structure(Beam(), NETWORK), PULL, stepping, options=o) for o in (solver_options(), cramped())]
    usual, other = (path.displacements[-1] for path in paths)
    np.testing.assert_allclose(other, usual, rtol=1e-9, atol=1e-12)
