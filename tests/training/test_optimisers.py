"""Optimisers: the minima they reach, the bounds they keep, their replay, and what comes through them."""

import gc
import math
import weakref

import numpy as np
import pytest
from petsc4py import PETSc
from pydantic import TypeAdapter, ValidationError
from scipy.optimize import rosen, rosen_der

from femnn.errors import ConfigError, ConvergenceError
from femnn.training.optimisers import (
    OPTIMISERS,
    SCHEDULES,
    Adam,
    BoundedQuasiNewton,
    Constant,
    Cosine,
    Exponential,
    Finished,
    LimitedMemoryBFGS,
    OptimiserSettings,
    Step,
    StochasticGradientDescent,
)

pytestmark = pytest.mark.serial

FULL_BATCH = {
    "lbfgs": LimitedMemoryBFGS(),
    "bqnls": BoundedQuasiNewton(),
    "blmvm": BoundedQuasiNewton("blmvm"),
}
EACH = {
    "adam": Adam(0.05, schedule=Cosine()),
    "sgd": StochasticGradientDescent(0.1),
    "momentum": StochasticGradientDescent(0.05, 0.8),
    "nesterov": StochasticGradientDescent(0.05, 0.8, nesterov=True),
    **FULL_BATCH,
}
each = pytest.mark.parametrize("optimiser", EACH.values(), ids=EACH)
each_full_batch = pytest.mark.parametrize("optimiser", FULL_BATCH.values(), ids=FULL_BATCH)

UNBOUNDED = np.full(3, -np.inf), np.full(3, np.inf)
BOX = np.zeros(3), np.ones(3)
CENTRE, WEIGHTS = np.array([0.3, -0.5, 1.8]), np.array([1.0, 2.0, 4.0])
START = np.array([0.9, 0.8, 0.1])


def quadratic(theta):
    """½ Σ w (θ − c)², whose minimum within a box is the centre projected onto it."""
    return 0.5 * float(WEIGHTS @ (theta - CENTRE) ** 2), WEIGHTS * (theta - CENTRE)


def small_rosenbrock(theta):
    """Rosenbrock's function as small as a loss in joules."""
    return 1e-9 * float(rosen(theta)), 1e-9 * rosen_der(theta)


class Recorder:
    """Keeps every θ that an objective is called with, and what it returns."""

    def __init__(self, objective):
        self.objective, self.thetas, self.pairs = objective, [], []

    def __call__(self, theta):
        self.thetas.append(theta.copy())
        self.pairs.append(self.objective(theta))
        return self.pairs[-1]


@each
@pytest.mark.parametrize("bounds", [UNBOUNDED, BOX], ids=["unbounded", "box"])
def test_a_quadratic_is_minimised_within_its_bounds(optimiser, bounds):
    recorder = Recorder(quadratic)
    theta = optimiser.minimise(recorder, START, 400, bounds)
    np.testing.assert_allclose(theta, np.clip(CENTRE, *bounds), atol=1e-3 if isinstance(optimiser, Adam) else 1e-7)
    for visited in [*recorder.thetas, theta]:
        assert (visited >= bounds[0]).all()
        assert (visited <= bounds[1]).all()
    if not optimiser.full_batch:
        assert len(recorder.pairs) == 400


@each_full_batch
@pytest.mark.parametrize("upper", [math.inf, 0.8])
def test_rosenbrock_is_minimised_within_its_bounds(optimiser, upper):
    """At the bound x = 0.8 the minimum along y is at x²."""
    recorder = Recorder(small_rosenbrock)
    theta = optimiser.minimise(recorder, np.full(2, -0.5), 300, (np.full(2, -2.0), np.full(2, upper)))
    np.testing.assert_allclose(theta, [1, 1] if upper > 1 else [0.8, 0.64], rtol=1e-6)
    assert len(recorder.pairs) < 300
    assert all((visited <= upper).all() for visited in recorder.thetas)


@each
@pytest.mark.parametrize("objective", [quadratic, small_rosenbrock])
def test_replayed_pairs_give_the_same_parameters_bit_for_bit(optimiser, objective):
    recorder = Recorder(objective)
    theta = optimiser.minimise(recorder, START, 40, BOX)
    for attempt in range(1, 30):
        # What lies elsewhere in memory must make no difference
        kept = [PETSc.Vec().createSeq(1 + attempt * place % 7) for place in range(attempt)]
        pairs = iter(recorder.pairs)
        replay = Recorder(lambda _, pairs=pairs: next(pairs))
        assert optimiser.minimise(replay, START, 40, BOX).tobytes() == theta.tobytes()
        assert [visited.tobytes() for visited in replay.thetas] == [visited.tobytes() for visited in recorder.thetas]
        for vector in kept:
            vector.destroy()


