"""The port search: its dense springs against those of the solver, and what it finds."""

from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI

from femnn.config.settings import validated
from femnn.errors import ConfigError, MechanismError, NetworkError
from femnn.losses import CrossEntropy, cross_entropy
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.network.lattices import triangular
from femnn.network.network import Network
from femnn.network_files.specification import load_network
from femnn.solving.ensemble import Ensemble
from femnn.solving.equilibrium import equilibrium
from femnn.training.batch_evaluator import BatchEvaluator
from femnn.training.gradient_sources import Exact
from femnn.training.optimisers.adam import Adam
from femnn.training.parametrisation import Sigmoid
from femnn.training.port_search import PortSearchSettings, search
from femnn.training.port_search.candidate_training import CandidateTrainer, Fold, TrainingSpecification, shuffled
from femnn.training.port_search.candidates import Candidates, admissible_inputs, admissible_outputs, varied
from femnn.training.port_search.dense_springs import DenseSprings, free_components
from femnn.training.schedule import TrainingSchedule
from femnn.training.task import Task
from femnn.training.tasks.ports import pushes, read
from femnn.training.train import train_evaluator
from tests.small_networks import spatial_frame

pytestmark = pytest.mark.serial

LI = load_network("li2024")
SMALL = triangular(2, 2, 16e-3)
DIRECTIONS = ((1.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
QUICK = {
    "candidates": 500,
    "screened": 100,
    "generations": 2,
    "parents": 10,
    "variants": 5,
    "rounds": [
        {"candidates": 20, "epochs": 10, "learning_rate": 0.03},
        {"candidates": 4, "epochs": 30, "learning_rate": 0.02, "repeats": 2},
    ],
}


def pyramid() -> Network:
    """Four held nodes and a fifth above them, which is free, as is a sixth tied to it and to two of the first."""
    nodes = 1e-2 * np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [2, 2, 0], [1, 1, 1.5], [2, 1, 2.0]])
    fixed = np.zeros(nodes.shape, dtype=np.bool_)
    fixed[:4] = True
    bonds = np.array([[0, 4], [1, 4], [2, 4], [3, 4], [4, 5], [1, 5], [3, 5]])
    return Network(nodes, bonds, fixed, name="pyramid")


def settings(**changes) -> PortSearchSettings:
    return validated(PortSearchSettings, QUICK | changes, "port search")


def random_stiffness(network: Network, generator: np.random.Generator, count: int) -> np.ndarray:
    return generator.uniform(*network.stiffness_bounds, size=(count, len(network.bonds)))


def vectors(network: Network, forces: np.ndarray) -> np.ndarray:
    """Forces (ports, N, d) as columns on the free components, for each of S networks alike: shape (F, ports)."""
    return forces.reshape(len(forces), -1)[:, free_components(network)].T


@pytest.mark.parametrize("network", [LI, pyramid()], ids=lambda network: network.name)
def test_transfer_matrices_and_their_gradients_are_those_of_the_solver(network):
    """The loss Σ W M asks for the forces W on the outputs, input after input."""
    generator = np.random.default_rng(0)
    free = ~network.fixed
    loads, reads = (generator.normal(size=(count, *network.nodes.shape)) * free for count in (4, 3))
    weights = generator.normal(size=(3, 4))
    stiffness = random_stiffness(network, generator, 2)
    inputs, outputs = (np.stack(2 * [vectors(network, forces)]) for forces in (loads, reads))
    transfer = DenseSprings.of(network).transfer(stiffness, inputs, outputs)
    gradients = transfer.gradient(np.stack(2 * [weights]))
    solver = equilibrium(Structure(Spring(), network, MPI.COMM_SELF))
    for k, M, gradient in zip(stiffness, transfer.matrices, gradients, strict=True):
        solver.structure.set_stiffness(k)
        U = solver.responses(loads)
        np.testing.assert_allclose(M, np.einsum("ond,ind->oi", reads, U), rtol=1e-9, atol=1e-12)
        asked = np.einsum("oi,ond->ind", weights, reads)
        states = solver.forward_many(list(loads))
        exact = sum(solver.gradient(state, force) for state, force in zip(states, asked, strict=True))
        np.testing.assert_allclose(gradient, exact, rtol=1e-8, atol=1e-10 * np.abs(exact).max())


