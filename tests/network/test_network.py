"""A network refuses what is no network, and says which node or bond is to blame."""

from dataclasses import replace

import numpy as np
import pytest

from femnn.errors import MechanismError, NetworkError
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import AGILUS_SECTION, Sections

pytestmark = pytest.mark.serial


def triangle(**changes) -> Network:
    """Two nodes held, a third joined to both; with the changes given."""
    parts = {
        "nodes": [[0.0, 0.0], [1.0, 0.0], [0.5, 1.0]],
        "bonds": [[0, 1], [0, 2], [1, 2]],
        "fixed": [[True, True], [True, True], [False, False]],
    }
    return Network(**(parts | changes))


def test_stiffness_is_modulus_times_area_over_length():
    network = triangle(sections=replace(AGILUS_SECTION, width=np.array([1e-3, 2e-3, 3e-3])))
    expected = 0.55e6 * 2e-3 * np.array([1e-3, 2e-3, 3e-3]) / np.array([1, np.sqrt(1.25), np.sqrt(1.25)])
    np.testing.assert_allclose(network.stiffness, expected, rtol=1e-14)


def test_bounds_of_stiffness_follow_those_of_width():
    lower, upper = triangle().stiffness_bounds
    np.testing.assert_allclose(upper / lower, 2.5 / 1.5, rtol=1e-14)


def test_labels_number_the_nodes_from_one_unless_given():
    assert triangle().labels.tolist() == [1, 2, 3]
    assert triangle(labels=[7, 5, 9]).index(9) == 2
    assert triangle(labels=[7, 5, 9]).bond_name(2) == "5–9"


@pytest.mark.parametrize("attribute", ["nodes", "bonds", "fixed", "labels"])
def test_arrays_cannot_be_changed(attribute):
    with pytest.raises(ValueError, match="read-only"):
        getattr(triangle(), attribute)[0] = 0


def test_sections_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        triangle().sections.width[0] = 0


def test_degree_counts_the_bonds_at_the_busiest_node():
    fan = triangle(
        nodes=[[0, 0], [1, 0], [0.5, 1], [-0.5, 1]],
        bonds=[[0, 1], [0, 2], [0, 3], [1, 2], [2, 3]],
        fixed=[[True, True], [True, True], [False, False], [False, False]],
    )
    assert fan.largest_degree == 3


def test_point_force_acts_at_its_node_alone():
    forces = triangle().point_force(3, (1.0, -2.0))
    assert forces.tolist() == [[0, 0], [0, 0], [1, -2]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bonds": [[0, 1], [0, 2], [1, 2], [2, 0]]}, "bond 1–3 is given more than once"),
        ({"bonds": [[0, 1], [0, 2], [1, 2], [1, 1]]}, "bond 2–2 has no length"),
        ({"nodes": [[0, 0], [1, 0], [1, 0]]}, "bond 2–3 has no length"),
        ({"bonds": [[0, 1], [0, 2], [1, 3]]}, r"bond 3 joins node indices \[1, 3\]"),
        ({"bonds": [[0, 1], [0, 2], [1, -1]]}, r"bond 3 joins node indices \[1, -1\]"),
        ({"bonds": []}, "no bonds"),
        ({"fixed": np.zeros((3, 2), dtype=bool)}, "no node is supported"),
        ({"fixed": np.ones(3, dtype=bool)}, "fixed must be of shape"),
        ({"nodes": [[0, 0], [1, 0], [np.nan, 1]]}, "node 3 are not finite"),
        ({"nodes": [[0, 0], [np.inf, 0], [0, 1]]}, "node 2 are not finite"),
        ({"nodes": [0.0, 1.0, 2.0]}, "nodes must be of shape"),
        ({"labels": [1, 2, 2]}, "label of its own"),
        ({"inputs": {"load": Port(9, (0.0, 1.0))}}, "'load' is on node 9"),
        ({"inputs": {"load": Port(3, (0.0, 2.0))}}, "'load' needs a direction"),
        ({"inputs": {"load": Port(3, (0.0, 0.0, 1.0))}}, "'load' needs a direction"),
        ({"inputs": {"load": Port(1, (0.0, 1.0))}}, "'load' pushes on node 1 where it is fixed"),
        ({"outputs": {"answer": Port(9, (0.0, 1.0))}}, "'answer' is on node 9"),
    ],
)
def test_ill_formed_networks_are_refused(changes, message):
    with pytest.raises(NetworkError, match=message):
        triangle(**changes)