@each
@pytest.mark.parametrize("error", [ConvergenceError("stuck"), KeyboardInterrupt(), StopIteration(), SystemExit(3)])
@pytest.mark.parametrize("calls", [0, 1, 4])
def test_what_the_objective_raises_comes_through(optimiser, error, calls):
    recorder = Recorder(small_rosenbrock)

    def failing(theta):
        if len(recorder.pairs) == calls:
            raise error
        return recorder(theta)

    with pytest.raises(type(error)) as raised:
        optimiser.minimise(failing, START, 50, BOX)
    assert raised.value is error
    assert len(recorder.pairs) == calls


@each
@pytest.mark.parametrize("calls", [0, 1, 4])
def test_a_finished_training_ends_as_at_its_last_step(optimiser, calls):
    """Adam and SGD return θ of the call that ended it, line searches the best θ so far."""
    recorder = Recorder(small_rosenbrock)

    def finishing(theta):
        if len(recorder.pairs) == calls:
            recorder.thetas.append(theta.copy())
            raise Finished
        return recorder(theta)

    theta = optimiser.minimise(finishing, START, 50, BOX)
    if optimiser.full_batch:
        best = int(np.argmin([loss for loss, _ in recorder.pairs])) if calls else 0
        np.testing.assert_array_equal(theta, recorder.thetas[best])
    else:
        np.testing.assert_array_equal(theta, recorder.thetas[calls])


@each
@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_no_more_steps_are_taken_than_allowed(optimiser, steps):
    recorder = Recorder(small_rosenbrock)
    theta = optimiser.minimise(recorder, START + np.array([5, 0, 0]), steps, BOX)
    assert len(recorder.pairs) == steps
    assert theta.shape == (3,)
    if steps == 0:
        np.testing.assert_array_equal(theta, [1.0, *START[1:]])


@each
def test_the_start_and_the_gradient_are_left_alone(optimiser):
    start, gradient = START.copy(), np.array([0.1, 0.2, 0.3])
    optimiser.minimise(lambda theta: (float(gradient @ theta), gradient), start, 5, BOX)
    np.testing.assert_array_equal(start, START)
    np.testing.assert_array_equal(gradient, [0.1, 0.2, 0.3])


@each
@pytest.mark.parametrize(
    ("objective", "start", "steps", "bounds", "message"),
    [
        (quadratic, START, -1, BOX, "0 steps or more, not -1"),
        (quadratic, START[:2], 5, BOX, r"Bounds of the parameters must be of shape \(2,\)"),
        (quadratic, START * np.nan, 5, BOX, "starts from finite parameters"),
        (quadratic, START, 5, BOX[::-1], "Bounds of parameter 1 are inverted"),
        (lambda theta: (math.nan, theta), START, 5, BOX, "step 1 of the training is NaN or infinite"),
        (lambda theta: (1.0, theta[:2]), START, 5, BOX, r"step 1 of the training is of shape \(2,\)"),
    ],
)
def test_ill_formed_trainings_are_refused(optimiser, objective, start, steps, bounds, message):
    with pytest.raises(ConfigError, match=message):
        optimiser.minimise(objective, start, steps, bounds)


@each_full_batch
def test_nothing_is_kept_of_the_objective(optimiser):
    recorder = Recorder(quadratic)
    optimiser.minimise(recorder, START, 20, BOX)
    gone = weakref.ref(recorder)
    del recorder
    gc.collect()
    assert gone() is None


def test_options_of_petsc_are_left_as_they_were():
    before = PETSc.Options().getAll()
    BoundedQuasiNewton().minimise(quadratic, START, 5, BOX)
    assert PETSc.Options().getAll() == before


def test_an_option_that_petsc_refuses_is_named():
    options = PETSc.Options()
    options.setValue("femnn_training_tao_type", "magic")
    try:
        with pytest.raises(
            ConfigError,
            match=r"^PETSc cannot train by bqnls: .*magic[^\n]*; check options that begin with femnn_training_.$",
        ):
            BoundedQuasiNewton().minimise(quadratic, START, 5, BOX)
    finally:
        options.delValue("femnn_training_tao_type")


def test_adam_by_hand():
    """Two steps with gradients 2 and −1 by the formulas of Kingma & Ba, ε outside the root."""
    gradients = iter([2.0, -1.0, 0.0])
    recorder = Recorder(lambda theta: (0.0, np.array([next(gradients)])))
    Adam(0.1, 0.9, 0.999, 1e-2).minimise(recorder, np.array([1.0]), 3, (np.array([-9.0]), np.array([9.0])))
    first = 1 - 0.1 * 2 / (2 + 1e-2)
    m, v = (0.9 * 0.2 - 0.1) / (1 - 0.81), (0.999 * 0.004 + 0.001) / (1 - 0.998001)
    second = first - 0.1 * m / (math.sqrt(v) + 1e-2)
    np.testing.assert_allclose(np.ravel(recorder.thetas), [1.0, first, second], rtol=1e-14)