def trainer_on(network: Network, features: np.ndarray, labels: np.ndarray) -> CandidateTrainer:
    return CandidateTrainer(
        DenseSprings.of(network),
        network.stiffness_bounds,
        network.stiffness,
        5.0,
        10.0,
        admissible_inputs(network, DIRECTIONS, features.shape[1]),
        admissible_outputs(network, ("x", "y"), labels.max() + 1),
        features,
        labels,
    )


def some_candidates(trainer: CandidateTrainer, count: int, generator: np.random.Generator) -> Candidates:
    width, classes = trainer.features.shape[1], int(trainer.labels.max()) + 1
    return Candidates(
        trainer.inputs.drawn(count, width, generator), trainer.outputs.drawn(count, classes, generator)
    ).once()


def samples(count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return generator.uniform(size=(count, 4)), np.arange(count) % 3


def test_the_gradient_of_the_cross_entropy_is_that_of_central_differences():
    """Samples are as many as each candidate has: the second lacks one."""
    generator = np.random.default_rng(1)
    trainer = trainer_on(LI, *samples(7, generator))
    pair = some_candidates(trainer, 2, generator)
    ports = [
        port.vectors[index].swapaxes(1, 2)
        for port, index in ((trainer.inputs, pair.inputs), (trainer.outputs, pair.outputs))
    ]
    chosen = np.array([[0, 1, 2, 3, 4, 5, 6], [6, 4, 2, 0, 1, 3, -1]])
    stiffness = random_stiffness(LI, generator, 2)

    def losses(k):
        """Mean cross entropy of each candidate, by the loss of trainings."""
        outputs = trainer.features @ trainer.springs.transfer(k, *ports).matrices.swapaxes(1, 2)
        means = []
        for one, picked in zip(outputs, chosen, strict=True):
            present = picked[picked >= 0]
            loss = CrossEntropy(np.arange(3), trainer.labels[present])
            means.append(loss.value(one[present][..., None]).mean())
        return np.array(means)

    transfer = trainer.springs.transfer(stiffness, *ports)
    gradient = transfer.gradient(trainer.by_matrices(transfer.matrices, chosen))
    steps = 1e-3 * np.eye(len(LI.bonds))
    central = np.array([losses(stiffness + step) - losses(stiffness - step) for step in steps]).T / 2e-3
    np.testing.assert_allclose(gradient, central, rtol=1e-6, atol=1e-9)


def test_a_candidate_is_trained_as_a_training_of_springs_trains_it():
    """Stiffness after some epochs of batches, the last of them smaller, beside a candidate on fewer samples."""
    generator = np.random.default_rng(2)
    features, labels = samples(20, generator)
    trainer = trainer_on(LI, features, labels)
    pair, specification = some_candidates(trainer, 2, generator), TrainingSpecification(3, 8, Adam(0.02))
    pushed = pushes(LI, [trainer.inputs.ports[i] for i in pair.inputs[0]])
    loss = cross_entropy(LI, read(LI, [trainer.outputs.ports[i] for i in pair.outputs[0]]), labels)
    forces = np.tensordot(0.05 * features, pushed, axes=1)
    task = Task("two of a kind", forces, loss, np.arange(20), np.arange(0), {})
    orders = shuffled([task.training, task.training[:18]], specification.epochs, seed=5)
    alone = Ensemble(MPI.COMM_SELF)
    evaluator = BatchEvaluator(alone, equilibrium(Structure(Spring(), LI, alone.group)), Exact())
    sigmoid = Sigmoid(*LI.stiffness_bounds, 5.0)
    schedule = TrainingSchedule(epochs=3, batch=8)
    history = train_evaluator(evaluator, task, sigmoid, specification.adam, schedule, MPI.COMM_SELF, seed=5)
    np.testing.assert_allclose(trainer.trained(pair, orders, specification)[0], history.stiffness, rtol=1e-6)


def test_scores_before_any_training_are_those_of_a_training_that_does_not_move():
    generator = np.random.default_rng(3)
    trainer = trainer_on(SMALL, *samples(30, generator))
    # Outputs of a lattice that is symmetric may be equal except for rounding
    trainer = replace(trainer, start=random_stiffness(SMALL, generator, 1)[0])
    candidates, everything = some_candidates(trainer, 50, generator), np.arange(30)
    untrained = trainer.untrained(candidates)
    still = trainer.scores(candidates, [Fold(everything, everything)], TrainingSpecification(1, 30, Adam(1e-15)), 0)
    np.testing.assert_allclose(untrained.accuracy, still.accuracy)
    np.testing.assert_allclose(untrained.entropy, still.entropy, rtol=1e-9)


def test_the_entropy_that_ranks_is_that_of_sharpened_probabilities():
    """By hand: |U| = 1, 2, 3 mm and τ = 2 give the middle one 4/14."""
    trainer = replace(trainer_on(LI, np.ones((3, 1)), np.array([1, 0, 2])), sharpness=2.0)
    right, losses = trainer.answers(1e-3 * np.array([[[1.0], [-2.0], [3.0]]]), np.array([[0, -1, 2]]))
    np.testing.assert_allclose(losses, -np.log(4 / 14) - np.log(9 / 14))
    assert right.tolist() == [1]


@pytest.mark.parametrize("network", [LI, SMALL], ids=lambda network: network.name)
def test_choices_are_of_distinct_nodes_that_no_support_holds(network):
    generator = np.random.default_rng(4)
    trainer = trainer_on(network, *samples(30, generator))
    drawn = some_candidates(trainer, 300, generator)
    variants = varied(drawn, trainer.inputs, trainer.outputs, 3, generator)
    assert len(variants) > 300
    for candidates in (drawn, variants):
        for admissible, indices in ((trainer.inputs, candidates.inputs), (trainer.outputs, candidates.outputs)):
            nodes = admissible.nodes[indices]
            assert all(len(set(row)) == len(row) for row in nodes.tolist())
            assert not network.fixed[[network.index(node) for node in np.unique(nodes)]].any()


def test_a_roller_may_be_pushed_along_but_not_across():
    fixed = SMALL.fixed.copy()
    fixed[0] = [False, True]
    network = Network(SMALL.nodes, SMALL.bonds, fixed, SMALL.sections, name="roller")
    directions = {port.direction for port in admissible_inputs(network, DIRECTIONS, 4).ports if port.node == 1}
    assert directions == set(DIRECTIONS[:2])
    assert {port.component for port in admissible_outputs(network, ("x", "y"), 3).ports if port.node == 1} == {"x"}


def planted(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples whose classes some ports of the lattice tell clearly, at a stiffness that training could reach."""
    generator = np.random.default_rng(seed)
    trainer = trainer_on(LI, *samples(6, generator))
    features = generator.uniform(size=(2000, 4))
    while True:
        one = some_candidates(trainer, 1, generator)
        ports = (trainer.inputs.vectors[one.inputs], trainer.outputs.vectors[one.outputs])
        k = random_stiffness(LI, generator, 1)
        M = trainer.springs.transfer(k, *(port.swapaxes(1, 2) for port in ports)).matrices[0]
        magnitudes = np.abs(features @ M.T)
        second, first = np.sort(magnitudes, axis=1)[:, -2:].T
        clear = first > 1.2 * second
        labels = magnitudes.argmax(axis=1)[clear]
        if np.bincount(labels, minlength=3).min() > 200:
            return features[clear], labels


def test_a_planted_solution_is_found():
    """Ports found on 250 samples name the classes of samples held out; and of new ones, once trained."""
    features, labels = planted(0)
    thorough = {"candidates": 20_000, "screened": 2000, "generations": 6, "parents": 100, "variants": 8}
    wide = {"directions": ["x", "-x", "-y"], "components": ["x", "y"]}
    found = search(LI, features[:250], labels[:250], settings(**thorough, **wide), 0)
    assert found.accuracy >= 0.9
    trainer = trainer_on(LI, features, labels)
    chosen = Candidates(
        np.array([[trainer.inputs.ports.index(port) for port in found.inputs]]),
        np.array([[trainer.outputs.ports.index(port) for port in found.outputs]]),
    )
    fold = Fold(np.arange(250), np.arange(250, len(labels)))
    assert trainer.scores(chosen, [fold], TrainingSpecification(50, 16, Adam(0.02)), 0).accuracy[0] >= 0.9


def test_a_search_is_the_same_for_the_same_seed_and_tells_its_finalists():
    features, labels = planted(1)
    first, again, other = (search(LI, features[:90], labels[:90], settings(), seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other
    assert len(first.finalists) == 4
    assert (first.inputs, first.outputs) == (first.finalists[0].inputs, first.finalists[0].outputs)
    accuracies = [finalist.accuracy for finalist in first.finalists]
    assert first.accuracy == accuracies[0] == max(accuracies)
    assert 500 <= first.candidates <= 600


def test_a_small_network_has_fewer_choices_than_are_drawn():
    """Two features and two classes on three free nodes: 6 · 6 choices, and all are looked at once."""
    network = triangular(2, 1, 16e-3)
    free = int((~network.fixed).any(axis=1).sum())
    features = np.random.default_rng(0).uniform(size=(30, 2))
    found = search(network, features, (features[:, 0] > features[:, 1]).astype(int), settings(directions=["x"]), 0)
    assert found.candidates == (free * (free - 1)) ** 2


FEATURES, LABELS = samples(30, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"directions": ["-q"]}, "no direction"),
        ({"directions": []}, "directions"),
        ({"components": ["w"]}, "components"),
        ({"rounds": []}, "rounds"),
        ({"rounds": [{"candidates": n, "epochs": 1, "learning_rate": 0.1} for n in (5, 6)]}, "cannot follow"),
        ({"candidate": 5}, "did you mean 'candidates'"),
    ],
)
def test_settings_that_make_no_sense_are_named(changes, message):
    with pytest.raises(ConfigError, match=message):
        settings(**changes)


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (FEATURES, 0 * LABELS, "all samples are of class 0"),
        (FEATURES, LABELS[1:], "one class, 0 or more, for each of 30"),
        (FEATURES, LABELS - 1, "one class, 0 or more"),
        (FEATURES, LABELS + 0.5, "one class, 0 or more"),
        (FEATURES, np.where(LABELS == 2, 3, LABELS), "Class 2 has 0 training samples"),
        (FEATURES[:, 0], LABELS, "of shape"),
        (FEATURES * np.nan, LABELS, "finite"),
    ],
)
def test_samples_that_cannot_be_searched_with_are_named(features, labels, message):
    with pytest.raises(ConfigError, match=message):
        search(LI, features, labels, settings(), 0)


@pytest.mark.parametrize(
    ("network", "changes", "message"),
    [
        (triangular(1, 1, 16e-3), {}, "4 features push at nodes of their own, but"),
        (LI, {"directions": ["z"]}, "z, but the network is 2D"),
        (LI, {"components": ["z"]}, "no component z"),
        (triangular(15, 15, 16e-3), {}, "of up to 400 free components; here are"),
    ],
)
def test_networks_that_cannot_be_searched_are_named(network, changes, message):
    with pytest.raises(NetworkError, match=message):
        search(network, FEATURES, LABELS, settings(**changes), 0)


def test_what_stands_by_rigid_joints_alone_has_no_springs():
    with pytest.raises(MechanismError, match="a mechanism"):
        DenseSprings.of(spatial_frame())
