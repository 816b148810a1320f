"""Each source of error alone, and all of them, in measurements that are drawn."""

import numpy as np
import pytest

from femnn.insitu.camera import Camera
from femnn.insitu.error_sources import ALL, ANGLE, CREEP, NOISE, NOTHING, ROUNDING, BenchErrors, ErrorSources
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import READINGS
from femnn.insitu.experiment import Experiment
from femnn.mechanics.viscoelasticity import fitted, master_curve

# What a camera sees is drawn alike on every rank
pytestmark = pytest.mark.serial

BENCH = BenchErrors(9.8e-3, 2.0, fitted(master_curve(), np.geomspace(1e-4, 1e4, 9), 0.55e6).creep, 60.0, 60.0)


def camera(noise: float = 0.0, shake: float = 0.0) -> Camera:
    """One that looks fifty times."""
    return Camera(noise, np.random.default_rng(0), shake=shake, looks=50)


@pytest.mark.parametrize("name", ["product", "superposed-energy", "centred-product"])
def test_without_errors_estimates_are_those_of_the_estimator(bars: EstimatorInputs, name: str) -> None:
    """Nonlinearity alone, a camera without noise, and loads that are as asked for."""
    exact = READINGS[name](bars, 1.0)
    none = BenchErrors(0.0, 0.0, BENCH.creep, 60.0, 60.0)
    scale = np.abs(exact).max()
    for source in (NOTHING, NOISE, ROUNDING, ANGLE):
        found = ErrorSources(bars.experiment, name, 1.0, none).estimates(source, camera())
        np.testing.assert_allclose(found, np.broadcast_to(exact, found.shape), rtol=0, atol=1e-12 * scale)


def test_sources_scatter_but_for_what_is_not_random(bars: EstimatorInputs) -> None:
    """Creep shifts every measurement alike; all errors together scatter more than each alone."""
    sources = ErrorSources(bars.experiment, "product", 1.0, BENCH)
    spread = {source: sources.estimates(source, camera(20e-6)) for source in (NOTHING, NOISE, ROUNDING, ANGLE, ALL)}
    assert len(spread[NOTHING]) == len(sources.estimates(CREEP, camera(20e-6))) == 1
    total = {source: float(estimates.var(axis=0).sum()) for source, estimates in spread.items()}
    assert total[ALL] > max(total[source] for source in (NOISE, ROUNDING, ANGLE))


def test_rounded_loads_are_those_that_are_solved_for(bars: EstimatorInputs) -> None:
    """The scatter by rounding of separate loadings is that of equilibria under loads drawn likewise."""
    experiment, weight, generator = bars.experiment, BENCH.weight, np.random.default_rng(1)
    found = ErrorSources(experiment, "product", 1.0, BENCH).estimates(ROUNDING, Camera(0.0, generator, looks=400))
    f, g = experiment.force, experiment.adjoint_force
    solved = []
    for _ in range(60):
        data, adjoint = (
            force * (1 + generator.uniform(-0.5, 0.5) * weight / np.linalg.norm(force)) for force in (f, g)
        )
        e = [experiment.computed_elongation(experiment.under(force)) for force in (data, adjoint)]
        solved.append(e[0] * e[1])
    assert found.std(axis=0).sum() == pytest.approx(np.std(solved, axis=0).sum(), rel=0.25)


def test_a_shake_spares_the_bonds_between_free_nodes(bars: EstimatorInputs) -> None:
    """Errors that are alike all over the picture cancel but where a node is held."""
    experiment: Experiment = bars.experiment
    sources = ErrorSources(experiment, "product", 1.0, BENCH)
    clean, seen = sources.estimates(NOTHING, camera()), sources.estimates(NOISE, camera(shake=1e-4))
    network = experiment.solver.structure.network
    held = network.fixed.any(axis=1)[network.bonds].any(axis=1)
    np.testing.assert_allclose(seen[:, ~held], np.repeat(clean[:, ~held], 50, axis=0), atol=1e-20)
    assert (seen[:, held].std(axis=0) > 0).all()
