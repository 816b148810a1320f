"""Checks of gradients: published ones, orders of the estimators, Taylor remainders of the exact gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from femnn.config.quantities import GRAM_FORCE
from femnn.geometry.strips import Shape
from femnn.insitu.bench import ExperimentBench
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.load_cases import Case
from femnn.insitu.metrics import one_minus_pearson, relative_l2
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.model import Model
from femnn.mechanics.models import MODELS
from femnn.mechanics.rigidities import Parameter
from femnn.mechanics.spring import Spring
from femnn.network import lattices
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import solver_options
from femnn.verification.check import Check
from femnn.verification.published_cases import PUBLISHED_ERRORS, SOURCE, printed_gradients, published_case

type Floats = npt.NDArray[np.float64]

PARAMETERS: tuple[Parameter, ...] = ("modulus", "thickness", "width")


def experiment_bench(
    comm: MPI.Comm, network: Network | None = None, models: Mapping[str, Model] = MODELS
) -> ExperimentBench:
    """A bench on the printed lattice, or another network, with the direct solver."""
    return ExperimentBench(network or lattices.li2024(), comm, solver_options(), LoadStepping(), models=models)


def inputs(bench: ExperimentBench, model: str, case: Case) -> EstimatorInputs:
    """A model beside the linear springs under the same load."""
    return EstimatorInputs(bench.experiment(model, case), bench.experiment("spring", case))


def published_gradients(comm: MPI.Comm) -> Iterator[Check]:
    """Gradients of the springs bond by bond, digit by digit."""
    bench = experiment_bench(comm)
    for name in ("separate", "same"):
        x = inputs(bench, "spring", published_case(name))
        s = 5 * GRAM_FORCE / x.experiment.adjoint_magnitude
        computed = s * ESTIMATORS["product"](x, s)
        differing = sum(f"{value:.2e}" != text for value, text in zip(computed, printed_gradients(name), strict=True))
        yield Check(f"springs, {name}: bonds whose gradient differs in a printed digit", differing, 0, 0, SOURCE)


def published_errors(comm: MPI.Comm) -> Iterator[Check]:
    """Error of the paper's estimate against the adjoint force."""
    x = inputs(experiment_bench(comm), "bar", published_case("separate"))
    assert x.linear is not None
    for grams, published in PUBLISHED_ERRORS.items():
        estimate = ESTIMATORS["product-linear-forward"](x, grams * GRAM_FORCE / x.experiment.adjoint_magnitude)
        error = one_minus_pearson(estimate, x.linear.exact_gradient)
        yield Check(f"rotating springs: 1 − Pearson at {grams:.4g} gf", error, published, 1e-5, SOURCE)


def orders(comm: MPI.Comm) -> Iterator[Check]:
    """Order of each estimator's error in the strength of the adjoint force."""
    x = inputs(experiment_bench(comm), "bar", published_case("separate"))
    exact = x.experiment.exact_gradient
    expected = {name: estimator.order for name, estimator in ESTIMATORS.items() if estimator.order is not None}
    for name, order in expected.items():
        errors = [relative_l2(ESTIMATORS[name](x, s), exact) for s in (0.1, 0.01)]
        yield Check(
            f"bars: order of {name} in the adjoint force", float(np.log10(errors[0] / errors[1])), order, 0.05, "Taylor"
        )


def taylor_remainders(
    bench: ExperimentBench, model: str, case: Case, steps: Floats, seed: int = 0
) -> tuple[Floats, Floats]:
    """Remainders of the loss about the network's stiffness along a random direction.

    Args:
        bench: where the model is.
        model: its name.
        case: load and loss.
        steps: relative changes of the stiffness, shape (n,).
        seed: of the direction.

    Returns:
        |L(k + h d) − L(k)| and |L(k + h d) − L(k) − h dL/dk·d|, each of shape (n,).
    """
    experiment = bench.experiment(model, case)
    k = experiment.solver.structure.stiffness
    direction = k * np.random.default_rng(seed).uniform(-1, 1, len(k))
    base = experiment.loss_seen(experiment.forward)
    slope = float(experiment.exact_gradient @ direction)
    changes = np.array([experiment.loss_at(k + h * direction) - base for h in steps])
    return np.abs(changes), np.abs(changes - steps * slope)


TAYLOR_MODELS: dict[str, Model] = {
    "spring": Spring(),
    "bar": Bar(),
    "bar-green": Bar(strain="green", name="bar-green"),
    **{f"beam, {parameter}": Beam(parameter=parameter) for parameter in PARAMETERS},
    **{
        f"continuum-2d, {parameter}": Continuum(parameter=parameter, shape=Shape(cells_across=1))
        for parameter in PARAMETERS
    },
}
"""Models by what k acts through, on coarse meshes: the gradient is that of the discrete problem."""


def taylor(comm: MPI.Comm) -> Iterator[Check]:
    """Rate of the Taylor remainder of every model's exact gradient; it would be 1 if the gradient were wrong."""
    bench, steps = experiment_bench(comm, models=TAYLOR_MODELS), np.array([1e-2, 1e-3])
    for model in TAYLOR_MODELS:
        _, remainders = taylor_remainders(bench, model, published_case("same"), steps)
        rate = float(np.log10(remainders[0] / remainders[1]))
        yield Check(f"{model}: rate of the Taylor remainder", rate, 2, 0.05, "Taylor")
