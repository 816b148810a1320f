"""Training: cut off anywhere and gone on with it is the same, on any number of groups; failures are told; bad input."""

import os
import signal

import numpy as np
import pytest
from mpi4py import MPI

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConfigError, ConvergenceError, InterruptionError
from femnn.losses import squared_error, squared_errors
from femnn.mechanics.bar import Bar
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.network_files.specification import load_network
from femnn.solving.ensemble import Ensemble
from femnn.solving.equilibrium import equilibrium
from femnn.training.batch_evaluator import BatchEvaluator
from femnn.training.gradient_sources import Exact
from femnn.training.history import History
from femnn.training.record import Place
from femnn.training.task import Task
from femnn.training.train import train_evaluator
from femnn.training.training_settings import TrainingSettings

COMM = MPI.COMM_WORLD
NETWORK = load_network("li2024")
COUNT = 9


@pytest.fixture(scope="module")
def ensemble():
    return Ensemble(COMM)


@pytest.fixture(scope="module")
def solvers(ensemble):
    return {model.name: equilibrium(Structure(model, NETWORK, ensemble.group)) for model in (Spring(), Bar())}


def forces(count: int = COUNT) -> np.ndarray:
    shares = np.random.default_rng(1).uniform(0.2, 1.0, (count, 2))
    down = [NETWORK.point_force(node, [0.0, -8 * GRAM_FORCE]) for node in (13, 11)]
    return np.tensordot(shares, down, axes=1)


def task(loads: np.ndarray | None = None) -> Task:
    """Displacements of two nodes as functions of two forces, those of a network that is stiffer on the left."""
    loads = forces() if loads is None else loads
    springs = equilibrium(Structure(Spring(), NETWORK, MPI.COMM_SELF))
    lower, upper = NETWORK.stiffness_bounds
    springs.structure.set_stiffness(lower + (upper - lower) * np.linspace(0.1, 0.9, len(lower)))
    reads = [(13, 1), (14, 1)]
    U = springs.responses(loads)
    targets = np.stack([U[:, NETWORK.index(node), component] for node, component in reads], axis=1)
    everything = np.arange(len(loads))
    return Task("two nodes", loads, squared_errors(NETWORK, reads, targets), everything[:-2], everything[-2:], {})


def settings(**changes) -> TrainingSettings:
    usual = {"epochs": 4, "batch": 3, "optimiser": {"name": "adam", "learning_rate": 0.05}, "keep_every": 3}
    return TrainingSettings(**(usual | changes))


def trained(ensemble, solver, s: TrainingSettings, folder=None, tell=None, of: Task | None = None) -> History:
    evaluator = BatchEvaluator(ensemble, solver, s.source(), 7, s.on_failure)
    place = None if folder is None else Place(folder, {"settings": s.model_dump(mode="json")})
    return train_evaluator(
        evaluator, of or task(), s.parameters_of(NETWORK), s.optimiser, s, ensemble.comm, 7,
        place=place, tell=tell,
    )  # fmt: skip


class CutError(Exception):
    """Stands for a kill."""


def cut_after(last: int):
    def tell(done: int, steps: int) -> None:
        if done == last:
            raise CutError

    return tell


def assert_same(found: History, usual: History) -> None:
    np.testing.assert_array_equal(found.losses, usual.losses)
    np.testing.assert_array_equal(found.parameters, usual.parameters)
    np.testing.assert_array_equal(found.stiffness, usual.stiffness)
    assert found.epochs.keys() == usual.epochs.keys()
    for name, column in usual.epochs.items():
        np.testing.assert_array_equal(found.epochs[name], column)
    assert found.failures == usual.failures


