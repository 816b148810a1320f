"""Stability of every equilibrium, from the factor that finds it, and what is refused where there is none."""

import numpy as np
import pytest
from mpi4py import MPI
from reference import NETWORKS, each_model, load, loss, solver

from femnn.errors import InstabilityError
from femnn.mechanics.bar import Bar
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import equilibrium
from femnn.solving.options import solver_options
from femnn.verification.truss_checks import two_bar_truss

STEEP = two_bar_truss(half_span=50e-3, height=200e-3)


def sideways_load(network: Network) -> float:
    """Load (N) at which a steep truss gives way sideways.

    Its stiffness there, 2k[b²/l² + (1 − L₀/l) y²/l²] with l² = b² + y², is zero where l³ = L₀ (l² − b²).
    """
    b, L0 = network.nodes[2, 0], network.lengths[0]
    lengths = np.roots([1, -L0, 0, L0 * b**2])
    length = max(z.real for z in lengths if abs(z.imag) < 1e-12 and z.real < L0)
    return float(2 * network.stiffness[0] * np.sqrt(length**2 - b**2) * (L0 / length - 1))


@pytest.fixture(scope="module")
def steep():
    """The steep truss's solver; each rank has one of its own, since two bars are not worth sharing."""
    return equilibrium(Structure(Bar(), STEEP, MPI.COMM_SELF))


def downwards(share: float) -> np.ndarray:
    return STEEP.point_force(2, [0, -share * sideways_load(STEEP)])


@each_model
def test_states_of_lattices_under_small_loads_are_stable(model):
    assert solver(model, "2D").forward(load("2D", 1)).stable is True


@pytest.mark.parametrize("steps", [1, 50])
@pytest.mark.parametrize(
    ("share", "unstable"), [(0.5, 0), (1 - 1e-3, 0), (1 - 1e-5, 0), (1 + 1e-5, 1), (1 + 1e-3, 1), (1.5, 1)]
)
def test_stability_is_lost_at_the_bifurcation(share, unstable, steps):
    """The upright truss stays in balance past the load at which it gives way sideways, and its states say so.

    Displacements are symmetric and do not feel the bifurcation, so that Newton's method gives no hint of it.
    """
    q = equilibrium(Structure(Bar(), STEEP, MPI.COMM_WORLD), stepping=LoadStepping(initial=1 / steps, growth=1))
    state = q.forward(downwards(share))
    assert abs(state.displacements[1, 0]) < 1e-12
    assert state.unstable == unstable
    assert state.stable == (unstable == 0)


def test_an_unstable_state_has_a_gradient_only_if_asked_for(steep):
    """Where it is allowed, the gradient is that of central differences along the unstable branch."""
    state, pull = steep.forward(downwards(1.3)), STEEP.point_force(2, [0.0, 1.0])
    with pytest.raises(InstabilityError, match=r"two-bar truss: unstable equilibrium, 1 "):
        steep.gradient(state, pull)
    k, step = steep.structure.stiffness, 1e-5
    exact = steep.gradient(state, pull, allow_unstable=True)
    heights = []
    for factor in (1 + step, 1 - step):
        steep.structure.set_stiffness(factor * k)
        heights.append(steep.forward(state.force).displacements[1, 1])
    steep.structure.set_stiffness(k)
    assert exact @ k == pytest.approx((heights[0] - heights[1]) / (2 * step), rel=1e-7)


def test_an_iterative_solver_cannot_tell():
    """Without a factor nothing is claimed, and the adjoint's own factor decides on the gradient."""
    iterative = {"femnn_forward_ksp_type": "cg", "femnn_forward_pc_type": "jacobi"}
    q = equilibrium(Structure(Bar(), NETWORKS["2D"], MPI.COMM_WORLD), solver_options("direct", iterative))
    state = q.forward(load("2D", 5))
    assert state.unstable is None
    assert state.stable is None
    expected = solver("bar", "2D")
    expected.structure.set_stiffness(q.structure.stiffness)
    derivative = loss("2D").derivative(state.displacements)
    gradient = expected.gradient(expected.forward(load("2D", 5)), derivative)
    np.testing.assert_allclose(q.gradient(state, derivative), gradient, rtol=0, atol=1e-9 * np.abs(gradient).max())


def test_a_factor_that_does_not_count_cannot_tell():
    """MUMPS without the search for null pivots."""
    options = solver_options("direct", {"femnn_forward_mat_mumps_icntl_24": 0})
    q = equilibrium(Structure(Bar(), NETWORKS["2D"], MPI.COMM_WORLD), options)
    assert q.forward(load("2D", 5)).unstable is None
