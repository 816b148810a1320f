"""Supports that move: settlement against hand solutions, reactions, exact gradients, rigid motion."""

import numpy as np
import pytest
from lattice_solids import SPACES, solid
from mpi4py import MPI
from reference import NETWORKS, each_dimension, each_model, load, loss, solver
from small_networks import portal_frame
from timoshenko import settled as settled_frame

from femnn.errors import NetworkError
from femnn.losses import squared_error
from femnn.mechanics.beam import Beam
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.network.lattices import li2024
from femnn.network.network import Network
from femnn.solving.equilibrium import Equilibrium, equilibrium, reactions
from femnn.verification.truss_checks import two_bar_truss

COMM = MPI.COMM_WORLD
SETTLED = 1e-3
"""Settlement of one support (m), a sixteenth of the bonds' length."""


def settled(network: Network) -> np.ndarray:
    """The last node that is held altogether moves aside and down."""
    node = network.labels[network.fixed.all(axis=1)][-1]
    return network.prescribed({int(node): SETTLED * np.array([0.3, -1.0, 0.2])[: network.dimension]})


def test_settlement_of_a_truss_moves_its_apex_by_hand():
    """Bars keep their lengths: t₁·U = t₁·g₁ and t₂·U = t₂·g₂, statically determinate, without any force."""
    network = two_bar_truss()
    springs = equilibrium(Structure(Spring(), network, COMM))
    moved = network.prescribed({1: [2e-3, -5e-3], 3: [0.0, 1e-3]})
    state = springs.forward(np.zeros_like(network.nodes), None, moved)
    t = network.bond_vectors / network.lengths[:, None]
    ends = network.bonds.copy()
    held = np.where(network.fixed[ends].all(axis=2), ends, -1).max(axis=1)
    expected = np.linalg.solve(t, (t * moved[held]).sum(axis=1))
    np.testing.assert_allclose(state.displacements[1], expected, rtol=1e-10)
    np.testing.assert_allclose(reactions(springs, state).forces, 0, atol=1e-10 * network.stiffness[0] * SETTLED)


def test_settlement_of_a_portal_frame_by_the_stiffness_method():
    """Displacements, reactions and clamping moments of Timoshenko's frame, as the limit of small settlements."""
    network, size = portal_frame(), 1e-5
    model = Beam(cells_per_bond=4, poisson_ratio=0.3)
    frame = equilibrium(Structure(model, network, COMM))
    moved = network.prescribed({4: [2 * size, -size]})
    free = np.zeros_like(network.nodes)
    states = [frame.forward(free, None, sign * moved) for sign in (1, -1)]
    # The second order of the settlement cancels
    U = (states[0].displacements - states[1].displacements) / 2
    found = [reactions(frame, state) for state in states]
    forces, moments = ((getattr(found[0], part) - getattr(found[1], part)) / 2 for part in ("forces", "moments"))
    expected = settled_frame(network, moved, model.poisson_ratio, model.shear_factor)
    np.testing.assert_allclose(U, expected.displacements, rtol=0, atol=1e-8 * size)
    np.testing.assert_allclose(forces, expected.forces, rtol=0, atol=1e-8 * np.abs(expected.forces).max())
    np.testing.assert_allclose(moments[:, 0], expected.moments, rtol=0, atol=1e-8 * np.abs(expected.moments).max())


@each_dimension
@each_model
def test_reactions_balance_the_load(model, dimension):
    """Forces, and moments about the deformed nodes, to 1e-10 of the largest, with a settlement too."""
    q, network, force = solver(model, dimension), NETWORKS[dimension], load(dimension, 10)
    for moved in (None, settled(network)):
        state = q.forward(force, None, moved)
        found = reactions(q, state)
        size = np.abs(found.forces).max()
        np.testing.assert_allclose((found.forces + force).sum(axis=0), 0, atol=1e-10 * size)
        assert not found.forces[~network.fixed].any()
        if model == "spring":
            continue
        flat = ((0, 0), (0, 3 - network.dimension))
        place, acting = (np.pad(values, flat) for values in (network.nodes + state.displacements, found.forces + force))
        total = np.cross(place, acting).sum(axis=0)[2 if network.dimension == 2 else 0 :]
        if found.moments.shape[1]:
            total = total + found.moments.sum(axis=0)
        np.testing.assert_allclose(total, 0, atol=1e-9 * size * np.ptp(network.nodes))


@pytest.mark.parametrize("name", SPACES)
def test_reactions_of_solids_balance_the_load(name):
    structure = solid(name)
    network = structure.network
    q, force = equilibrium(structure), network.point_force(int(network.labels[-1]), _down(network))
    for moved in (None, settled(network)):
        state = q.forward(force, None, moved)
        found = reactions(q, state).forces
        np.testing.assert_allclose((found + force).sum(axis=0), 0, atol=1e-10 * np.abs(found).max())


def _down(network: Network) -> np.ndarray:
    return np.array([0.0, -2e-3, 0.0])[: network.dimension]


