"""Nudged equilibria: the loss pulls where it is, not where it was."""

import numpy as np
import pytest
from reference import each_dimension, each_model, load, loss, solver

from femnn.errors import ConvergenceError
from femnn.insitu import nudging
from femnn.insitu.nudging import nudged_equilibrium


@pytest.mark.parametrize("beta", [1.0, -0.5])
@each_dimension
@each_model
def test_a_nudged_state_bears_the_force_of_the_loss_at_itself(model, dimension, beta):
    """∂Π/∂u − Pᵀf + β Pᵀ ∂L/∂U vanishes at the nudged state, U being its own displacements."""
    q, target = solver(model, dimension), loss(dimension)
    start = q.forward(load(dimension, 10))
    state = nudged_equilibrium(q, start, target, beta)
    pull = start.force - beta * target.derivative(state.displacements)
    np.testing.assert_allclose(state.force, pull, rtol=0, atol=1e-10 * np.abs(pull).max())
    again = q.forward(state.force).displacements
    np.testing.assert_allclose(state.displacements, again, rtol=0, atol=1e-10 * np.abs(again).max())
    assert np.abs(state.displacements - start.displacements).max() > 1e-2 * np.abs(start.displacements).max()


@each_dimension
def test_nudged_springs_are_those_of_the_closed_form(dimension):
    """With C the compliance of the components read: y = (1 + 2βC)⁻¹ (y₀ + 2βC·wanted), for a loss of weight 1 N/m."""
    q, target, beta = solver("spring", dimension), loss(dimension), 1.0
    start = q.forward(load(dimension, 10))
    units = np.eye(start.displacements.size)[target.reads].reshape(-1, *start.displacements.shape)
    C = q.response(start, list(units)).reshape(len(units), -1)[:, target.reads]
    y0 = start.displacements.ravel()[target.reads]
    y = np.linalg.solve(np.eye(len(C)) + 2 * beta * C, y0 + 2 * beta * C @ target.targets)
    found = nudged_equilibrium(q, start, target, beta).displacements.ravel()[target.reads]
    np.testing.assert_allclose(found, y, rtol=1e-11)


def test_nudging_that_does_not_end_is_named(monkeypatch):
    monkeypatch.setattr(nudging, "MOST_ITERATIONS", 1)
    q = solver("bar", "2D")
    with pytest.raises(ConvergenceError, match="nudged by β = 1;") as failure:
        nudged_equilibrium(q, q.forward(load("2D", 10)), loss("2D"), 1.0)
    assert failure.value.reason == "NUDGING_MAX_IT"
