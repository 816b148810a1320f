"""Linear solvers of any accuracy lead to the states and gradients of the direct one, and supports stay put."""

import numpy as np
import pytest
from lattice_solids import COARSE
from mpi4py import MPI
from small_networks import cantilever
from test_prescribed import SETTLED, settled

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConvergenceError
from femnn.losses import squared_error
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.materials import NeoHookean
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.network.lattices import li2024
from femnn.solving.equilibrium import equilibrium
from femnn.solving.options import SolverOptions, solver_options

COMM = MPI.COMM_WORLD
LATTICE, CANTILEVER = li2024(), cantilever()
PULL = LATTICE.point_force(13, [0.0, -10 * GRAM_FORCE])
CASES = {
    "springs": (Spring(), LATTICE, PULL),
    "bars": (Bar(), LATTICE, PULL),
    "beams": (Beam(cells_per_bond=3), LATTICE, PULL),
    "lattice as a solid": (Continuum(shape=COARSE), LATTICE, PULL),
    "cantilever in space": (
        Continuum("solid", material=NeoHookean(poisson_ratio=0.3), shape=COARSE, name="continuum-3d"),
        CANTILEVER,
        CANTILEVER.point_force(2, [0.0, -4e-3, 2e-3]),
    ),
}


def inexact(preconditioner: str = "bjacobi") -> SolverOptions:
    """GMRES whose every solve ends at a relative residual of 1e-2."""
    options = {"ksp_type": "gmres", "ksp_rtol": 1e-2, "pc_type": preconditioner, "ksp_gmres_restart": 300}
    solvers = ("forward", "adjoint")
    return solver_options(overrides={f"femnn_{s}_{key}": value for s in solvers for key, value in options.items()})


@pytest.mark.parametrize("name", CASES)
def test_states_and_gradients_are_those_of_the_direct_solver(name):
    """To 1e-8, supports to 1e-12 m, at a load that deforms the structure visibly."""
    model, network, force = CASES[name]
    structure = Structure(model, network, COMM)
    loss = squared_error(network, [(int(network.labels[-1]), 1, -2e-3)])
    found = []
    for options in (solver_options(), inexact("gamg" if isinstance(model, Continuum) else "bjacobi")):
        solver = equilibrium(structure, options)
        state = solver.forward(force)
        derivative = loss.derivative(state.displacements)
        found.append((state.displacements, solver.gradient(state, derivative), solver.response(state, [force])))
        assert np.abs(state.values[structure.fixed]).max(initial=0.0) < 1e-12
    for direct, iterative in zip(*found, strict=True):
        np.testing.assert_allclose(iterative, direct, rtol=0, atol=1e-8 * np.abs(direct).max())


@pytest.mark.parametrize("name", ["springs", "bars", "beams"])
def test_supports_that_move_arrive_where_they_are_told(name):
    model, network, force = CASES[name]
    moved = settled(network)
    states = [equilibrium(Structure(model, network, COMM), o).forward(force, None, moved) for o in (None, inexact())]
    np.testing.assert_allclose(states[1].displacements, states[0].displacements, rtol=0, atol=1e-8 * SETTLED)
    np.testing.assert_allclose(states[1].displacements[network.fixed], moved[network.fixed], rtol=0, atol=1e-12)


def test_a_solver_that_gets_nowhere_is_an_error():
    """One Jacobi sweep a solve, which PETSc reports as converged: no state is claimed."""
    options = {"femnn_forward_ksp_type": "preonly", "femnn_forward_pc_type": "jacobi"}
    solver = equilibrium(Structure(Beam(cells_per_bond=3), LATTICE, COMM), solver_options(overrides=options))
    with pytest.raises(ConvergenceError, match="li2024"):
        solver.forward(PULL)


@pytest.mark.parametrize("model", [Spring(), Bar()], ids=["spring", "bar"])
@pytest.mark.parametrize("decades", [20, 24])
def test_stiffnesses_too_far_apart_are_refused(model, decades):
    """Double precision cannot balance such a load; the message states the range of the stiffnesses."""
    structure = Structure(model, LATTICE, COMM)
    k = 100.0 * 10.0 ** np.linspace(-decades / 2, decades / 2, len(LATTICE.bonds))
    structure.set_stiffness(np.random.default_rng(3).permutation(k))
    with pytest.raises(ConvergenceError, match=r"li2024: .*"):
        equilibrium(structure).forward(1e-3 * PULL)


@pytest.mark.parametrize("model", [Spring(), Bar()], ids=["spring", "bar"])
def test_six_decades_of_stiffness_are_no_trouble(model):
    """Forces are in balance to 1e-7 of the load."""
    structure = Structure(model, LATTICE, COMM)
    k = 100.0 * 10.0 ** np.linspace(-3, 3, len(LATTICE.bonds))
    structure.set_stiffness(np.random.default_rng(3).permutation(k))
    state = equilibrium(structure).forward(1e-6 * PULL)
    structure.set_values(state.values)
    vector = structure.vector()
    structure.assemble_internal_force(vector)
    np.testing.assert_allclose(structure.measure(vector), 1e-6 * PULL, rtol=0, atol=1e-7 * np.abs(1e-6 * PULL).max())


@pytest.mark.parametrize("model", [Bar(), Beam(cells_per_bond=3)], ids=["bar", "beam"])
@pytest.mark.parametrize("option", [{"snes_type": "ksponly"}, {"snes_stol": 1}], ids=["ksponly", "stol"])
def test_newtons_method_that_is_cut_short_claims_no_equilibrium(model, option):
    """One linear solve, or a first correction that is said to be small: either leaves a visible error."""
    options = solver_options(overrides={f"femnn_forward_{key}": value for key, value in option.items()})
    solver = equilibrium(Structure(model, LATTICE, COMM), options)
    with pytest.raises(ConvergenceError, match="of the load out of balance"):
        solver.forward(0.1 * PULL)


def test_a_solver_may_begin_at_what_it_finds():
    options = {"ksp_type": "cg", "pc_type": "jacobi", "ksp_rtol": 1e-2, "ksp_initial_guess_nonzero": True}
    given = solver_options(overrides={f"femnn_forward_{key}": value for key, value in options.items()})
    found = [equilibrium(Structure(Spring(), LATTICE, COMM), o).forward(PULL).displacements for o in (given, None)]
    np.testing.assert_allclose(*found, rtol=0, atol=1e-10)
