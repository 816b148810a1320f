"""Fits: known parameters are found again, and what cannot be known is said to be so."""

import numpy as np
import pytest
from calibrated_lattices import calibrated, hung

from femnn.errors import ConfigError, ConvergenceError
from femnn.measured.calibration.fit import fit
from femnn.measured.calibration.identifiability import EVEN, identifiability
from femnn.measured.calibration.misfit_weights import Observed, observed
from femnn.measured.calibration.parameters import NAMES
from femnn.measured.measured_gradient import MeasuredGradient

pytestmark = pytest.mark.serial

SHAPELESS = ("modulus", "forward-angle", "adjoint-angle", "widths")


@pytest.mark.parametrize(("model", "names"), [("spring", SHAPELESS), ("bar", SHAPELESS), ("beam", NAMES)])
def test_known_parameters_are_found_again_within_their_uncertainties(model: str, names: tuple[str, ...]) -> None:
    """Parameters drawn from their priors, products measured with a known scatter: errors are as the covariance says."""
    lattice, experiment = calibrated(model, names), hung("separate")
    rng = np.random.default_rng(11)
    truth = lattice.parameters.prior * rng.normal(0.0, 1.0, lattice.parameters.size)
    exact = lattice.predicted(truth, experiment).gradient
    deviation = 0.02 * np.abs(exact) + 1e-11
    data = Observed(exact + deviation * rng.standard_normal(28), deviation)
    found = fit(lattice, experiment, data)
    known = identifiability(found, lattice.parameters, data)
    assert found.converged
    errors = (found.values - truth) / known.deviations
    assert np.abs(errors).max() < 4
    # χ² of the errors by their whole covariance: n ± √(2n)
    n = lattice.parameters.size
    chi_squared = (found.values - truth) @ np.linalg.solve(known.covariance, found.values - truth)
    assert abs(chi_squared - n) < 4 * np.sqrt(2 * n)
    modulus = lattice.parameters.place("modulus")
    assert known.deviations[modulus] < 0.2 * lattice.parameters.prior[modulus]


def test_exact_data_of_a_few_parameters_give_them_back() -> None:
    """With next to no scatter the prior has no say."""
    lattice, experiment = calibrated("bar", ("modulus", "forward-angle", "adjoint-angle")), hung("separate")
    truth = np.array([0.3, 0.04, -0.05])
    data = Observed(lattice.predicted(truth, experiment).gradient, np.full(28, 1e-14))
    np.testing.assert_allclose(fit(lattice, experiment, data).values, truth, atol=1e-6)


def test_angles_that_one_product_cannot_tell_apart_are_said_to_be_so() -> None:
    """Both loadings at one node, springs: only the sum of the angles is seen; the difference has no singular value."""
    lattice, experiment = calibrated("spring", ("modulus", "forward-angle", "adjoint-angle")), hung("same")
    data = Observed(lattice.predicted(np.zeros(3), experiment).gradient, np.full(28, 1e-10))
    known = identifiability(fit(lattice, experiment, data), lattice.parameters, data)
    assert known.told == 2
    assert known.singular_values[2] < 1e-6
    weakest = known.directions[-1]
    assert not weakest.told
    assert weakest.components["forward-angle"] == pytest.approx(-weakest.components["adjoint-angle"])
    assert known.trade_off is not None
    assert set(known.trade_off[:2]) == {"forward-angle", "adjoint-angle"}
    assert known.trade_off[2] < -0.99
    np.testing.assert_allclose(known.deviations[1:], lattice.parameters.prior[1:] / np.sqrt(2), rtol=1e-3)


def test_springs_cannot_tell_a_modulus_from_the_widths_of_all_bonds() -> None:
    """k has the product of both: the direction in which one makes up for the other has no singular value."""
    lattice, experiment = calibrated("spring", ("modulus", "widths")), hung("separate")
    data = Observed(lattice.predicted(np.zeros(29), experiment).gradient, np.full(28, 1e-11))
    known = identifiability(fit(lattice, experiment, data), lattice.parameters, data)
    assert len(known.singular_values) == 29
    assert known.singular_values[-1] == 0
    assert known.directions[-1].singular_value < 1e-3 * known.directions[0].singular_value
    assert abs(known.directions[-1].components[EVEN]) > 0.99
    # The modulus cannot be known better than the mean width, to which nothing but the prior says anything
    assert known.deviations[0] >= 0.99 * 0.03 / np.sqrt(28)


def test_without_parameters_the_lattice_is_taken_as_stated() -> None:
    lattice, experiment = calibrated("bar", ()), hung("separate")
    data = Observed(np.zeros(28), np.ones(28))
    found = fit(lattice, experiment, data)
    stated = calibrated("bar", ()).predicted(np.empty(0), experiment)
    np.testing.assert_allclose(found.products, stated.gradient, rtol=1e-9)
    known = identifiability(found, lattice.parameters, data)
    assert known.size == 0
    assert known.directions == ()
    assert known.trade_off is None


def test_loads_that_are_not_carried_are_an_error_by_name() -> None:
    lattice, experiment = calibrated("bar", ("modulus",)), hung("separate")
    too_much = type(experiment)(5000 * experiment.forward @ np.diag([1, -1]), experiment.adjoint)
    with pytest.raises(ConvergenceError, match="no equilibrium"):
        fit(lattice, too_much, Observed(np.zeros(28), np.ones(28)))


def test_a_floor_is_what_two_uncertain_readings_make_of_a_product() -> None:
    """The variance of a product of two readings, against one that is drawn."""
    lattice = calibrated("spring", ())
    elongations = np.random.default_rng(5).normal(0.0, 1e-4, (2, 28))
    measured = MeasuredGradient("separate", np.zeros(28), np.full(28, np.nan), np.zeros(28))
    deviation = observed(measured, elongations, 2e-5, lattice.network).deviation
    read = elongations + np.random.default_rng(6).normal(0.0, 2e-5, (40_000, 2, 28))
    np.testing.assert_allclose(read.prod(axis=1).std(axis=0), deviation, rtol=0.03)
    with pytest.raises(ConfigError, match="bond 1–2 has no deviation"):
        observed(measured, elongations, 0.0, lattice.network)
