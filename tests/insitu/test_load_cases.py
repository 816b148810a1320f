"""A case turns what a study file says into forces and a loss, and names the node that cannot be loaded or wanted."""

import numpy as np
import pytest
from pydantic import ValidationError
from reference import NETWORKS

from femnn.errors import NetworkError
from femnn.insitu.load_cases import Case

LOAD = {"node": 13, "direction": "-y", "force": "10 gf"}
TARGET = {"node": 14, "component": "y", "displacement": "-25 mm"}


def case(**changes) -> Case:
    """The case "separate" of Li & Mao (2024), with changes to its load or its target."""
    load = LOAD | changes.get("load", {})
    return Case.model_validate({"loads": [load], "targets": [TARGET | changes.get("target", {})]})


def test_loads_are_forces_on_their_nodes():
    """Loads on one node add up; a direction of any length is a direction; one gram-force is 9.8e-3 N."""
    loads = [LOAD, LOAD | {"direction": [3, 4]}, LOAD | {"node": 11, "direction": "x", "force": 2}]
    force = Case.model_validate({"loads": loads, "targets": [TARGET]}).force(NETWORKS["2D"])
    expected = np.zeros((14, 2))
    expected[12], expected[10] = [0.6 * 0.098, (0.8 - 1) * 0.098], [2, 0]
    np.testing.assert_allclose(force, expected, rtol=0, atol=1e-16)


def test_the_loss_is_the_squared_error_of_the_target():
    U = np.zeros((14, 2))
    U[13, 1] = -5e-3
    assert case().loss(NETWORKS["2D"]).value(U) == pytest.approx(0.02**2)


@pytest.mark.parametrize(
    ("load", "message"),
    [
        ({"node": 1}, "node 1 is fixed in the direction of the load"),
        ({"node": 15}, "there is no node 15"),
        ({"direction": "z"}, "load on node 13 points along .* but the network is 2D"),
        ({"direction": [0, 1, 1]}, "load on node 13 points along .* but the network is 2D"),
    ],
)
def test_a_load_that_cannot_act_is_named(load, message):
    with pytest.raises(NetworkError, match=f"li2024: .*{message}"):
        case(load=load).force(NETWORKS["2D"])


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"node": 5}, "node 5 is fixed along y"),
        ({"node": 0}, "there is no node 0"),
        ({"component": "z"}, "node 14 has no component z"),
    ],
)
def test_a_target_that_cannot_be_met_is_named(target, message):
    with pytest.raises(NetworkError, match=f"li2024: .*{message}"):
        case(target=target).loss(NETWORKS["2D"])


@pytest.mark.parametrize("part", ["loads", "targets"])
def test_a_case_has_a_load_and_a_target(part):
    with pytest.raises(ValidationError, match=part):
        Case.model_validate({"loads": [LOAD], "targets": [TARGET]} | {part: []})


DIAGONAL = {"node": 14, "direction": [3, -4], "displacement": "10 mm"}


def test_a_target_along_any_direction_is_read_along_it():
    """The squared error of d·U: its value, its derivative by differences, its curvature; one along an axis is plain."""
    network = NETWORKS["2D"]
    loss = Case.model_validate({"loads": [LOAD], "targets": [DIAGONAL, TARGET]}).loss(network)
    U = np.random.default_rng(3).normal(0, 1e-3, network.nodes.shape)
    expected = (0.6 * U[13, 0] - 0.8 * U[13, 1] - 0.01) ** 2 + (U[13, 1] + 0.025) ** 2
    assert loss.value(U) == pytest.approx(expected, rel=1e-12)
    V = np.random.default_rng(4).normal(0, 1e-3, U.shape)
    slope = (loss.value(U + V) - loss.value(U - V)) / 2
    assert (loss.derivative(U) * V).sum() == pytest.approx(slope, rel=1e-10)
    v = V.ravel()[loss.reads]
    second = loss.value(U + V) - 2 * loss.value(U) + loss.value(U - V)
    assert v @ loss.curvature(U) @ v == pytest.approx(second, rel=1e-8)
    assert loss.scaled(2).value(2 * U) == pytest.approx(4 * loss.value(U), rel=1e-12)
    down = Case.model_validate({"loads": [LOAD], "targets": [DIAGONAL | {"direction": "-y"}]}).loss(network)
    assert down.value(U) == pytest.approx((U[13, 1] + 0.01) ** 2, rel=1e-12)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"node": 5}, "node 5 is fixed along x"),
        ({"direction": [0, 1, 1]}, "points along z, but the network is 2D"),
    ],
)
def test_a_direction_that_cannot_be_a_target_is_named(target, message):
    with pytest.raises(NetworkError, match=message):
        Case.model_validate({"loads": [LOAD], "targets": [DIAGONAL | target]}).loss(NETWORKS["2D"])


@pytest.mark.parametrize("target", [DIAGONAL | {"component": "x"}, {"node": 3, "displacement": 1}])
def test_a_target_has_either_a_component_or_a_direction(target):
    with pytest.raises(ValidationError, match="either a component or a direction"):
        Case.model_validate({"loads": [LOAD], "targets": [target]})
