"""The linearisation at a state: exact gradients of every model, reciprocity, no gradient of what is not stable."""

import numpy as np
import pytest
from mpi4py import MPI
from reference import (
    NETWORKS,
    each_axial_model,
    each_dimension,
    each_model,
    load,
    loss,
    numpy_network,
    solver,
    uneven_stiffness,
)

from femnn.errors import InstabilityError
from femnn.mechanics.bar import Bar
from femnn.mechanics.structure import Structure
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.state import State
from femnn.verification.truss_checks import two_bar_truss

GRAMS = 20


def loss_at(q: Equilibrium, dimension: str, k: np.ndarray) -> float:
    q.structure.set_stiffness(k)
    return loss(dimension).value(q.forward(load(dimension, GRAMS)).displacements)


def gradient(q: Equilibrium, dimension: str) -> np.ndarray:
    state = q.forward(load(dimension, GRAMS))
    return q.gradient(state, loss(dimension).derivative(state.displacements))


@each_dimension
@each_model
def test_taylor_remainders_have_rates_one_and_two(model, dimension):
    """|L(k + h d) − L(k)| falls as h, and |L(k + h d) − L(k) − h dL/dk·d| as h², at a large load."""
    q, steps = solver(model, dimension), np.array([1e-2, 1e-3])
    k, exact = q.structure.stiffness, gradient(q, dimension)
    direction = k * np.random.default_rng(2).uniform(-1, 1, len(k))
    base = loss_at(q, dimension, k)
    changes = np.array([loss_at(q, dimension, k + h * direction) - base for h in steps])
    for order, remainders in enumerate((changes, changes - steps * (exact @ direction)), start=1):
        assert np.log10(np.abs(remainders[0] / remainders[1])) == pytest.approx(order, abs=0.05)


@pytest.mark.serial
@each_dimension
@each_model
def test_the_gradient_is_that_of_central_differences(model, dimension):
    """dL/dk of eight bonds, among them the one that matters most, to 1e-7 in the L2 norm."""
    q, step = solver(model, dimension), 1e-4
    k, exact = q.structure.stiffness, gradient(q, dimension)
    bonds = np.argsort(np.abs(exact))[::-4][:8]
    moves = step * np.diag(k)[bonds]
    differences = [loss_at(q, dimension, k + move) - loss_at(q, dimension, k - move) for move in moves]
    error = differences / (2 * step * k[bonds]) - exact[bonds]
    assert np.linalg.norm(error) < 1e-7 * np.linalg.norm(exact[bonds])


@each_dimension
@each_axial_model
def test_the_gradient_is_that_of_the_reference(model, dimension):
    """The same adjoint gradient from dense matrices in NumPy."""
    q, reference = solver(model, dimension), numpy_network(NETWORKS[dimension], model)
    k = q.structure.stiffness
    U = reference.solve(k, load(dimension, GRAMS))
    expected = reference.gradient(U, k, loss(dimension).derivative(U))
    np.testing.assert_allclose(gradient(q, dimension), expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@each_axial_model
def test_the_gradient_belongs_to_its_state_whatever_is_solved_between(model):
    """The factor and the displacements are those of the state that is given, not of the last one."""
    q, target, reference = solver(model, "2D"), loss("2D"), numpy_network(NETWORKS["2D"], model)
    states = [q.forward(load("2D", grams)) for grams in (5, 20)]
    for state in (states[0], states[1], states[0]):
        q.response(state, [load("2D", 1)])
        q.forward(load("2D", 40))
        U = state.displacements
        expected = reference.gradient(U, q.structure.stiffness, target.derivative(U))
        found = q.gradient(state, target.derivative(U))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@each_dimension
@each_axial_model
def test_responses_at_a_loaded_state_are_reciprocal(model, dimension):
    """f₁·K⁻¹f₂ = f₂·K⁻¹f₁ (Maxwell–Betti), and K⁻¹ is the reference's at that state."""
    q, network = solver(model, dimension), NETWORKS[dimension]
    state = q.forward(load(dimension, GRAMS))
    forces = np.where(network.fixed, 0.0, np.random.default_rng(3).normal(size=(2, *network.nodes.shape)))
    answers = q.response(state, list(forces))
    np.testing.assert_allclose((forces[0] * answers[1]).sum(), (forces[1] * answers[0]).sum(), rtol=1e-11)
    expected = numpy_network(network, model).linear_solve(state.displacements, q.structure.stiffness, forces[0])
    np.testing.assert_allclose(answers[0], expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("model", "question"),
    [
        ("spring", "gradient"),
        ("spring", "response"),
        ("bar", "gradient"),
        ("bar", "response"),
        ("bar-green", "gradient"),
    ],
)
def test_a_state_of_another_stiffness_is_refused(model, question):
    """What was an equilibrium is none once the stiffness is another."""
    q, force = solver(model, "2D"), load("2D", 1)
    state = q.forward(force)
    q.structure.set_stiffness(uneven_stiffness(NETWORKS["2D"], seed=9))
    with pytest.raises(ValueError, match="another stiffness"):
        getattr(q, question)(state, force if question == "gradient" else [force])


def apex_state(s: Structure, height: float) -> State:
    """The equilibrium of the two-bar truss with its apex at a height above its ends, by the closed form."""
    b, L0 = s.network.nodes[2, 0], s.network.lengths[0]
    downwards = 2 * s.stiffness[0] * L0 * height * (1 / np.hypot(b, height) - 1 / L0)
    U = np.array([[0, 0], [0, height - s.network.nodes[1, 1]], [0, 0]])
    vector = s.vector()
    s.load(U, vector)
    return State(s.network, s.network.point_force(2, [0, -downwards]), U, np.array(vector.array_r), s.stiffness)


@pytest.mark.parametrize(
    ("share", "stable"), [(1.01, True), (0.99, False), (0.2, False), (-0.99, False), (-1.01, True)]
)
def test_there_is_no_gradient_where_the_equilibrium_is_unstable(share, stable):
    """Between the limit points b² + y² = (L₀ b²)^⅔ the truss is unstable; a gradient there is refused by name."""
    network = two_bar_truss()
    q = equilibrium(Structure(Bar(), network, MPI.COMM_WORLD))
    b, L0 = network.nodes[2, 0], network.lengths[0]
    state = apex_state(q.structure, share * np.sqrt((L0 * b**2) ** (2 / 3) - b**2))
    pull = network.point_force(2, [0, 1.0])
    if stable:
        assert np.isfinite(q.gradient(state, pull)).all()
        return
    with pytest.raises(InstabilityError, match=r"two-bar truss: .*unstable.* 1 "):
        q.gradient(state, pull)
