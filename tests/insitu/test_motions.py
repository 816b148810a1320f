"""Displacements prescribed in cases and tasks: where they act, what they are held with, and exact gradients."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn.config.settings import validated
from femnn.errors import ConfigError, NetworkError
from femnn.insitu.bench import ExperimentBench
from femnn.insitu.camera import Camera
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.load_cases import Case
from femnn.network.lattices import li2024
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import solver_options
from femnn.training.task import Task
from femnn.training.tasks import BehaviourSettings, RegressionSettings
from femnn.training.trainer import Trainer
from femnn.training.training_settings import TrainingSettings

NETWORK = li2024()
TARGETS = [{"node": 14, "component": "y", "displacement": "-2 mm"}]
SETTLED = [{"node": 5, "component": "x", "displacement": "-0.4 mm"}]
CLAMPED = [{"node": 13, "component": "y", "displacement": "-0.6 mm"}]
CASES = {
    "settlement": {"prescribed": SETTLED, "targets": TARGETS},
    "clamped input": {"prescribed": CLAMPED, "targets": TARGETS},
    "both, and a load": {
        "prescribed": SETTLED + CLAMPED,
        "loads": [{"node": 11, "direction": "x", "force": "2 gf"}],
        "targets": TARGETS,
    },
}


def case(**values) -> Case:
    return validated(Case, values, "test")


@pytest.fixture(scope="module")
def bench() -> ExperimentBench:
    return ExperimentBench(NETWORK, MPI.COMM_WORLD, solver_options(), LoadStepping(), camera=Camera())


@pytest.mark.parametrize("model", ["spring", "bar", "beam"])
@pytest.mark.parametrize("name", CASES)
def test_the_gradient_is_that_of_central_differences(bench, name, model):
    experiment = bench.experiment(model, case(**CASES[name]))
    exact = experiment.exact_gradient
    found = ESTIMATORS["central-difference"](EstimatorInputs(experiment), 1.0)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-6 * np.abs(exact).max())


@pytest.mark.parametrize("name", CASES)
def test_springs_read_the_gradient_in_two_loadings(bench, name):
    """The adjoint force acts while supports rest and clamped nodes are held: the product is then exact."""
    experiment = bench.experiment("spring", case(**CASES[name]))
    for estimator in ("product", "superposed-product", "centred-energy"):
        found = ESTIMATORS[estimator](EstimatorInputs(experiment), 0.1)
        np.testing.assert_allclose(
            found, experiment.exact_gradient, rtol=0, atol=1e-9 * np.abs(experiment.exact_gradient).max()
        )


def test_a_clamped_node_is_where_the_case_says(bench):
    experiment = bench.experiment("bar", case(**CASES["both, and a load"]))
    U = experiment.forward.displacements
    np.testing.assert_allclose(U[NETWORK.index(13), 1], -0.6e-3, rtol=1e-12)
    np.testing.assert_allclose(U[NETWORK.index(5)], [-0.4e-3, 0], rtol=0, atol=1e-16)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"targets": TARGETS}, "give loads, or displacements"),
        ({"targets": TARGETS, "prescribed": SETTLED * 2}, "two displacements along x"),
        ({"targets": TARGETS, "prescribed": [{**SETTLED[0], "node": 99}]}, "no node 99"),
        ({"targets": TARGETS, "prescribed": [{**SETTLED[0], "component": "z"}]}, "no component z"),
        ({"targets": [{**TARGETS[0], "node": 13}], "prescribed": CLAMPED}, "cannot be a target"),
        (
            {"targets": TARGETS, "prescribed": CLAMPED, "loads": [{"node": 13, "direction": "-y", "force": "1 gf"}]},
            "both a force and a prescribed displacement",
        ),
        ({"targets": TARGETS, "prescribed": [{**SETTLED[0], "displacement": "4 gf"}]}, "displacement"),
    ],
)
def test_what_cannot_be_prescribed_is_refused(values, message):
    with pytest.raises((ConfigError, NetworkError), match=message):
        case(**values).loss(NETWORK)


def tasks() -> dict[str, Task]:
    behaviour = {"prescribed": CLAMPED, "outputs": [{"node": 14, "component": "y", "displacement": "-0.3 mm"}]}
    moved = {"node": 11, "direction": "-y", "displacement": "0.5 mm"}
    outputs = [{"node": 13, "component": "y", "slope": -0.9}, {"node": 14, "component": "x", "slope": 0.1}]
    regression = {"count": 6, "inputs": [moved], "outputs": outputs}
    return {
        "behaviour": validated(BehaviourSettings, behaviour, "test").task(NETWORK),
        "regression": validated(RegressionSettings, regression, "test").task(NETWORK, 0),
    }


@pytest.mark.parametrize("model", ["spring", "bar"])
@pytest.mark.parametrize("name", ["behaviour", "regression"])
def test_tasks_with_moved_inputs_are_trained(name, model):
    """The loss falls, and its gradient is that of differences of the batch's loss."""
    task = tasks()[name]
    trainer = Trainer(NETWORK, MPI.COMM_WORLD, solver_options(), LoadStepping())
    settings = validated(TrainingSettings, {"epochs": 20, "optimiser": {"name": "adam", "learning_rate": 0.1}}, "test")
    evaluator = trainer.evaluator(model, settings, 0, trainer.held_for(task))
    k = evaluator.structure.stiffness
    batch = evaluator.gradients(task, task.training, 0)
    assert not batch.failures
    sums, bond, step = batch.gradients.sum(axis=0), 11, 1e-4 * k[11]
    losses = []
    for sign in (1, -1):
        moved = k.copy()
        moved[bond] += sign * step
        evaluator.structure.set_stiffness(moved)
        losses.append(np.sum(task.loss[task.training].value(evaluator.answers(task, task.training).displacements)))
    evaluator.structure.set_stiffness(k)
    assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(sums[bond], rel=1e-5)
    history = trainer.train(model, task, settings, 0, "moved")
    assert history.losses[-1] < 0.9 * history.losses[0]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([{"node": 11, "direction": [0.6, -0.8], "displacement": "1 mm"}], "along an axis"),
        ([{"node": 99, "direction": "x", "displacement": "1 mm"}], "no node 99"),
    ],
)
def test_inputs_that_cannot_be_moved_are_refused(inputs, message):
    outputs = [{"node": 13, "component": "y", "slope": -0.9}]
    settings = validated(RegressionSettings, {"inputs": inputs, "outputs": outputs}, "test")
    with pytest.raises(NetworkError, match=message):
        settings.task(NETWORK, 0)