def test_the_loss_falls_and_is_recorded(ensemble, solvers):
    history = trained(ensemble, solvers["spring"], settings(epochs=40))
    assert history.losses.shape == (40 * 3,)
    assert history.epochs["epoch"] == list(range(41))
    assert history.final("training_loss") < 0.05 * history.epochs["training_loss"][0]
    assert history.final("test_loss") < 0.1 * history.epochs["test_loss"][0]
    lower, upper = NETWORK.stiffness_bounds
    assert ((lower <= history.stiffness) & (history.stiffness <= upper)).all()
    np.testing.assert_array_equal(solvers["spring"].structure.stiffness, history.stiffness)


@pytest.mark.parametrize("model", ["spring", "bar"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"gradient": "product", "noise": 5e-6, "weight": GRAM_FORCE, "repeats": 2},
        {"optimiser": {"name": "sgd", "learning_rate": 1e4, "momentum": 0.9}},
        {"optimiser": {"name": "lbfgs"}, "batch": None, "epochs": 9, "parametrisation": "box"},
        {"optimiser": {"name": "tao"}, "batch": None, "epochs": 9, "parametrisation": "logarithmic"},
    ],
    ids=["adam", "in-situ", "sgd", "lbfgs", "tao"],
)
def test_a_training_that_was_cut_off_goes_on_as_if_it_was_not(ensemble, solvers, model, changes, comm_tmp_path):
    """Bit for bit, wherever it was cut off, and twice over."""
    s = settings(**changes)
    usual = trained(ensemble, solvers[model], s)
    for last in (1, 5, 8):
        folder = comm_tmp_path / str(last)
        for cut in (last, min(last + 1, len(usual.losses))):
            with pytest.raises(CutError):
                trained(ensemble, solvers[model], s, folder, cut_after(cut))
        assert_same(trained(ensemble, solvers[model], s, folder), usual)


@pytest.mark.parametrize("model", ["spring", "bar"])
def test_sigterm_ends_a_training_that_can_be_gone_on_with(ensemble, solvers, model, comm_tmp_path):
    """The step under way is finished and recorded."""
    s = settings(keep_every=1000)
    usual = trained(ensemble, solvers[model], s)

    def terminate(done: int, steps: int) -> None:
        if done == 4 and COMM.rank == COMM.size - 1:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(InterruptionError, match="stopped after step 5 of 12; go on with --resume"):
        trained(ensemble, solvers[model], s, comm_tmp_path, terminate)
    assert signal.getsignal(signal.SIGTERM) == before
    seen = []
    assert_same(trained(ensemble, solvers[model], s, comm_tmp_path, lambda done, steps: seen.append(done)), usual)


def test_damaged_records_are_done_again(ensemble, solvers, comm_tmp_path):
    """A kill in the middle of a write leaves half a record, which is dropped."""
    usual = trained(ensemble, solvers["spring"], settings())
    with pytest.raises(CutError):
        trained(ensemble, solvers["spring"], settings(), comm_tmp_path, cut_after(6))
    if COMM.rank == 0:
        for name, rest in (("steps.bin", b"\0" * 11), ("notes.jsonl", b'{"epoch": 2, "tra')):
            with (comm_tmp_path / name).open("ab") as file:
                file.write(rest)
    COMM.barrier()
    assert_same(trained(ensemble, solvers["spring"], settings(), comm_tmp_path), usual)


@pytest.mark.parametrize("model", ["spring", "bar"])
def test_groups_do_not_matter(ensemble, solvers, model):
    """One group on its own comes to the same bits as one on every rank, the samples shared out between them."""
    alone = Ensemble(MPI.COMM_SELF)
    solver = equilibrium(Structure(solvers[model].structure.model, NETWORK, MPI.COMM_SELF))
    assert_same(trained(ensemble, solvers[model], settings()), trained(alone, solver, settings()))
    alone.close()


def test_a_group_of_all_ranks_comes_to_the_same(ensemble, solvers):
    """One structure distributed over the ranks, within rounding."""
    together = Ensemble(COMM, 1)
    solver = equilibrium(Structure(Bar(), NETWORK, together.group))
    found, usual = trained(together, solver, settings()), trained(ensemble, solvers["bar"], settings())
    np.testing.assert_allclose(found.losses, usual.losses, rtol=1e-8)
    np.testing.assert_allclose(found.stiffness, usual.stiffness, rtol=1e-9)


