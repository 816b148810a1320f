"""Loads that suit a network: hand solutions of bars and frames, Euler's load, and truss that snaps through."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn.insitu.scales import bending_strains, fibre_strains, load_of_strain, suitable_load, turns
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network.sections import Sections
from femnn.solving.equilibrium import Equilibrium, equilibrium

COMM = MPI.COMM_WORLD
STEEL = Sections(modulus=210e9, thickness=20e-3, width=20e-3, width_lower=15e-3, width_upper=25e-3, end_share=0.0,
                 end_width=1.0)  # fmt: skip


def network(nodes: list, bonds: list, held: list[int], section: Sections = STEEL, rigid: bool = False) -> Network:
    fixed = np.zeros(np.shape(nodes), dtype=np.bool_)
    fixed[held] = True
    return Network(np.array(nodes, dtype=float), np.array(bonds), fixed, section, rigid_joints=rigid)


def solver(model: str, of: Network) -> Equilibrium:
    return equilibrium(Structure(MODELS[model], of, COMM))


TRIANGLE = network([[0, 0], [2, 0], [1, -1]], [[0, 2], [1, 2]], [0, 1])
PORTAL = network([[0, 0], [0, 3], [3, 3], [3, 0]], [[0, 1], [1, 2], [2, 3]], [0, 3], rigid=True)


@pytest.mark.parametrize("model", ["spring", "bar"])
@pytest.mark.parametrize("strain", [0.01, 1e-5])
def test_two_bars_are_strained_as_by_hand(model: str, strain: float) -> None:
    """Each of two bars at 45° carries F/√2, so that F = √2 E A ε."""
    pull = TRIANGLE.point_force(3, [0, -1.0])
    expected = np.sqrt(2) * 210e9 * 4e-4 * strain
    assert load_of_strain(solver(model, TRIANGLE), pull, strain) == pytest.approx(expected, rel=1e-9)


def test_a_pattern_that_strains_nothing_has_no_load() -> None:
    assert load_of_strain(solver("spring", TRIANGLE), TRIANGLE.point_force(3, [0, 0.0])) == np.inf


def test_bending_is_that_of_the_beams() -> None:
    """A portal under a sidewards force: the strain by the rotations that beams have is what displacements tell of."""
    frame = solver("beam", PORTAL)
    push = PORTAL.point_force(2, [1e-4, 0])
    state = frame.forward(push)
    frame.structure.set_values(state.values)
    phi = frame.structure.measure_all(frame.structure.displacement.x.petsc_vec)[:, 2]
    chords = state.displacements[PORTAL.bonds[:, 1]] - state.displacements[PORTAL.bonds[:, 0]]
    t = PORTAL.bond_vectors / PORTAL.lengths[:, None]
    psi = (t[:, 0] * chords[:, 1] - t[:, 1] * chords[:, 0]) / PORTAL.lengths
    p, q = (phi[PORTAL.bonds] / PORTAL.lengths.mean()).T
    curvature = np.maximum(abs(4 * p + 2 * q - 6 * psi), abs(2 * p + 4 * q - 6 * psi)) / PORTAL.lengths
    estimated = bending_strains(PORTAL, state.displacements)
    assert estimated.max() == pytest.approx((curvature * 10e-3).max(), rel=0.06)
    largest = fibre_strains(PORTAL, state.displacements, MODELS["beam"]).max()
    assert load_of_strain(frame, push) == pytest.approx(0.01 / largest, rel=1e-3)


def test_rigid_turning_bends_nothing() -> None:
    """A frame of three bonds in space that turns as a whole is neither strained nor bent, however it lies."""
    nodes = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0.2], [0.3, 1, 1]])
    fixed = np.zeros((4, 3), dtype=np.bool_)
    fixed[range(3), range(3)] = True
    free = Network(nodes, np.array([[0, 1], [1, 2], [2, 3]]), fixed, STEEL, rigid_joints=True)
    turned = np.cross([0.1, -0.2, 0.3], nodes)
    np.testing.assert_allclose(fibre_strains(free, turned, MODELS["beam"]), 0, atol=1e-14)
    assert turns(free, turned).max() > 0.1


def test_a_suitable_load_is_stable_and_below_eulers() -> None:
    """Bars in compression carry half of Euler's load at most; a shallow truss stays below its snap through."""
    push = TRIANGLE.point_force(3, [0, 1.0])
    euler = np.pi**2 * 210e9 * 20e-3**4 / 12 / 2
    assert suitable_load(solver("bar", TRIANGLE), push) == pytest.approx(0.5 * np.sqrt(2) * euler, rel=5e-3)
    thick = Sections(**(vars(STEEL) | {"width": 0.2, "width_lower": 0.1, "width_upper": 0.3}))
    shallow = network([[-1, 0], [0, 0.1], [1, 0]], [[0, 1], [1, 2]], [0, 2], thick)
    load = suitable_load(solver("bar", shallow), shallow.point_force(2, [0, -1.0]))
    # Limit load of a von Mises truss: 2 E A sin³α/(3√3), sin α small
    limit = 2 * 210e9 * 0.2 * 20e-3 * 0.1**3 / (3 * np.sqrt(3))
    assert 0.1 * limit < load < 0.51 * limit
