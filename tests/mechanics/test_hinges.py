"""Beams with hinges: closed forms of frames, bars as the limit in which all is hinged, what is a mechanism."""

from dataclasses import replace

import numpy as np
import pytest
from deformation import joint_rotations, largest_strain
from mpi4py import MPI
from small_networks import spatial_frame

from femnn.errors import MechanismError, NetworkError
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.structure import Structure
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION
from femnn.solving.equilibrium import equilibrium
from femnn.study.study import Study
from femnn.verification.beam_checks import cantilever

# That ranks agree on hinges is tested with all that they are to agree on, in tests/mpi
pytestmark = pytest.mark.serial
COMM = MPI.COMM_WORLD
SIZE = 16e-3
# Wide enough that shear and stretch show beside bending
E, W, T = 0.55e6, 2e-3, 2e-3
EA, GA, EI = E * W * T, 5 / 6 * E * W * T / (2 * 1.49), E * T * W**3 / 12


def frame(points: list[list[float]], held: list[int], name: str) -> Network:
    """A chain of bonds through points, in bond lengths, that is held at some."""
    nodes = SIZE * np.array(points)
    fixed = np.zeros(nodes.shape, dtype=np.bool_)
    fixed[held] = True
    bonds = np.column_stack([np.arange(len(nodes) - 1), np.arange(1, len(nodes))])
    return Network(nodes, bonds, fixed, rigid_joints=True, name=name)


def moved(network: Network, hinges: str | tuple[int, ...], label: int, force: list[float]) -> np.ndarray:
    """Displacements by a force on one node."""
    model = Beam(hinges=hinges)
    return equilibrium(Structure(model, network, COMM)).forward(network.point_force(label, force)).displacements


THREE_HINGED = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0], [2.0, 0.0]]
SPAN = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]
PORTAL = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]
LOAD = 1e-8


def test_a_hinged_lattice_is_one_of_bars() -> None:
    """Bonds that stay straight obey the same law as bars, at strains of 5 % in the plane as in space."""
    for network, label, force in (
        (lattices.li2024(AGILUS_SECTION), 13, [0.0, -0.15]),
        (lattices.octet(1, 1, 1, 30e-3), 4, [0.02, 0.04, -0.1]),
    ):
        beam, bar = (
            equilibrium(Structure(model, network, COMM)).forward(network.point_force(label, force)).displacements
            for model in (Beam(hinges="all", cells_per_bond=2), Bar())
        )
        assert largest_strain(network, bar) > 0.02
        np.testing.assert_allclose(beam, bar, rtol=0, atol=1e-9 * np.abs(bar).max())


def test_hinged_bonds_turn_freely_by_any_angle() -> None:
    """A pendulum pulled aside against two long bars turns by 45° in space as bars do; spin does not make K singular."""
    nodes = SIZE * np.array([[0.0, 0.0, 1.0], [-4.0, 1.0, 0.0], [0.0, 0.0, 0.0], [-4.0, -1.0, 0.0]])
    fixed = np.repeat([[True], [True], [False], [True]], 3, axis=1)
    network = Network(nodes, np.array([[0, 2], [2, 1], [2, 3]]), fixed, name="pendulum")
    force = network.point_force(3, [1.4, 0.2, -0.2])
    beam, bar = (equilibrium(Structure(model, network, COMM)).forward(force) for model in (Beam(hinges="all"), Bar()))
    assert joint_rotations(network, bar.displacements)[0] > np.radians(45)
    assert beam.unstable == 0
    np.testing.assert_allclose(beam.displacements, bar.displacements, rtol=0, atol=1e-9 * SIZE)


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_hinged_bond_buckles_at_eulers_load(dimension: int) -> None:
    """P (1 − P/EA + P/GA) = π²EI/L², stretch and shear included, to 1e-3; in space in two directions at once."""
    column = cantilever(SIZE, W, dimension)
    fixed = column.fixed.copy()
    fixed[1, 1:] = True
    network = replace(column, fixed=fixed, sections=AGILUS_SECTION)
    solver = equilibrium(Structure(Beam(hinges="all"), network, COMM))
    c = 1 / GA - 1 / EA
    critical = (np.sqrt(1 + 4 * c * np.pi**2 * EI / SIZE**2) - 1) / (2 * c)
    below, above = (
        solver.forward(network.point_force(2, [-share * critical, *[0.0] * (dimension - 1)])).unstable
        for share in (0.999, 1.001)
    )
    assert (below, above) == (0, dimension - 1)


def test_a_three_hinged_frame_deflects_as_by_virtual_work() -> None:
    """Hinged at its feet and at the crown, ∫ M²/EI + N²/EA + V²/GA over the frame gives the crown's deflection."""
    network = frame(THREE_HINGED, [0, 4], "three-hinged frame")
    found = -moved(network, (1, 3, 5), 3, [0.0, -LOAD])[2, 1]
    # With V = P/2 at each foot the hinge at the crown asks for a thrust of P/2: M = P L/2 at both corners
    bending = 4 * (LOAD * SIZE / 2) ** 2 * SIZE / 3 / EI
    rest = 4 * (LOAD / 2) ** 2 * SIZE * (1 / EA + 1 / GA)
    assert found == pytest.approx((bending + rest) / LOAD, rel=1e-6)