def too_much() -> np.ndarray:
    """Loads of which the second pushes up as no lattice of bars carries it."""
    loads = forces()
    loads[1] = NETWORK.point_force(13, [0.0, 2000 * GRAM_FORCE])
    return loads


def test_a_sample_without_an_equilibrium_is_skipped_and_told(ensemble, solvers):
    """The others are trained on as if it was not there."""
    loads = too_much()
    wanted = task()
    hard = Task("hard", loads, wanted.loss, wanted.training, wanted.test, {})
    history = trained(ensemble, solvers["bar"], settings(epochs=1, batch=None), of=hard)
    assert {failure.sample for _, failure in history.failures} == {1}
    assert "no equilibrium beyond" in history.failures[0][1].why
    others = Task("others", loads, wanted.loss, np.setdiff1d(wanted.training, [1]), wanted.test, {})
    usual = trained(ensemble, solvers["bar"], settings(epochs=1, batch=None), of=others)
    np.testing.assert_allclose(history.losses, usual.losses, rtol=1e-9)
    np.testing.assert_allclose(history.final("training_loss"), usual.final("training_loss"), rtol=1e-7)


def test_a_sample_without_an_equilibrium_ends_the_training_if_that_is_wanted(ensemble, solvers):
    wanted = task()
    hard = Task("hard", too_much(), wanted.loss, wanted.training, wanted.test, {})
    with pytest.raises(ConvergenceError, match=r"sample 2: .*no equilibrium.*on_failure"):
        trained(ensemble, solvers["bar"], settings(on_failure="stop"), of=hard)


def test_gradients_of_many_springs_are_those_of_each(ensemble, solvers):
    """The product of elongations is the assembled derivative, for ideal springs."""
    solver, wanted = solvers["spring"], task()
    batch = BatchEvaluator(ensemble, solver, Exact()).gradients(wanted, wanted.training, 0)
    for sample, U, gradient in zip(wanted.training, batch.displacements, batch.gradients, strict=True):
        state = solver.forward(wanted.forces[sample])
        np.testing.assert_allclose(U, state.displacements, rtol=0, atol=1e-12 * np.abs(U).max())
        one = solver.gradient(state, wanted.loss[int(sample)].derivative(state.displacements))
        np.testing.assert_allclose(gradient, one, rtol=0, atol=1e-12 * np.abs(one).max())


def test_measured_gradients_of_springs_are_exact_without_noise(ensemble, solvers):
    s = settings(gradient="centred-product")
    assert_close = np.testing.assert_allclose
    exact, measured = trained(ensemble, solvers["spring"], settings()), trained(ensemble, solvers["spring"], s)
    assert_close(measured.stiffness, exact.stiffness, rtol=1e-7)


def test_training_ends_when_patience_does(ensemble, solvers):
    """A loss that cannot fall by half from one evaluation to the next."""
    history = trained(ensemble, solvers["spring"], settings(epochs=50, patience=3, least_gain=0.5))
    assert history.ended_early
    assert len(history.losses) < 150
    assert len(history.epochs["epoch"]) == 1 + len(history.losses) // 3


def test_the_history_ends_with_the_parameters_that_are_returned(ensemble, solvers):
    """A line search that is ended at a trial returns its best parameters, and loss and answers are those of these."""
    s = settings(optimiser={"name": "lbfgs"}, batch=None, epochs=30, patience=1, least_gain=0.3)
    wanted = task()
    history = trained(ensemble, solvers["spring"], s, of=wanted)
    assert history.ended_early
    solver = solvers["spring"]
    np.testing.assert_array_equal(solver.structure.stiffness, history.stiffness)
    U = solver.responses(wanted.forces)
    np.testing.assert_allclose(history.displacements, U, rtol=0, atol=1e-12 * np.abs(U).max())
    assert history.final("training_loss") == pytest.approx(wanted.measured(U[:-2], wanted.training)["loss"], rel=1e-9)
    assert history.final("training_loss") == pytest.approx(min(history.epochs["training_loss"]), rel=1e-9)


