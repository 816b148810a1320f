"""How far states are from rest, and where the paths to them have critical points."""

import numpy as np
import pytest

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.load_paths import (
    ADDED,
    ADJOINT,
    DATA,
    REVERSED,
    chord_rotations,
    critical_loads,
    critical_reversed,
    critical_share,
    reached,
)
from femnn.network.network import Network


def test_a_turned_bond_has_turned_by_the_angle() -> None:
    """Small and large angles, with a stretch, in space."""
    fixed = np.array([[True, True, True], [False, False, False]])
    net = Network([[0, 0, 0], [0, 0, 2]], [[0, 1]], fixed, rigid_joints=True)
    for angle in (1e-9, 0.3, 3.0):
        U = np.array([[0, 0, 0], 2.5 * np.array([0.6 * np.sin(angle), 0.8 * np.sin(angle), np.cos(angle)]) - [0, 0, 2]])
        assert chord_rotations(net, U).item() == pytest.approx(angle, rel=1e-9)


@pytest.mark.parametrize(
    ("estimator", "legs"),
    [
        ("adjoint", {DATA}),
        ("central-difference", {DATA}),
        ("product", {DATA, ADJOINT}),
        ("superposed-product", {DATA, ADDED}),
        ("centred-energy", {DATA, ADDED, REVERSED}),
    ],
)
def test_legs_are_those_of_the_states_that_are_read(bars, estimator: str, legs: set[str]) -> None:
    """Each goes to the load that was applied; what reads no state goes as far as the data's load."""
    experiment = bars.experiment
    experiment.forget()
    force = 0.2 * GRAM_FORCE
    ESTIMATORS[estimator](bars, force / experiment.adjoint_magnitude)
    found = reached(experiment)
    assert found.stable is True
    assert set(found.legs) == legs
    assert found.legs[DATA] == pytest.approx(10 * GRAM_FORCE)
    assert all(load == pytest.approx(force) for leg, load in found.legs.items() if leg != DATA)
    assert 0.001 < found.largest_strain < 0.1
    assert found.largest_strain < found.largest_rotation < 1
    experiment.forget()


def test_the_share_is_that_of_the_leg_that_goes_farthest() -> None:
    """Legs without a critical point that is known do not count."""
    assert critical_share({DATA: 2.0, ADDED: 1.0, ADJOINT: 9.0}, {DATA: 8.0, ADDED: 2.0}) == 0.5
    assert np.isnan(critical_share({DATA: 2.0}, {}))


def test_linear_springs_have_no_critical_load(springs) -> None:
    """They carry every load, in either direction."""
    assert critical_reversed(springs.experiment, 1.0) is None
    assert critical_loads(springs.experiment, None, 1.0, {}) == {}