def test_disconnected_parts_are_refused():
    with pytest.raises(NetworkError, match=r"in 2 parts; no bonds lead from node 1 to nodes 4, 5"):
        triangle(
            nodes=[[0, 0], [1, 0], [0.5, 1], [3, 0], [4, 0]],
            bonds=[[0, 1], [0, 2], [1, 2], [3, 4]],
            fixed=[[True, True]] * 2 + [[False, False]] + [[True, True]] * 2,
        )


@pytest.mark.parametrize("field", ["modulus", "thickness", "width", "width_lower", "width_upper"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_sections_must_be_positive_and_finite(field, value):
    values = np.array([2e-3, value, 2e-3])
    with pytest.raises(NetworkError, match=f"{field} of bond 1–3"):
        triangle(sections=replace(AGILUS_SECTION, **{field: values}))


def test_width_bounds_can_be_changed_and_must_include_the_widths():
    """Of all bonds at once, or of each."""
    network = lattices.li2024()
    wide = network.with_width_bounds(1e-3, 3 * np.full(28, 1e-3))
    np.testing.assert_allclose(wide.stiffness_bounds, np.outer([0.5, 1.5], network.stiffness))
    np.testing.assert_array_equal(wide.stiffness, network.stiffness)
    with pytest.raises(NetworkError, match=r"bond 1–2 is 2 mm wide, outside the bounds of the widths, 2\.5 to 3 mm"):
        network.with_width_bounds(2.5e-3, 3e-3)


def test_inverted_width_bounds_are_refused():
    bounds = {"width_lower": np.array([1e-3, 1e-3, 3e-3]), "width_upper": np.array(2e-3)}
    with pytest.raises(NetworkError, match="width bounds of bond 2–3 are inverted"):
        triangle(sections=replace(AGILUS_SECTION, **bounds))


def test_sections_for_another_number_of_bonds_are_refused():
    with pytest.raises(NetworkError, match=r"width has shape \(2,\)"):
        triangle(sections=replace(AGILUS_SECTION, width=np.ones(2)))


def test_one_number_stands_for_all_bonds():
    sections = Sections(*(np.array(v) for v in (1.0, 2.0, 3.0, 3.0, 3.0)))
    assert triangle(sections=sections).sections.thickness.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("label", "force", "message"),
    [
        (1, (0.0, 1.0), "node 1 is fixed in the direction of the load"),
        (4, (0.0, 1.0), "there is no node 4; nodes are 1 to 3"),
        (3, (0.0, np.nan), "2 finite numbers"),
        (3, (0.0, 1.0, 0.0), "2 finite numbers"),
    ],
)
def test_loads_that_cannot_act_are_refused(label, force, message):
    with pytest.raises(NetworkError, match=message):
        triangle().point_force(label, force)


def test_a_mechanism_names_the_nodes_that_move():
    """The middle node of a straight pair of bonds moves across them at no cost."""
    with pytest.raises(MechanismError, match="node 2 can move") as caught:
        Network([[0, 0], [1, 0], [2, 0]], [[0, 1], [1, 2]], [[True, True], [False, False], [True, True]])
    assert caught.value.nodes == (2,)


def test_a_mechanism_is_named_by_label():
    with pytest.raises(MechanismError) as caught:
        Network(
            [[0, 0], [1, 0], [2, 0]],
            [[0, 1], [1, 2]],
            [[True, True], [False, False], [True, True]],
            labels=[10, 20, 30],
        )
    assert caught.value.nodes == (20,)


def test_indices_that_are_no_whole_numbers_are_refused():
    """They would be cut to other nodes."""
    with pytest.raises(NetworkError, match=r"indices of nodes, and 0\.5 is no whole number"):
        Network([[0, 0], [1, 0], [0, 1]], [[0, 1], [0.5, 2]], np.eye(3, 2, dtype=bool))