def test_the_record_of_another_task_is_refused(ensemble, solvers, comm_tmp_path):
    """Loads and losses are told apart that have the same name and size."""
    with pytest.raises(CutError):
        trained(ensemble, solvers["spring"], settings(), comm_tmp_path, cut_after(2))
    other = task(1.5 * forces())
    with pytest.raises(ConfigError, match="of another training"):
        trained(ensemble, solvers["spring"], settings(), comm_tmp_path, of=other)


def test_a_training_on_another_number_of_ranks_begins_again(ensemble, solvers, comm_tmp_path, monkeypatch):
    """States that solves start from are shared out otherwise; the result is the one of a training left alone."""
    with pytest.raises(CutError):
        trained(ensemble, solvers["bar"], settings(), comm_tmp_path, cut_after(2))
    monkeypatch.setattr(BatchEvaluator, "ranks", 99)
    again = trained(ensemble, solvers["bar"], settings(), comm_tmp_path)
    alone = trained(ensemble, solvers["bar"], settings())
    np.testing.assert_array_equal(again.losses, alone.losses)


def test_a_batch_without_any_equilibrium_has_a_gradient_of_zero(ensemble, solvers):
    """With one sample a step, training goes on past one that cannot be carried; where none can be, it ends."""
    wanted = task()
    hard = Task("hard", too_much(), wanted.loss, wanted.training, wanted.test, {})
    history = trained(ensemble, solvers["bar"], settings(epochs=2, batch=1), of=hard)
    assert len(history.losses) == 2 * len(wanted.training)
    assert np.isfinite(history.losses).all()
    assert {failure.sample for _, failure in history.failures} == {1}
    nothing = Task("nothing", too_much()[[1, 1]], wanted.loss[np.array([1, 1])], np.arange(2), np.arange(0), {})
    with pytest.raises(ConvergenceError, match="no sample has an equilibrium at step 2"):
        trained(ensemble, solvers["bar"], settings(epochs=2, batch=1), of=nothing)


def test_bad_input_is_named(ensemble, solvers, comm_tmp_path):
    spring, wanted = solvers["spring"], task()
    with pytest.raises(ConfigError, match="a batch of 8 is larger than the 7 training samples"):
        trained(ensemble, spring, settings(batch=8))
    empty = Task("empty", wanted.forces, wanted.loss, np.empty(0, dtype=np.int64), wanted.test, {})
    with pytest.raises(ConfigError, match="no training samples"):
        trained(ensemble, spring, settings(), of=empty)
    trained(ensemble, spring, settings(epochs=1), comm_tmp_path)
    with pytest.raises(ConfigError, match="of another training"):
        trained(ensemble, spring, settings(epochs=2), comm_tmp_path)
    with pytest.raises(ConfigError, match="cannot form 5 equal groups"):
        Ensemble(COMM, 5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimiser": {"name": "lbfgs"}}, "leave out batch"),
        ({"gradient": "guess"}, "gradient"),
        ({"batch": 0}, "batch"),
        ({"gradient": "nudged", "weight": GRAM_FORCE}, "no weight does"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        settings(**changes)


def test_a_loss_already_at_its_minimum_asks_for_no_adjoint_force(ensemble, solvers):
    """A measured gradient is then zero, and nothing is divided by nothing."""
    solver = solvers["spring"]
    state = solver.forward(forces()[0])
    node = NETWORK.index(13)
    loss = squared_error(NETWORK, [(13, 1, float(state.displacements[node, 1]))])
    source = settings(gradient="product").source()
    _, gradient = source.gradient(solver, forces()[0], loss, None, np.random.default_rng(0))
    np.testing.assert_array_equal(gradient, 0.0)