def remainders(q: Equilibrium, force: np.ndarray, moved: np.ndarray, target) -> np.ndarray:
    """Taylor's remainders of order 1 and 2 for two steps, shape (2, 2)."""
    k = q.structure.stiffness
    state = q.forward(force, None, moved)
    exact = q.gradient(state, target.derivative(state.displacements))
    direction = k * np.random.default_rng(2).uniform(-1, 1, len(k))
    base, steps = target.value(state.displacements), np.array([1e-2, 1e-3])
    changes = []
    for h in steps:
        q.structure.set_stiffness(k + h * direction)
        changes.append(target.value(q.forward(force, None, moved).displacements) - base)
    q.structure.set_stiffness(k)
    return np.array([changes, changes - steps * (exact @ direction)])


@each_dimension
@each_model
def test_taylor_remainders_have_rates_one_and_two(model, dimension):
    """With a support that moves beside a load."""
    q, moved = solver(model, dimension), settled(NETWORKS[dimension])
    found = np.abs(remainders(q, load(dimension, 10), moved, loss(dimension)))
    np.testing.assert_allclose(np.log10(found[:, 0] / found[:, 1]), [1, 2], atol=0.1)


@pytest.mark.parametrize("name", SPACES)
def test_taylor_rates_of_solids(name):
    structure = solid(name)
    network = structure.network
    target = squared_error(network, [(int(network.labels[-1]), 1, -3e-3)])
    q, force = equilibrium(structure), network.point_force(int(network.labels[-1]), _down(network))
    found = np.abs(remainders(q, force, settled(network), target))
    np.testing.assert_allclose(np.log10(found[:, 0] / found[:, 1]), [1, 2], atol=0.1)


@each_dimension
@each_model
def test_supports_that_all_move_alike_carry_the_network_along(model, dimension):
    """A translation of all supports: no energy, no reaction, every node moves by it."""
    q, network = solver(model, dimension), NETWORKS[dimension]
    shift = SETTLED * np.array([0.5, -1.0, 0.7])[: network.dimension]
    moved = np.where(network.fixed, shift, 0.0)
    if not network.fixed[network.fixed.any(axis=1)].all():
        pytest.skip("supports that slide are not carried along")
    state = q.forward(np.zeros_like(network.nodes), None, moved)
    np.testing.assert_allclose(state.displacements, np.broadcast_to(shift, network.nodes.shape), rtol=0, atol=1e-13)


@each_model
def test_a_displacement_that_is_prescribed_is_one_that_a_force_brings(model):
    """An input that is held and moved: the reaction there is the force that leads to the same state."""
    network = li2024()
    pulled = equilibrium(Structure(solver(model, "2D").structure.model, network, COMM))
    force = network.point_force(13, [0.0, -0.05])
    state = pulled.forward(force)
    held = np.zeros_like(network.fixed)
    held[network.index(13)] = True
    clamped = network.clamped(held)
    moved = clamped.prescribed({13: state.displacements[network.index(13)]})
    driven = equilibrium(Structure(pulled.structure.model, clamped, COMM))
    same = driven.forward(np.zeros_like(network.nodes), None, moved)
    if pulled.structure.model.name.startswith("beam"):
        # A node that is held altogether is clamped, and its rotation with it
        assert same.stable
        return
    np.testing.assert_allclose(same.displacements, state.displacements, rtol=0, atol=1e-11)
    reaction = reactions(driven, same).forces[network.index(13)]
    np.testing.assert_allclose(reaction, force[network.index(13)], rtol=0, atol=1e-9)


def test_several_settlements_of_springs_are_each_as_if_alone():
    springs, network = solver("spring", "2D"), NETWORKS["2D"]
    forces = np.stack([load("2D", grams) for grams in (0, 5, -3)])
    moved = np.stack([share * settled(network) for share in (1.0, 0.0, -2.0)])
    together = springs.responses(forces, moved)
    alone = [springs.forward(f, None, g).displacements for f, g in zip(forces, moved, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-16)


@pytest.mark.parametrize(
    ("label", "displacement", "message"),
    [
        (13, [0.0, 1e-3], "node 13 is not held along y"),
        (99, [0.0, 1e-3], "there is no node 99"),
        (1, [0.0, np.nan], "must be 2 finite numbers"),
        (1, [0.0], "must be 2 finite numbers"),
        (1, ["1 mm", 0.0], "must be 2 finite numbers in m"),
    ],
)
def test_bad_settlements_are_refused(label, displacement, message):
    with pytest.raises(NetworkError, match=message):
        NETWORKS["2D"].prescribed({label: displacement})


def test_a_support_that_moves_where_there_is_none_is_refused():
    moved = np.zeros_like(NETWORKS["2D"].nodes)
    moved[12, 0] = 1e-3
    with pytest.raises(NetworkError, match="node 13 is not held along x"):
        solver("bar", "2D").forward(load("2D", 1), None, moved)
