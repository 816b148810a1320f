"""How parameters act: as another lattice would that is stated with their values."""

import math
from dataclasses import replace

import numpy as np
import pytest
from calibrated_lattices import calibrated, hung, printed

from femnn.errors import ConfigError
from femnn.geometry.strips import pad_radii
from femnn.measured.calibration.parameters import NAMES, Parameters, Priors, offered, shaped
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.models import model
from femnn.network.network import Network

pytestmark = pytest.mark.serial


def _stated(**changes: object) -> Network:
    network = printed()
    return replace(network, sections=replace(network.sections, **changes))


@pytest.mark.parametrize("name", ["spring", "bar", "beam"])
def test_a_modulus_acts_as_that_of_a_network_that_states_it(name: str) -> None:
    lattice, experiment = calibrated(name, ("modulus",)), hung("same")
    found = lattice.predicted(np.array([0.2]), experiment).gradient
    stiffer = calibrated(name, (), _stated(modulus=printed().sections.modulus * math.exp(0.2)))
    np.testing.assert_allclose(found, stiffer.predicted(np.empty(0), experiment).gradient, rtol=1e-8, atol=1e-18)


@pytest.mark.parametrize("name", ["bar", "beam"])
def test_widths_act_as_those_of_a_network_that_states_them(name: str) -> None:
    errors = np.random.default_rng(1).normal(0.0, 0.03, 28)
    lattice, experiment = calibrated(name, ("widths",)), hung("separate")
    found = lattice.predicted(errors, experiment).gradient
    other = calibrated(name, (), _stated(width=printed().sections.width * np.exp(errors)))
    np.testing.assert_allclose(found, other.predicted(np.empty(0), experiment).gradient, rtol=1e-8, atol=1e-18)


def test_an_angle_turns_a_load_counter_clockwise() -> None:
    lattice, experiment = calibrated("spring", ("forward-angle", "adjoint-angle")), hung("separate")
    load = lattice.load(np.array([0.1, 0.0]), experiment.forward, "forward-angle")
    np.testing.assert_allclose(load[12], 0.098 * np.array([math.sin(0.1), -math.cos(0.1)]))
    kept = lattice.load(np.array([0.1, 0.0]), experiment.adjoint, "adjoint-angle")
    np.testing.assert_array_equal(kept, experiment.adjoint)


def test_models_have_the_parameters_that_mean_something_in_them() -> None:
    """Ends in springs would say again what the modulus says; straight beams have none; a solid has all."""
    network = printed()
    assert {*NAMES} - {*offered(model("spring"), network)} == {"end-width", "end-length", "pad-radius"}
    assert {*NAMES} - {*offered(model("beam"), network)} == {"pad-radius"}
    assert {*NAMES} - {*offered(model("beam-straight"), network)} == {"end-width", "end-length", "pad-radius"}
    assert set(offered(model("continuum-2d"), network)) == {*NAMES}
    through_modulus = replace(model("beam"), parameter="modulus")
    assert "widths" not in offered(through_modulus, network)


def test_parameters_that_do_not_exist_are_named() -> None:
    with pytest.raises(ConfigError, match="no parameter 'density'"):
        Parameters.chosen(["density"], model("bar"), printed(), Priors())


def test_angles_of_priors_may_have_units() -> None:
    assert Priors.model_validate({"angle": "3 deg"}).angle == pytest.approx(math.radians(3))


def test_pads_of_every_radius_grow_by_one_factor() -> None:
    """Where widths differ, so do the pads; none jumps when the fit begins to move them."""
    uneven = _stated(width=np.linspace(1.5e-3, 2.5e-3, 28))
    solid = model("continuum-2d")
    assert isinstance(solid, Continuum)
    larger, _ = shaped(solid, uneven, (0.0, 0.0, 0.1))
    assert isinstance(larger, Continuum)
    radii = pad_radii(uneven, solid.shape)
    assert np.ptp(radii) > 1e-4
    np.testing.assert_allclose(pad_radii(uneven, larger.shape), np.exp(0.1) * radii, rtol=1e-14)
