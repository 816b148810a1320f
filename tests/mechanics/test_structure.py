"""A structure assembles the derivatives of its energy, and reads and loads its nodes by one operator P."""

import numpy as np
import pytest
from readings import displace, energy, internal_force, random_displacement, tangent_times
from reference import BOND, each_axial_model, each_dimension, each_model, numpy_network, structure

from femnn.errors import NetworkError

LARGE = 0.1
"""Displacements of this share of the length of a bond."""


@each_dimension
def test_measuring_a_load_gives_it_back_on_free_components(dimension):
    """P Pᵀ f = f where the network is free, and zero at supports."""
    s = structure("bar", dimension)
    forces, vector = np.random.default_rng(0).normal(size=s.network.nodes.shape), s.vector()
    s.load(forces, vector)
    np.testing.assert_array_equal(s.measure(vector), np.where(s.network.fixed, 0.0, forces))


@each_dimension
def test_measuring_and_loading_are_adjoint(dimension):
    """f·(P u) = (Pᵀ f)·u for every u that the supports allow: what makes the structure reciprocal."""
    s = structure("bar", dimension)
    forces, loaded, u = np.random.default_rng(0).normal(size=s.network.nodes.shape), s.vector(), s.vector()
    s.load(forces, loaded)
    u.array_w[:] = np.random.default_rng(s.comm.rank).normal(size=len(u.array_r))
    u.array_w[s.fixed] = 0.0
    np.testing.assert_allclose((forces * s.measure(u)).sum(), loaded.dot(u), rtol=1e-12)


@each_dimension
def test_the_degrees_of_freedom_are_the_components_of_the_nodes(dimension):
    s = structure("bar", dimension)
    assert s.degrees_of_freedom == s.network.nodes.size
    assert s.comm.allreduce(len(s.fixed)) == s.network.fixed.sum()


@each_dimension
@each_axial_model
def test_energy_force_and_tangent_are_those_of_the_reference(model, dimension):
    """Π, ∂Π/∂u and ∂²Π/∂u² of springs and bars at large displacement, bond by bond in NumPy."""
    s = structure(model, dimension)
    k, U, reference = s.stiffness, random_displacement(s, LARGE), numpy_network(s.network, model)
    free = ~s.network.fixed.ravel()
    np.testing.assert_allclose(energy(s, U), reference.energy(U, k), rtol=1e-13)
    force = np.where(s.network.fixed, 0.0, reference.internal_force(U, k))
    np.testing.assert_allclose(internal_force(s, U), force, rtol=0, atol=1e-13 * np.abs(force).max())
    K = reference.tangent(U, k) * np.outer(free, free)
    found = tangent_times(s, U, np.eye(U.size).reshape(-1, *U.shape)).reshape(K.shape)
    np.testing.assert_allclose(found, K, rtol=0, atol=1e-13 * np.abs(K).max())


@each_dimension
@each_model
def test_force_and_tangent_are_derivatives_of_the_energy(model, dimension):
    """∂Π/∂u and ∂²Π/∂u² along a random direction equal central differences at large displacement."""
    s, h = structure(model, dimension), 1e-5
    U, direction = random_displacement(s, LARGE), random_displacement(s, 1.0, seed=1)
    ahead, behind = U + h * direction, U - h * direction
    slope = (energy(s, ahead) - energy(s, behind)) / (2 * h)
    np.testing.assert_allclose((internal_force(s, U) * direction).sum(), slope, rtol=1e-7)
    change = (internal_force(s, ahead) - internal_force(s, behind)) / (2 * h)
    found = tangent_times(s, U, direction[None])[0]
    np.testing.assert_allclose(found, change, rtol=0, atol=1e-7 * np.abs(change).max())


@each_dimension
@each_axial_model
def test_the_energy_is_linear_in_the_stiffness(model, dimension):
    """Σ_b k_b ∂Π/∂k_b = Π, and ∂Π/∂k_b is ½ e_b² of the bond in the network's order."""
    s = structure(model, dimension)
    U = random_displacement(s, LARGE)
    total = energy(s, U)
    by_bond = s.energy_by_stiffness()
    np.testing.assert_allclose(s.stiffness @ by_bond, total, rtol=1e-13)
    e = numpy_network(s.network, model).elongations(U)
    np.testing.assert_allclose(by_bond, e**2 / 2, rtol=0, atol=1e-13 * by_bond.max())


