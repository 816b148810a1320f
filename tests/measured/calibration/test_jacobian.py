"""Derivatives of the products of elongations by the parameters, against differences of whole predictions."""

import numpy as np
import pytest
from calibrated_lattices import calibrated, hung

from femnn.errors import MeshError
from femnn.measured.calibration.parameter_derivatives import STEP as STEP_OF_MESHES
from femnn.measured.calibration.parameter_derivatives import jacobian
from femnn.measured.calibration.parameters import NAMES
from femnn.measured.comparison.protocol import Protocol
from femnn.network.lattices import octet

pytestmark = pytest.mark.serial

RELATIVE = 1e-5
STEP = 1e-4


@pytest.mark.parametrize("model", ["spring", "bar", "beam"])
@pytest.mark.parametrize("case", ["separate", "same"])
def test_every_column_is_that_of_a_central_difference(model: str, case: str) -> None:
    """Away from the lattice as it is stated: all parameters that the model has, every bond's width among them."""
    lattice, experiment = calibrated(model, NAMES), hung(case)
    rng = np.random.default_rng(3)
    values = lattice.parameters.prior * rng.normal(0.0, 0.5, lattice.parameters.size)
    exact = jacobian(lattice, values, lattice.predicted(values, experiment), experiment)
    assert exact.shape == (28, lattice.parameters.size)
    for column, label in enumerate(lattice.parameters.labels(lattice.network)):
        step = np.zeros_like(values)
        step[column] = STEP
        above, below = (lattice.predicted(values + s, experiment).gradient for s in (step, -step))
        difference = (above - below) / (2 * STEP)
        assert np.linalg.norm(exact[:, column] - difference) <= RELATIVE * np.linalg.norm(difference), label


def test_networks_in_space_have_columns_without_angles() -> None:
    """A modulus and widths, by which loads do not turn."""
    network = octet(1, 1, 1, 24e-3)
    (port,) = network.inputs.values()
    force = network.point_force(port.node, 0.02 * np.array(port.direction))
    lattice, experiment = calibrated("bar", NAMES, network), Protocol(force, 0.5 * force)
    assert lattice.parameters.names == ("modulus", "widths")
    values = 0.1 * np.ones(lattice.parameters.size)
    change = jacobian(lattice, values, lattice.predicted(values, experiment), experiment)[:, 0]
    step = STEP * np.eye(lattice.parameters.size)[0]
    above, below = (lattice.predicted(values + s, experiment).gradient for s in (step, -step))
    difference = (above - below) / (2 * STEP)
    assert np.linalg.norm(change - difference) <= RELATIVE * np.linalg.norm(difference)


def test_columns_of_a_solid_are_those_of_a_difference_along_them() -> None:
    """Modulus, angles and widths of a solid are exact, too; along one direction of them all."""
    lattice, experiment = calibrated("continuum-2d", ("modulus", "forward-angle", "widths")), hung("separate")
    rng = np.random.default_rng(4)
    values = 0.5 * lattice.parameters.prior * rng.normal(0.0, 1.0, lattice.parameters.size)
    along = lattice.parameters.prior * rng.normal(0.0, 1.0, lattice.parameters.size)
    change = jacobian(lattice, values, lattice.predicted(values, experiment), experiment) @ along
    above, below = (lattice.predicted(values + s * 1e-3 * along, experiment).gradient for s in (1, -1))
    difference = (above - below) / 2e-3
    assert np.linalg.norm(change - difference) <= RELATIVE * np.linalg.norm(difference)


def test_ends_that_can_only_grow_are_varied_to_one_side() -> None:
    """With shorter ends bonds lie over each other beside the nodes: the difference is that to longer ones."""
    lattice, experiment = calibrated("continuum-2d", ("end-length",)), hung("separate")
    values = np.array([-0.05])
    with pytest.raises(MeshError, match="lie over each other"):
        lattice.predicted(values - STEP_OF_MESHES, experiment)
    here, longer = (lattice.predicted(values + step, experiment) for step in (0.0, STEP_OF_MESHES))
    expected = (longer.gradient - here.gradient) / STEP_OF_MESHES
    np.testing.assert_allclose(jacobian(lattice, values, here, experiment)[:, 0], expected, rtol=1e-6, atol=1e-16)
