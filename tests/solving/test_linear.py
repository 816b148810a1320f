"""Springs: one factor for each stiffness serves every load, and the answers are those of the reference."""

import numpy as np
import pytest
from reference import NETWORKS, each_dimension, load, loss, numpy_network, solver, uneven_stiffness


@pytest.fixture
def factorisations(monkeypatch):
    """The springs' solver and the list of its factorisations since."""
    springs = solver("spring", "2D")
    springs.forward(load("2D", 1))
    calls, assemble = [], springs.structure.assemble_tangent
    monkeypatch.setattr(springs.structure, "assemble_tangent", lambda matrix: (calls.append(1), assemble(matrix)))
    return springs, calls


@each_dimension
def test_springs_move_as_the_reference_does(dimension):
    """Displacements, compliance and gradient of a dense NumPy model, to rounding."""
    springs, reference = solver("spring", dimension), numpy_network(NETWORKS[dimension], "spring")
    k, force, target = springs.structure.stiffness, load(dimension, 20), loss(dimension)
    state, U = springs.forward(force), reference.solve(k, force, steps=1)
    np.testing.assert_allclose(state.displacements, U, rtol=0, atol=1e-12 * np.abs(U).max())
    gradient = reference.gradient(U, k, target.derivative(U))
    found = springs.gradient(state, target.derivative(state.displacements))
    np.testing.assert_allclose(found, gradient, rtol=0, atol=1e-12 * np.abs(gradient).max())


def test_several_loads_at_once_are_each_as_if_alone():
    springs = solver("spring", "2D")
    forces = [load("2D", grams) + np.roll(load("2D", 1), -2 * i) for i, grams in enumerate((1, -5, 20))]
    together = springs.forward_many(forces)
    for force, state in zip(forces, together, strict=True):
        alone = springs.forward(force)
        np.testing.assert_allclose(state.displacements, alone.displacements, rtol=0, atol=1e-16)
        np.testing.assert_array_equal(state.force, force)
        np.testing.assert_allclose(springs.response(alone, [force])[0], alone.displacements, rtol=0, atol=1e-16)


@each_dimension
def test_many_loads_are_answered_without_their_states(dimension):
    """The displacements are those of the states, also of a single load."""
    springs = solver("spring", dimension)
    forces = np.stack([load(dimension, grams) for grams in (1, -5, 20)])
    states = springs.forward_many(list(forces))
    for count in (3, 1):
        found = springs.responses(forces[:count])
        np.testing.assert_allclose(found, [state.displacements for state in states[:count]], rtol=0, atol=1e-15)


def test_one_factor_serves_all_loads_and_gradients_of_a_stiffness(factorisations):
    springs, calls = factorisations
    for grams in (1, 2, 3):
        state = springs.forward(load("2D", grams))
        springs.response(state, [load("2D", 1)])
        springs.gradient(state, loss("2D").derivative(state.displacements))
    springs.forward_many([load("2D", grams) for grams in range(5)])
    assert not calls


def test_each_stiffness_is_factorised_once_and_used(factorisations):
    """A new stiffness is noticed by the next solve; the answer is that of the new stiffness."""
    springs, calls = factorisations
    for count, seed in enumerate((2, 3), start=1):
        k = uneven_stiffness(NETWORKS["2D"], seed)
        springs.structure.set_stiffness(k)
        found = [springs.forward(load("2D", grams)).displacements for grams in (1, 10)]
        assert len(calls) == count
        expected = numpy_network(NETWORKS["2D"], "spring").solve(k, load("2D", 10), steps=1)
        np.testing.assert_allclose(found, [expected / 10, expected], rtol=0, atol=1e-12 * np.abs(expected).max())