@each_dimension
@each_model
def test_adjoint_by_stiffness_is_the_derivative_of_the_residual(model, dimension):
    """λᵀ ∂²Π/∂u∂k_b = ∂(λ·∂Π/∂u)/∂k_b; the residual is linear in k, so that one difference of any size gives it."""
    s = structure(model, dimension)
    k, U, adjoint = s.stiffness, random_displacement(s, LARGE), random_displacement(s, 1.0, seed=1)
    vector = s.vector()
    s.load(adjoint, vector)
    displace(s, U)
    found = s.adjoint_by_stiffness(vector)
    base, differences = (adjoint * internal_force(s, U)).sum(), np.empty_like(k)
    for bond, unit in enumerate(np.eye(len(k))):
        s.set_stiffness(k + k.mean() * unit)
        differences[bond] = ((adjoint * internal_force(s, U)).sum() - base) / k.mean()
    np.testing.assert_allclose(found, differences, rtol=0, atol=1e-12 * np.abs(found).max())


def test_bars_at_tiny_displacements_keep_the_digits_of_springs():
    """At displacements of 1e-12 bond lengths the energies of bars and springs agree to ten digits: nothing cancels."""
    energies = [energy(s, random_displacement(s, 1e-12)) for s in (structure("spring", "2D"), structure("bar", "2D"))]
    np.testing.assert_allclose(*energies, rtol=1e-10)


def rigid_motion(x: np.ndarray, dimension: int) -> np.ndarray:
    """Displacement by a rotation of 1 rad about z, in 3D about x too, and a translation by three bonds."""
    c, s = np.cos(1), np.sin(1)
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    rotation = about_z if dimension == 2 else about_z @ about_x
    return (rotation @ x - x + 3 * BOND)[:dimension]


@each_dimension
@each_axial_model
def test_bars_are_free_in_rigid_motion_and_springs_are_not(model, dimension):
    """A rotation by 1 rad with a translation costs bars no energy; linear springs take it for a stretch."""
    s = structure(model, dimension)
    s.displacement.interpolate(lambda x: rigid_motion(x, s.network.dimension))
    s.displacement.x.scatter_forward()
    relative = s.energy() / (s.stiffness @ s.network.lengths**2)
    assert relative > 0.01 if model == "spring" else relative < 1e-25


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1.0])
def test_a_stiffness_that_is_not_positive_is_refused_by_the_name_of_its_bond(value):
    s = structure("bar", "2D")
    before, k = s.stiffness, s.stiffness.copy()
    k[3] = value
    with pytest.raises(NetworkError, match="bond 2–6"):
        s.set_stiffness(k)
    np.testing.assert_array_equal(s.stiffness, before)


@pytest.mark.parametrize("shape", [(), (1,), (27,), (28, 1)])
def test_a_stiffness_of_the_wrong_shape_is_refused(shape):
    with pytest.raises(NetworkError, match="28 stiffnesses are needed"):
        structure("bar", "2D").set_stiffness(np.ones(shape))


def test_the_stiffness_can_be_changed_only_by_setting_it():
    """Neither the array that was given nor the one that is read leads to the structure's own."""
    s = structure("bar", "2D")
    given = s.stiffness.copy()
    s.set_stiffness(given)
    given[0] = 1.0
    assert s.stiffness[0] != 1.0
    with pytest.raises(ValueError, match="read-only"):
        s.stiffness[0] = 1.0


@pytest.mark.parametrize(
    ("forces", "message"),
    [
        (np.full((14, 2), np.nan), "node 1 is not finite"),
        (np.zeros((20, 2)), "must be of shape"),
        (np.zeros(28), "shape"),
    ],
    ids=["NaN", "too many nodes", "flat"],
)
def test_forces_that_do_not_fit_the_network_are_refused(forces, message):
    """A force that is not finite, or an array that is not one force a node, is named before anything is solved."""
    s = structure("bar", "2D")
    with pytest.raises(NetworkError, match=message):
        s.load(forces, s.vector())
