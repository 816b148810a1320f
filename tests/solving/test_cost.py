"""What equilibria and gradients cost in factorisations, and that sparing them costs no digits."""

import numpy as np
import pytest
from factorisations import factorisations
from mpi4py import MPI
from petsc4py import PETSc
from reference import each_dimension, each_nonlinear_model, load, loss, solver

from femnn.mechanics.bar import Bar
from femnn.mechanics.structure import Structure
from femnn.solving.equilibrium import equilibrium
from femnn.solving.state import State
from femnn.solving.termination import Termination
from femnn.verification.truss_checks import truss_limit_load, two_bar_truss

GRAMS = 20
Reason = PETSc.SNES.ConvergedReason


@each_dimension
@each_nonlinear_model
def test_newton_iterations_cost_a_factorisation_each_and_the_gradient_none(model, dimension):
    q, states = solver(model, dimension), []
    spent = factorisations(lambda: states.append(q.forward(load(dimension, GRAMS))))
    # One more where the last correction is so large that stability is not determined by the factor before it
    assert spent - states[0].newton_iterations in (0, 1)
    derivative = loss(dimension).derivative(states[0].displacements)
    assert factorisations(lambda: q.gradient(states[0], derivative)) == 0


@each_dimension
@each_nonlinear_model
def test_the_gradient_is_that_of_a_fresh_factor(model, dimension):
    """With the factor that Newton's method has left, and with one of K at the state: the same to 1e-10."""
    q = solver(model, dimension)
    state = q.forward(load(dimension, GRAMS))
    derivative = loss(dimension).derivative(state.displacements)
    near = q.gradient(state, derivative)
    q.forward(load(dimension, 1))
    fresh = []
    assert factorisations(lambda: fresh.append(q.gradient(state, derivative))) == 1
    np.testing.assert_allclose(near, fresh[0], rtol=0, atol=1e-10 * np.abs(near).max())


@pytest.mark.parametrize("share", [0.9, 0.999, 0.999999])
def test_the_gradient_is_exact_close_below_the_limit_load(share):
    """Where K is nearly singular, the factor left behind still leads to the adjoint state of a fresh one."""
    network = two_bar_truss()
    q = equilibrium(Structure(Bar(), network, MPI.COMM_SELF))
    force, pull = network.point_force(2, [0, -share * truss_limit_load(network)]), network.point_force(2, [0, 1.0])
    state = q.forward(force)
    near = q.gradient(state, pull)
    copy = State(state.network, state.force, state.displacements, state.values, state.stiffness)
    np.testing.assert_allclose(near, q.gradient(copy, pull), rtol=1e-9)


def ending(*norms: tuple[float, float, float]) -> int:
    """Iteration at which Newton's method ends, given the norms of u, δ and r; 0 where it does not."""
    test = Termination(residual=1e-12, step=1e-10, rounding=1e-5)
    test.begin(1.0)
    for iteration, (solution, correction, residual) in enumerate(norms, start=1):
        if test(None, iteration, (solution, correction, residual)) != Reason.CONVERGED_ITERATING:
            return iteration
    return 0


def test_newton_ends_when_nothing_is_left_to_correct():
    """By the residual; by a correction of rounding; and ahead of one, but only where convergence is quadratic."""
    floor = 1e-9
    assert ending((1, 1e-2, 1), (1, 1e-4, 1e-13)) == 2
    assert ending((1, 0.5, floor), (1, 0.4, floor), (1, 1e-11, floor)) == 3
    assert ending((1, 1e-2, floor), (1, 1e-4, floor), (1, 1e-8, floor)) == 3
    assert ending((1, 1e-2, floor), (1, 1e-3, floor), (1, 1e-4, floor)) == 0
    assert ending((1, 1e-1, floor), (1, 1e-2, floor), (1, 1e-3, floor), (1, 1e-4, floor)) == 0


def test_a_small_correction_far_from_balance_is_no_end():
    assert ending((1, 1e-2, 1), (1, 1e-11, 1e-3), (1, 1e-15, 1e-3)) == 0
