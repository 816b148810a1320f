"""What models say of the published protocol."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn.errors import NetworkError
from femnn.insitu.load_cases import Case
from femnn.measured.comparison.elongation_derivatives import by_forces, by_stiffness, products_by
from femnn.measured.comparison.protocol import Protocol, lattice_weight, predicted, protocol
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.network_files.specification import load_network
from femnn.solving.equilibrium import Equilibrium, equilibrium

NETWORK = load_network("li2024")
CASE = Case.model_validate(
    {
        "loads": [{"node": 13, "direction": "-y", "force": "10 gf"}],
        "targets": [{"node": 14, "component": "y", "displacement": "-25 mm"}],
    }
)
WEIGHT = lattice_weight(NETWORK, 1140.0, (0.0, -1.0))


def solver(name: str) -> Equilibrium:
    """A solver of the printed lattice."""
    return equilibrium(Structure(MODELS[name], NETWORK, MPI.COMM_WORLD))


@pytest.mark.serial
def test_the_lattice_weighs_what_its_bonds_do() -> None:
    """28 bonds of 16 × 2 × 2 mm, a tenth of each at either end half as wide; half of the end bonds is on supports."""
    volume = 28 * 16e-3 * 4e-6 * (1 - 0.2 * 0.5)
    on_supports = 4 / 2 * volume / 28
    assert -WEIGHT[:, 1].sum() == pytest.approx(1140 * 9.8 * (volume - on_supports))
    assert not WEIGHT[:, 0].any()


@pytest.mark.serial
def test_a_case_that_is_met_at_rest_has_no_adjoint_force() -> None:
    """The message says so."""
    case = Case.model_validate(
        {"loads": CASE.model_dump()["loads"], "targets": [{"node": 14, "component": "y", "displacement": 0.0}]}
    )
    with pytest.raises(NetworkError, match="no adjoint force"):
        protocol(case, NETWORK, 0.049)


def test_linear_springs_do_not_feel_their_weight_and_bars_do() -> None:
    """Loads of linear springs add up; bars are turned and tightened by the weight of the lattice."""
    light, heavy = (protocol(CASE, NETWORK, 0.049, weight) for weight in (None, WEIGHT))
    spring, bar = solver("spring"), solver("bar")
    np.testing.assert_array_equal(predicted(spring, light).gradient, predicted(spring, heavy).gradient)
    one, other = predicted(bar, light).gradient, predicted(bar, heavy).gradient
    assert 1e-3 < np.linalg.norm(one - other) / np.linalg.norm(one) < 0.1


def test_the_linear_answer_is_that_of_small_loads() -> None:
    """A thousandth of the loads, of bars under their weight's thousandth too, gives a millionth of the products."""
    light = protocol(CASE, NETWORK, 0.049)
    small = Protocol(1e-4 * light.forward, 1e-4 * light.adjoint, 1e-4 * WEIGHT)
    bar = solver("bar")
    linear = predicted(bar, light, linearised=True).gradient
    np.testing.assert_allclose(1e8 * predicted(bar, small).gradient, linear, atol=1e-3 * np.abs(linear).max())


@pytest.mark.parametrize("name", ["bar", "beam"])
def test_derivatives_of_the_products_are_those_of_differences(name: str) -> None:
    """By a turn of the loads, by the modulus and by stiffnesses, with the lattice under its own weight."""
    asked, model = protocol(CASE, NETWORK, 0.049, WEIGHT), solver(name)
    found = predicted(model, asked)
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    turned = [
        by_forces(model, s, [f @ turn]) for s, f in zip(found.states, (asked.forward, asked.adjoint), strict=False)
    ]
    derivative = products_by(found, *turned)[0]

    def rotated(angle: float) -> Protocol:
        R = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        return Protocol(asked.forward @ R.T, asked.adjoint @ R.T, asked.weight)

    step = 1e-4
    ends = [predicted(model, rotated(sign * step)).gradient for sign in (1, -1)]
    np.testing.assert_allclose((ends[0] - ends[1]) / (2 * step), derivative, atol=1e-5 * np.abs(derivative).max())
    loads = (*asked.loads, WEIGHT)
    softer = [-by_forces(model, s, [f]) for s, f in zip(found.states, loads, strict=True)]
    by_modulus = products_by(found, softer[0], softer[1], softer[2])[0]
    k = model.structure.stiffness
    scaled = [
        predicted(model, Protocol(*(f / (1 + sign * step) for f in (asked.forward, asked.adjoint, WEIGHT)))).gradient
        for sign in (1, -1)
    ]
    np.testing.assert_allclose((scaled[0] - scaled[1]) / (2 * step), by_modulus, atol=1e-5 * np.abs(by_modulus).max())
    stiffer = products_by(found, *(by_stiffness(model, s).T for s in found.states))
    bond = 3
    moved = []
    for sign in (1, -1):
        model.structure.set_stiffness(k * (1 + sign * step * (np.arange(len(k)) == bond)))
        moved.append(predicted(model, asked).gradient)
    model.structure.set_stiffness(k)
    difference = (moved[0] - moved[1]) / (2 * step * k[bond])
    np.testing.assert_allclose(difference, stiffer[bond], atol=1e-5 * np.abs(stiffer[bond]).max())
