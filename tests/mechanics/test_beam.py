"""Beams: exact solutions, limits, frame invariance."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import ufl
from mpi4py import MPI

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConfigError, MechanismError
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.rigidities import rectangle_torsion
from femnn.mechanics.structure import Structure
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION, PRINTED_SECTION
from femnn.solving.equilibrium import equilibrium
from femnn.verification.beam_checks import bend, cantilever, elastica_errors, roll_up
from femnn.verification.check import Check

COMM = MPI.COMM_WORLD


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_cantilever_is_the_elastica(dimension: int) -> None:
    """A slender cantilever of 8 cells follows the elastica within 0.1 % up to PL²/EI = 10, in 2D and 3D."""
    errors = dict(elastica_errors(dimension, COMM))
    assert len(errors) == 10
    assert max(errors.values()) < 1e-3


@pytest.mark.parametrize("check", [roll_up, bend])
def test_published_large_rotations_are_met(check: Callable[[MPI.Comm], Iterator[Check]]) -> None:
    """The circle closes within 1e-3 L in 5 load steps; the bend's tip is within 0.5 % of those published."""
    assert [c for c in check(COMM) if not c.passed] == []


@pytest.mark.parametrize("dimension", [2, 3])
def test_rigid_motion_costs_no_energy(dimension: int) -> None:
    """Turned by 1 rad and moved, the lattice stores nothing, whatever its bonds' directions."""
    network = lattices.li2024() if dimension == 2 else lattices.octet(1, 1, 1, 16e-3)
    structure = Structure(Beam(cells_per_bond=3), network, COMM)
    axis = np.array([0.0, 0.0, 1.0]) if dimension == 2 else np.array([1.0, 2.0, 2.0]) / 3

    def motion(x: np.ndarray) -> np.ndarray:
        """Rodrigues' rotation by 1 rad about the axis, and a shift; the rotation vector as a length."""
        X = np.vstack([x[:dimension], np.zeros((3 - dimension, x.shape[1]))])
        turned = X * np.cos(1) + np.cross(axis, X.T).T * np.sin(1) + np.outer(axis, axis @ X) * (1 - np.cos(1))
        angles = network.lengths.mean() * axis[-1:] if dimension == 2 else network.lengths.mean() * axis
        return np.vstack([(turned - X + 0.01)[:dimension], np.repeat(angles[:, None], x.shape[1], axis=1)])

    structure.displacement.interpolate(motion)
    scale = (network.stiffness * network.lengths**2).sum()
    assert abs(structure.energy()) < 1e-24 * scale


def test_slender_beams_are_bars() -> None:
    """At width/length = 1/400 bending and shear no longer count: the lattice moves as bars do."""
    section = replace(AGILUS_SECTION, width=np.array(40e-6), width_lower=np.array(30e-6), width_upper=np.array(50e-6))
    network = lattices.li2024(section)
    force = network.point_force(13, [0.0, -1e-7 * GRAM_FORCE])
    beam, bar = (equilibrium(Structure(model, network, COMM)).forward(force) for model in (Beam(), Bar()))
    assert np.abs(beam.displacements - bar.displacements).max() < 1e-3 * np.abs(bar.displacements).max()


def test_thinned_ends_soften_a_bond_in_series() -> None:
    """A bond pulled along its axis is as soft as its parts in series: 0.8 + 0.2/0.5 = 1.2 times the straight one."""
    moved = []
    for section in (AGILUS_SECTION, PRINTED_SECTION):
        network = replace(cantilever(16e-3, 2e-3), sections=section)
        force = np.array([[0.0, 0.0], [1e-6 * network.stiffness[0] * 16e-3, 0.0]])
        moved.append(equilibrium(Structure(Beam(), network, COMM)).forward(force).displacements[1, 0])
    assert moved[0] == pytest.approx(1e-6 * 16e-3, rel=1e-5)
    assert moved[1] / moved[0] == pytest.approx(1.2, rel=1e-6)


def test_cells_converge() -> None:
    """The lattice at 20 gf with 4 cells a bond is within 1e-4 of that with 16."""
    network = lattices.li2024()
    force = network.point_force(13, [0.0, -20 * GRAM_FORCE])
    coarse, fine = (
        equilibrium(Structure(Beam(cells_per_bond=n), network, COMM)).forward(force).displacements for n in (4, 16)
    )
    assert np.abs(coarse - fine).max() < 1e-4 * np.abs(fine).max()


def test_a_frame_carries_what_bars_cannot() -> None:
    """A square without diagonals stands as a frame with rigid joints; as bars it is refused as a mechanism."""
    nodes = 16e-3 * np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    fixed = np.array([[True, True], [True, True], [False, False], [False, False]])
    network = Network(nodes, np.array([[0, 3], [1, 2], [2, 3]]), fixed, rigid_joints=True, name="portal")
    state = equilibrium(Structure(Beam(), network, COMM)).forward(network.point_force(3, [1e-4, 0.0]))
    assert state.displacements[2, 0] == pytest.approx(state.displacements[3, 0], rel=0.05)
    assert state.displacements[3, 0] > 0
    with pytest.raises(MechanismError, match="node"):
        Structure(Bar(), network, COMM)


@pytest.mark.parametrize(("held", "place"), [([[0, 0], [0, 1]], "(0, 0) mm"), ([[0, 0], [1, 1]], "(16, 0) mm")])
def test_a_frame_that_turns_as_a_whole_is_refused(held: list[list[int]], place: str) -> None:
    """About the pin that holds it, or about the one point that rollers leave at rest."""
    nodes = 16e-3 * np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    fixed = np.zeros((4, 2), dtype=np.bool_)
    fixed[tuple(np.transpose(held))] = True
    network = Network(nodes, np.array([[0, 3], [1, 2], [2, 3]]), fixed, rigid_joints=True)
    with pytest.raises(MechanismError, match=re.escape(f"free to turn about {place}")):
        Structure(Beam(supports="pinned"), network, COMM)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cells_per_bond": 0}, "cells_per_bond"),
        ({"poisson_ratio": 0.6}, "poisson_ratio"),
        ({"shear_factor": 0.0}, "shear_factor"),
        ({"torsion_constant": -1.0}, "torsion_constant"),
        ({"hinges": "some"}, "hinges"),
    ],
)
def test_parameters_without_meaning_are_refused(wrong: dict[str, float], message: str) -> None:
    """A beam with a parameter that has no physical meaning is not built."""
    with pytest.raises(ConfigError, match=message):
        Beam(**wrong)


def test_thinned_ends_need_cells_of_their_own() -> None:
    """Two cells a bond cannot tell the ends from the bar between."""
    with pytest.raises(ConfigError, match="at least 3"):
        Structure(Beam(cells_per_bond=2), lattices.li2024(), COMM)


@pytest.mark.parametrize(("ratio", "factor"), [(1, 0.140577), (2, 0.228682), (3, 0.263317)])
def test_the_torsion_constant_is_saint_venants(ratio: float, factor: float) -> None:
    """J/(a b³) of rectangles as tabulated by Timoshenko & Goodier, whichever side is called the width."""
    for width, thickness in ((ratio, 1.0), (1.0, ratio)):
        found = rectangle_torsion(ufl.as_ufl(float(width)), ufl.as_ufl(float(thickness)))
        assert float(found) / ratio == pytest.approx(factor, rel=5e-5)