def test_a_simply_supported_beam_deflects_as_by_beam_theory() -> None:
    """P L³/(48 EI) + P L/(4 GA) at the middle; clamped ends make the first term a quarter of that."""
    network, span = frame(SPAN, [0, 2], "span"), 2 * SIZE
    for hinges, share in (((1, 3), 1.0), ("none", 0.25)):
        expected = share * LOAD * span**3 / (48 * EI) + LOAD * span / (4 * GA)
        assert -moved(network, hinges, 2, [0.0, -LOAD])[1, 1] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_hinge_amid_a_clamped_beam_leaves_two_cantilevers(dimension: int) -> None:
    """P L³/(6 EI) + P L/(2 GA) with the two halves of length L carrying half the load each."""
    network = frame([[*point, 0.0][:dimension] for point in SPAN], [0, 2], "span")
    expected = LOAD * SIZE**3 / (6 * EI) + LOAD * SIZE / (2 * GA)
    for axis in range(1, dimension):
        force = -LOAD * np.eye(dimension)[axis]
        assert -moved(network, (2,), 2, list(force))[1, axis] == pytest.approx(expected, rel=1e-6)


def test_hinges_make_a_frame_softer() -> None:
    """A portal whose beam is hinged on sways as two cantilevers, its corners rigid less than half as far."""
    network = frame(PORTAL, [0, 3], "portal")
    rigid, hinged = (moved(network, hinges, 2, [LOAD, 0.0])[1:3, 0] for hinges in ("none", (2, 3)))
    assert hinged.mean() == pytest.approx(LOAD * SIZE**3 / (6 * EI) + LOAD * SIZE / (2 * GA), rel=1e-6)
    assert rigid.mean() < hinged.mean() / 2


def test_rigid_motion_costs_no_energy() -> None:
    """A lattice with some hinges stores nothing, turned by 1 rad and moved."""
    network = lattices.li2024(AGILUS_SECTION)
    cells, hinged = 4, network.nodes[[6, 7, 10]]
    structure = Structure(Beam(cells_per_bond=cells, hinges=(7, 8, 11)), network, COMM)
    angle = network.lengths.mean()

    def shared(x: np.ndarray) -> np.ndarray:
        """The rotation falls to zero at the hinges over the last cell, as the released one rises there."""
        near = np.linalg.norm(x[:2].T[:, None] - hinged, axis=2).min(axis=1) * cells / network.lengths.mean()
        turned = np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]]) @ x[:2]
        return np.vstack([turned - x[:2] + 0.01, angle * np.minimum(near, 1.0)])

    def released(x: np.ndarray) -> np.ndarray:
        return angle - shared(x)[2:]

    structure.displacement.sub(0).interpolate(shared)
    structure.displacement.sub(1).interpolate(released)
    structure.displacement.x.scatter_forward()
    scale = (network.stiffness * network.lengths**2).sum()
    assert abs(structure.energy()) < 1e-24 * scale


@pytest.mark.parametrize(
    ("network", "hinges", "label"),
    [
        (frame(PORTAL, [0, 3], "portal"), "all", 2),
        (frame(PORTAL, [0, 3], "portal"), (1, 2, 3, 4), 3),
        (frame(THREE_HINGED, [0, 4], "frame"), (1, 2, 3, 5), 2),
        (frame([[*point, 0.0] for point in THREE_HINGED], [0, 4], "frame in space"), (1, 3, 5), 3),
        (spatial_frame(), (1, 4, 5), 3),
    ],
    ids=["all", "by label", "one hinge too many", "out of its plane", "in space"],
)
def test_mechanisms_are_refused(network: Network, hinges: str | tuple[int, ...], label: int) -> None:
    """A frame whose hinges let nodes move is refused by the name of these, whether or not all nodes are hinged."""
    with pytest.raises(MechanismError, match="hinge") as refused:
        Structure(Beam(hinges=hinges), network, COMM)
    assert label in refused.value.nodes


def test_a_hinge_must_be_at_a_node() -> None:
    """A label that no node has is named."""
    with pytest.raises(NetworkError, match="no node 99"):
        Structure(Beam(hinges=(3, 99)), lattices.li2024(), COMM)


def test_hinges_are_set_by_labels_in_a_study() -> None:
    """``[beam] hinges = [3, 7]``, or a word; other words are refused."""
    assert Study.model_validate({"beam": {"hinges": [3, 7]}}).beam.hinges == (3, 7)
    assert Study.model_validate({"beam": {"hinges": "all"}}).beam.hinges == "all"
    with pytest.raises(ValueError, match="hinges"):
        Study.model_validate({"beam": {"hinges": "some"}})
