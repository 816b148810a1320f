"""What bounds of the stiffness allow: the smallest loss that is found, and one that no stiffness goes below."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn.config.quantities import GRAM_FORCE
from femnn.mechanics.models import SPRINGS
from femnn.network_files.specification import load_network
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import solver_options
from femnn.training.reachable_loss import smallest_found, unreachable
from femnn.training.tasks import RegressionSettings
from femnn.training.trainer import Trainer

pytestmark = pytest.mark.serial

USUAL = load_network("li2024")
SETTINGS = RegressionSettings(
    inputs=[{"node": 11, "direction": "y"}],
    outputs=[
        {"node": 13, "component": "y", "slope": 0.016},
        {"node": 14, "component": "x", "slope": 0.004},
        {"node": 14, "component": "y", "slope": 0.016},
    ],
    count=8,
    largest_force=20 * GRAM_FORCE,
    test_share=0.0,
)


def test_no_stiffness_within_the_bounds_has_a_loss_below_the_proved_one():
    trainer = Trainer(USUAL, MPI.COMM_SELF, solver_options(), LoadStepping())
    width, task = USUAL.sections.width, SETTINGS.task(USUAL, 0)
    network = USUAL.with_width_bounds(0.85 * width, 1.15 * width)
    found, best = smallest_found(trainer, task, network, 0, "narrow")
    bound = unreachable(trainer, SETTINGS, task, network, best)
    assert 0 < bound < found
    lower, upper = network.stiffness_bounds
    assert (best >= lower * (1 - 1e-12)).all()
    assert (best <= upper * (1 + 1e-12)).all()
    generator = np.random.default_rng(0)
    for share in [np.zeros(len(lower)), np.ones(len(lower)), *generator.uniform(size=(20, len(lower)))]:
        U = trainer.displacements(SPRINGS, task, lower + share * (upper - lower), network)
        assert task.measured(U, task.training)["loss"] > found * (1 - 1e-6) > bound


def test_where_everything_is_within_reach_nothing_is_proved():
    trainer = Trainer(USUAL, MPI.COMM_SELF, solver_options(), LoadStepping())
    width, task = USUAL.sections.width, SETTINGS.task(USUAL, 0)
    network = USUAL.with_width_bounds(0.4 * width, 1.6 * width)
    found, best = smallest_found(trainer, task, network, 0, "wide")
    assert found < 1e-15
    assert unreachable(trainer, SETTINGS, task, network, best) == 0