def test_adam_has_the_published_offset():
    assert Adam().offset == pytest.approx(1.483e-8, rel=1e-3)


@pytest.mark.parametrize(("nesterov", "expected"), [(False, [1, 0.8, 0.72]), (True, [1, 0.62, 0.648])])
def test_momentum_by_hand(nesterov, expected):
    """Velocities 2 and 0.9·2 − 1 = 0.8; Nesterov goes along 2 + 0.9·2 = 3.8 and −1 + 0.9·0.8 = −0.28."""
    gradients = iter([2.0, -1.0, 0.0])
    recorder = Recorder(lambda theta: (0.0, np.array([next(gradients)])))
    optimiser = StochasticGradientDescent(0.1, 0.9, nesterov)
    optimiser.minimise(recorder, np.array([1.0]), 3, (np.array([-9.0]), np.array([9.0])))
    np.testing.assert_allclose(np.ravel(recorder.thetas), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [
        (Constant(), [1, 1, 1, 1]),
        (Constant(warm_up=2), [0.5, 1, 1, 1]),
        (Step(every=2, factor=0.1), [1, 1, 0.1, 0.1]),
        (Step(every=2, factor=0.1, warm_up=4), [0.25, 0.5, 0.075, 0.1]),
        (Exponential(factor=0.5), [1, 0.5, 0.25, 0.125]),
        (Exponential(factor=0.25, every=2), [1, 0.5, 0.25, 0.125]),
        (Cosine(), [1, 0.5 + math.sqrt(0.125), 0.5, 0.5 - math.sqrt(0.125)]),
        (Cosine(final=0.2), [1, 0.6 + 0.8 * math.sqrt(0.125), 0.6, 0.6 - 0.8 * math.sqrt(0.125)]),
    ],
)
def test_schedules_by_hand(schedule, shares):
    np.testing.assert_allclose([schedule.share(step, 4) for step in range(4)], shares, rtol=1e-14)


@pytest.mark.parametrize("kind", [Adam, StochasticGradientDescent])
def test_the_schedule_sets_the_length_of_the_steps(kind):
    recorder = Recorder(lambda theta: (0.0, np.ones(1)))
    kind(0.1, schedule=Step(every=1, factor=0.5)).minimise(recorder, np.ones(1), 4, (np.zeros(1), np.ones(1)))
    np.testing.assert_allclose(np.diff(np.ravel(recorder.thetas)), [-0.1, -0.05, -0.025], rtol=1e-6)


def test_settings_make_optimisers_by_name():
    adapter = TypeAdapter(OptimiserSettings)
    values = {"name": "adam", "learning_rate": 0.01, "schedule": {"name": "cosine", "final": 0.1, "warm_up": 3}}
    assert adapter.validate_python(values) == Adam(0.01, schedule=Cosine(final=0.1, warm_up=3))
    assert adapter.validate_python({"name": "lbfgs"}) == LimitedMemoryBFGS()
    assert adapter.validate_python({"name": "tao", "method": "blmvm"}) == BoundedQuasiNewton("blmvm")
    sgd = adapter.validate_python({"name": "sgd", "learning_rate": 0.5, "momentum": 0.9, "nesterov": True})
    assert sgd == StochasticGradientDescent(0.5, 0.9, True)
    assert OPTIMISERS["adam"]() == Adam()


def test_names_are_those_of_the_settings():
    assert [kind.model_fields["name"].default for kind in SCHEDULES.values()] == list(SCHEDULES)
    assert [kind.name for kind in OPTIMISERS.values()] == list(OPTIMISERS)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(-1.0), r"Adam: learning_rate: Input should be greater than 0, not -1.0"),
        (lambda: Adam(float("nan")), r"Adam: learning_rate: .* finite"),
        (lambda: StochasticGradientDescent(0.1, 1.0), "momentum: Input should be less than 1"),
        (lambda: LimitedMemoryBFGS(memory=0), "memory: Input should be greater than or equal to 1"),
        (lambda: BoundedQuasiNewton("newton"), "method: Input should be 'bqnls' or 'blmvm'"),
    ],
)
def test_wrong_parameters_are_named_in_scripts_too(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


@pytest.mark.parametrize(
    "values",
    [
        {"name": "sdg", "learning_rate": 1},
        {"name": "sgd"},
        {"name": "adam", "learning_rate": 0},
        {"name": "adam", "beta1": 1.0},
        {"name": "adam", "schedule": {"name": "step"}},
        {"name": "tao", "method": "nls"},
        {"name": "lbfgs", "memory": 0},
    ],
)
def test_settings_out_of_range_are_refused(values):
    with pytest.raises(ValidationError):
        TypeAdapter(OptimiserSettings).validate_python(values)
