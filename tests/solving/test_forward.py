"""Equilibrium of bars: the reference's, on the path from rest, up to the limit load and not beyond."""

import numpy as np
import pytest
from mpi4py import MPI
from reference import (
    NETWORKS,
    each_bar_model,
    each_dimension,
    each_model,
    each_nonlinear_model,
    load,
    numpy_network,
    solver,
)

from femnn.errors import ConvergenceError
from femnn.mechanics.bar import Bar
from femnn.mechanics.structure import Structure
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import equilibrium
from femnn.verification.truss_checks import truss_limit_load, two_bar_truss


def largest_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """As a share of the largest component expected."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("grams", [1, 10, 20, 60])
@each_dimension
@each_bar_model
def test_bars_move_as_the_reference_does(model, dimension, grams):
    """Displacements of a dense NumPy Newton method that applies the load in small steps."""
    bars, force = solver(model, dimension), load(dimension, grams)
    expected = numpy_network(NETWORKS[dimension], model).solve(bars.structure.stiffness, force)
    assert largest_difference(bars.forward(force).displacements, expected) < 1e-10


@each_dimension
@each_model
def test_the_internal_force_of_a_state_is_its_load(model, dimension):
    """∂Π/∂u = Pᵀ f at every free component, by the structure's own assembly at the values of the state."""
    q, force = solver(model, dimension), load(dimension, 20)
    state = q.forward(force)
    q.structure.set_values(state.values)
    vector = q.structure.vector()
    q.structure.assemble_internal_force(vector)
    np.testing.assert_allclose(q.structure.measure(vector), force, rtol=0, atol=1e-11 * np.abs(force).max())


@each_bar_model
def test_the_state_does_not_depend_on_the_path(model):
    """From rest, from a sideways load, from a larger load, and from another stiffness the same state is reached."""
    bars, force = solver(model, "2D"), load("2D", 10)
    direct = bars.forward(force).displacements
    sideways = bars.forward(NETWORKS["2D"].point_force(14, [0.1, 0.05]))
    larger = bars.forward(load("2D", 40))
    k = bars.structure.stiffness
    bars.structure.set_stiffness(1.2 * k[::-1])
    softer = bars.forward(force)
    bars.structure.set_stiffness(k)
    for start in (sideways, larger, softer):
        assert largest_difference(bars.forward(force, start=start).displacements, direct) < 1e-11


def test_unloading_leads_back_to_rest():
    bars = solver("bar", "2D")
    loaded = bars.forward(load("2D", 20))
    released = bars.forward(load("2D", 0), start=loaded).displacements
    assert np.abs(released).max() < 1e-11 * np.abs(loaded.displacements).max()
    assert not bars.forward(load("2D", 0)).displacements.any()


@each_nonlinear_model
def test_a_start_at_the_same_load_is_the_answer(model):
    """No Newton iteration beyond the prediction is needed, and the state stays where it was."""
    bars, force = solver(model, "2D"), load("2D", 20)
    state = bars.forward(force)
    again = bars.forward(force, start=state)
    assert (again.load_steps, again.newton_iterations <= 2) == (1, True)
    assert largest_difference(again.displacements, state.displacements) < 1e-11


@each_bar_model
def test_bars_under_small_loads_are_springs(model):
    """The relative difference of displacements is proportional to the load."""
    forces = [load("2D", grams) for grams in (0.1, 0.01, 0.001)]
    springs = [state.displacements for state in solver("spring", "2D").forward_many(forces)]
    bars = [state.displacements for state in solver(model, "2D").forward_many(forces)]
    differences = [largest_difference(b, s) for b, s in zip(bars, springs, strict=True)]
    np.testing.assert_allclose(np.log10(differences[:-1]) - np.log10(differences[1:]), 1, atol=0.01)


@pytest.fixture(scope="module")
def truss():
    """The two-bar truss, its solver and its limit load.

    Each rank has one of its own: two bars are not worth sharing, and the checks of femnn share one.
    """
    network = two_bar_truss()
    return network, equilibrium(Structure(Bar(), network, MPI.COMM_SELF)), truss_limit_load(network)


@pytest.mark.parametrize("overload", [1.01, 1.5, 3, 7, 10])
def test_loading_ends_at_the_limit_load(truss, overload):
    """However far the load goes beyond, the truss is not let snap through, and the limit load is found to 1e-4."""
    network, bars, limit = truss
    with pytest.raises(ConvergenceError, match="two-bar truss: no equilibrium beyond") as failure:
        bars.forward(network.point_force(2, [0, -overload * limit]))
    assert failure.value.load_factor * overload == pytest.approx(1, rel=1e-4)
    assert failure.value.reason
    assert failure.value.residual > 0


def test_a_load_close_below_the_limit_is_carried(truss):
    """The state at 0.9999 of the limit load is the closed form's, on the stable side of the limit point."""
    network, bars, limit = truss
    apex = network.nodes[1, 1] + bars.forward(network.point_force(2, [0, -0.9999 * limit])).displacements[1, 1]
    b, L0 = network.nodes[2, 0], network.lengths[0]
    closed_form = 2 * network.stiffness[0] * L0 * apex * (1 / np.hypot(b, apex) - 1 / L0)
    np.testing.assert_allclose(closed_form, 0.9999 * limit, rtol=1e-9)
    assert apex > np.sqrt((L0 * b**2) ** (2 / 3) - b**2)


def test_a_failure_leaves_the_solver_usable(truss):
    """What a smaller load gives after a failure is what it gives a solver that never failed, and the reference."""
    network, bars, limit = truss
    force = network.point_force(2, [0, -0.5 * limit])
    before = bars.forward(force)
    with pytest.raises(ConvergenceError):
        bars.forward(network.point_force(2, [0, -2 * limit]), start=before)
    after = bars.forward(force).displacements
    np.testing.assert_array_equal(after, before.displacements)
    assert largest_difference(after, numpy_network(network, "bar").solve(network.stiffness, force)) < 1e-10


def test_small_steps_lead_to_the_same_state():
    """Steps of a twentieth of the load that do not grow: twenty steps, the same state."""
    s, force = solver("bar", "2D").structure, load("2D", 20)
    slow = equilibrium(s, stepping=LoadStepping(initial=0.05, growth=1)).forward(force)
    assert slow.load_steps == 20
    assert largest_difference(slow.displacements, solver("bar", "2D").forward(force).displacements) < 1e-11


@pytest.mark.parametrize("overload", [1e2, 1e4, 1e6])
def test_a_load_far_beyond_reach_ends_with_what_was_reached(overload):
    """Beams that are pushed upwards far beyond what they carry: an error that names the share, after little work."""
    q = solver("beam", "2D")
    with pytest.raises(ConvergenceError, match=r"li2024: no equilibrium beyond .* of the load") as failure:
        q.forward(-overload * load("2D", 10))
    assert 0 <= failure.value.load_factor * overload < 20


@pytest.mark.serial
@pytest.mark.parametrize("name", ["bar", "beam"])
@pytest.mark.parametrize("overload", [1e6, 1e30, 1e302])
def test_a_load_of_a_wrong_unit_is_no_snap_through(name, overload):
    """Where numbers overflow, nothing is known of the structure: the load is compared with what it is made for."""
    with pytest.raises(ConvergenceError, match=r"twice its length, .* N: check its size and unit") as failure:
        solver(name, "2D").forward(-overload * load("2D", 10))
    assert "snaps" not in str(failure.value)
