"""Errors of loads, against equilibria under the loads as they are."""

import numpy as np
import pytest

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.bench import ExperimentBench
from femnn.insitu.experiment import Experiment
from femnn.insitu.hanging import Strings
from femnn.verification.published_cases import published_case


@pytest.mark.parametrize("model", ["bar", "beam"])
def test_loads_that_are_off_are_followed_as_solved(bench: ExperimentBench, model: str) -> None:
    """A weight askew by 2°, and one that is rounded as a laboratory does, against equilibria under those loads."""
    experiment = bench.experiment(model, published_case("separate"))
    strings = Strings.of(experiment.force)
    answer = strings.answer(experiment, experiment.forward)
    e, E = experiment.computed_elongation(experiment.forward), experiment.computed_energy(experiment.forward)
    angle = np.deg2rad(2)
    turned = np.cos(angle) * experiment.force + np.sin(angle) * strings.carried[0] * strings.across[0]
    heavier = experiment.force + 0.4 * GRAM_FORCE * strings.along[0]
    for force, change, row in ((turned, angle * strings.carried[0], 1), (heavier, 0.4 * GRAM_FORCE, 0)):
        state = experiment.under(force, start=experiment.forward)
        solved, energies = experiment.computed_elongation(state) - e, experiment.computed_energy(state) - E
        assert np.linalg.norm(change * answer.elongations[row] - solved) < 0.05 * np.linalg.norm(solved)
        assert np.linalg.norm(change * answer.energies[row] - energies) < 0.05 * np.linalg.norm(energies)
    rounded = Experiment(experiment.solver, heavier, experiment.loss, weight=GRAM_FORCE)
    np.testing.assert_allclose(rounded.forward.force, experiment.force, atol=1e-15)


def test_changes_are_as_large_as_weights_and_angles_are_off():
    """Rounding is even over one weight; an angle of a weight moves its force across the string."""
    force = np.zeros((3, 2))
    force[1] = [3.0, -4.0]
    strings = Strings.of(force)
    np.testing.assert_allclose(strings.along[0, 1], [0.6, -0.8])
    assert abs(strings.across[0, 1] @ force[1]) < 1e-14
    drawn = strings.drawn(20_000, 0.1, 2.0, np.random.default_rng(0))
    assert np.abs(drawn[:, 0]).max() <= 0.05
    assert drawn[:, 0].std() == pytest.approx(0.1 / np.sqrt(12), rel=0.02)
    assert drawn[:, 1].std() == pytest.approx(5 * np.deg2rad(2), rel=0.02)
