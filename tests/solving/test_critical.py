"""Critical points: Euler's columns, strips, the two-bar truss's of both kinds, and none where there is none."""

import numpy as np
import pytest
from mpi4py import MPI
from test_stability import STEEP, sideways_load

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConvergenceError, InstabilityError
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.structure import Structure
from femnn.network.lattices import li2024
from femnn.network.network import Network
from femnn.solving.critical import critical_point
from femnn.solving.path import ArcStepping, trace
from femnn.verification.lateral_buckling import RATIOS, buckling_load, strip
from femnn.verification.stability import GuidedBeam, column, lee_structure
from femnn.verification.truss_checks import truss_limit_load, two_bar_truss

COMM = MPI.COMM_WORLD
PUSH = np.array([[0.0, 0.0], [-1.0, 0.0]])
COLUMNS = {"pinned": (Beam(supports="pinned"), np.pi**2), "clamped": (GuidedBeam(), 4 * np.pi**2)}
each_column = pytest.mark.parametrize(("model", "euler"), COLUMNS.values(), ids=COLUMNS)


@each_column
def test_columns_buckle_under_eulers_load(model, euler):
    """π²EI/L² and 4π²EI/L², at a bifurcation of the path."""
    structure = column(model, COMM)
    found = critical_point(structure, euler * PUSH)
    assert found.load_factor == pytest.approx(1, rel=1e-2)
    assert found.kind == "bifurcation"
    assert found.crossing == 1


def test_the_mode_of_the_pinned_column_is_a_half_wave():
    """Unscaled by load, with the largest component 1: the rotation π/L of its ends, by which the nodes turn, is 1."""
    structure = column(Beam(supports="pinned"), COMM)
    first = critical_point(structure, 10 * PUSH)
    largest = COMM.allreduce(float(np.abs(first.mode.values).max()), MPI.MAX)
    assert largest == pytest.approx(1)
    vector = structure.vector()
    vector.array_w[:] = first.mode.values
    rotations = structure.measure_all(vector)[:, 2]
    np.testing.assert_allclose(np.abs(rotations), 1, rtol=1e-6)
    assert rotations[0] * rotations[1] < 0
    np.testing.assert_allclose(first.mode.displacements, 0, atol=1e-8)


def test_a_column_that_is_pulled_does_not_buckle():
    """There is no critical point up to where the path is followed."""
    structure = column(Beam(supports="pinned"), COMM)
    with pytest.raises(ConvergenceError, match="column: no critical point up to load factor"):
        critical_point(structure, -PUSH, ArcStepping(highest=20.0))


def test_twice_the_load_is_half_the_factor():
    structure = column(Beam(supports="pinned"), COMM)
    factors = [critical_point(structure, load * PUSH).load_factor for load in (10.0, 20.0)]
    assert factors[0] == pytest.approx(2 * factors[1], rel=1e-6)


def test_a_bond_of_the_printed_lattice_buckles_at_eulers_load():
    """16 mm long, 2 mm square, E = 0.55 MPa, pinned: 2.9 gf, less what a thick bond is softer by shear."""
    nodes, fixed = np.array([[0.0, 0.0], [16e-3, 0.0]]), np.array([[True, True], [False, True]])
    network = Network(nodes, np.array([[0, 1]]), fixed, rigid_joints=True, name="bond")
    first = critical_point(Structure(Beam(supports="pinned"), network, COMM), GRAM_FORCE * PUSH)
    assert 2.7 < first.load_factor < 2.95


def test_the_shallow_truss_has_a_limit_point():
    """Where b² + y² = (L₀ b²)^⅔, with the apex moving downwards."""
    network = two_bar_truss()
    limit = truss_limit_load(network)
    found = critical_point(Structure(Bar(), network, COMM), network.point_force(2, [0.0, -limit]))
    assert found.load_factor == pytest.approx(1, rel=1e-10)
    assert found.kind == "limit point"
    np.testing.assert_allclose(np.abs(found.mode.displacements[1]), [0, 1], atol=1e-6)
    assert found.state.displacements[1, 1] < 0


def test_the_steep_truss_bifurcates_sideways():
    """Before its limit load, where l³ = L₀ (l² − b²), with the apex moving across the load."""
    limit = sideways_load(STEEP)
    found = critical_point(Structure(Bar(), STEEP, COMM), STEEP.point_force(2, [0.0, -limit]))
    assert found.load_factor == pytest.approx(1, rel=1e-8)
    assert found.kind == "bifurcation"
    np.testing.assert_allclose(np.abs(found.mode.displacements[1]), [1, 0], atol=1e-6)


def test_lees_frame_has_its_limit_point():
    structure = lee_structure(COMM)
    found = critical_point(structure, structure.network.point_force(3, [0.0, -1.0]))
    assert found.load_factor == pytest.approx(1.855, rel=5e-3)
    assert found.kind == "limit point"


@pytest.mark.serial
def test_the_printed_lattice_gives_way_where_its_path_turns():
    """The critical point of a push is where the path, traced on its own, has its first limit load."""
    network = li2024()
    structure = Structure(Beam(cells_per_bond=3), network, COMM)
    force = network.point_force(13, [0.0, GRAM_FORCE])
    found = critical_point(structure, force)
    path = trace(structure, force, ArcStepping(nonlinearity=0.1, highest=1.001 * found.load_factor))
    first = int(np.argmax(path.negative_eigenvalues > 0))
    assert path.load_factors[: first + 1].max() == pytest.approx(found.load_factor, rel=1e-3)
    assert path.load_factors[: first + 1].max() <= found.load_factor * (1 + 1e-9)


def test_critical_points_do_not_depend_on_ranks():
    network = two_bar_truss()
    force = network.point_force(2, [0.0, -truss_limit_load(network)])
    together, alone = (critical_point(Structure(Bar(), network, comm), force) for comm in (COMM, MPI.COMM_SELF))
    assert together.load_factor == pytest.approx(alone.load_factor, rel=1e-10)
    np.testing.assert_allclose(together.mode.displacements, alone.mode.displacements, rtol=0, atol=1e-6)


def test_a_search_does_not_start_past_a_critical_point():
    network = two_bar_truss()
    structure = Structure(Bar(), network, COMM)
    force = network.point_force(2, [0.0, -truss_limit_load(network)])
    path = trace(structure, force, ArcStepping(highest=2.0))
    past = path.states[int(np.argmax(path.negative_eigenvalues))]
    with pytest.raises(InstabilityError, match=r"two-bar truss: .*past a critical point"):
        critical_point(structure, force, start=past)


@pytest.mark.serial
@pytest.mark.parametrize("shear_factor", [5 / 6, 100.0])
@pytest.mark.parametrize("ratio", RATIOS)
def test_a_strip_buckles_sideways_where_its_bent_state_does(ratio, shear_factor):
    """Bending before buckling included, against a shooting method, within 1 % and whatever the shear stiffness."""
    structure, force, expected = strip(ratio, COMM, Beam(shear_factor=shear_factor))
    found = critical_point(structure, force, ArcStepping(highest=2 * expected))
    assert found.kind == "bifurcation"
    assert found.load_factor == pytest.approx(expected, rel=1e-3)


def test_the_strip_that_does_not_bend_has_the_classical_load():
    """4.0126 √(EI₂ GJ)/L² where the strip is stiff in its plane (Timoshenko & Gere, Theory of Elastic Stability)."""
    assert buckling_load(1e-8, 1e-8) == pytest.approx(4.0126, rel=1e-4)
