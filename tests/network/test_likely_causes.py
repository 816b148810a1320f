"""A network that is in parts, or a mechanism, is refused with the likely cause and its place."""

import re

import numpy as np
import pytest

from femnn.errors import MechanismError, NetworkError
from femnn.network.lattices import octet
from femnn.network.network import Network

pytestmark = pytest.mark.serial

CORNERS = np.array([[0, 0], [20, 0], [20, 20], [0, 20]]) * 1e-3
BRACED = [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]]


def refusal(nodes, bonds, held=(0, 1)) -> str:
    nodes = np.asarray(nodes, dtype=np.float64)
    fixed = np.zeros(nodes.shape, dtype=np.bool_)
    fixed[list(held)] = True
    with pytest.raises((MechanismError, NetworkError)) as caught:
        Network(nodes, bonds, fixed, name="own")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_gap_between_two_parts_is_named():
    """A triangle whose corner should be the square's, 0.3 mm beside it."""
    other = np.array([[20.3, 20], [40, 20], [30, 40]]) * 1e-3
    message = refusal(np.vstack([CORNERS, other]), [*BRACED, [4, 5], [5, 6], [6, 4]])
    assert "in 2 parts" in message
    assert "nodes 3 and 5, at (20, 20) mm, are 0.3 mm apart and not joined: close the gap" in message


def test_nodes_at_one_place_are_named():
    message = refusal(np.vstack([CORNERS, CORNERS[2:3], [[0.04, 0.02]]]), [*BRACED, [4, 5], [5, 1]])
    assert "nodes 3 and 5 are both at (20, 20) mm and not joined: make them one" in message


def test_a_node_on_a_bond_that_passes_is_named():
    message = refusal(np.vstack([CORNERS, [[0.02, 0.01], [0.03, 0.01]]]), [*BRACED, [4, 5], [5, 2]])
    assert "node 5 is on bond 2–3, which does not end there: split the bond at the node" in message


def test_bonds_of_two_parts_that_cross_are_named():
    """A cross over the square."""
    other = np.array([[-5, 10], [25, 10], [10, 50]]) * 1e-3
    message = refusal(np.vstack([CORNERS, other]), [*BRACED, [4, 5], [5, 6], [6, 4]])
    assert "cross at (" in message
    assert "without a node (" in message


@pytest.mark.parametrize("noise", [1e-8, 1e-6, 1e-4])
def test_a_flat_network_in_space_is_named_with_its_plane(noise):
    """The noise by the size, or nothing at all."""
    heights = noise * 20e-3 * np.array([0, 1, -1, 0.5])
    for across, plane in ((2, "x–y"), (1, "x–z"), (0, "y–z")):
        message = refusal(np.insert(CORNERS, across, heights, axis=1), BRACED)
        assert f"{'xyz'[across]} varies by" in message
        assert f"give two coordinates a node, in the plane {plane}" in message
    assert "all nodes lie in a plane x–y of space" in refusal(np.insert(CORNERS, 2, 0.0, axis=1), BRACED)


def test_a_tilted_plane_is_named_by_its_normal():
    turned = np.insert(CORNERS, 2, 0.0, axis=1) @ np.array([[1, 0, 0], [0, 0.6, 0.8], [0, -0.8, 0.6]])
    assert "lie in a tilted plane, of the normal (0, 0.8, -0.6): turn it into x–y" in refusal(turned, BRACED)


def test_a_hinge_within_a_straight_line_is_named():
    """A bond in two halves."""
    nodes = np.vstack([CORNERS, [[0.01, 0.02]]])
    message = refusal(nodes, [[0, 1], [1, 2], [2, 4], [4, 3], [3, 0], [0, 2], [1, 3]])
    assert "the bonds of node 5 lie on one line, and bars turn there: brace it." in message
    assert "or set rigid_joints = true for beams" in message


def test_too_few_bonds_are_counted():
    """A square without its diagonal has two free nodes, and three bonds to them."""
    assert "3 bonds cannot hold the 4 components that are free: 1 too few" in refusal(CORNERS, BRACED[:4])


def test_braces_that_cross_are_no_cause_where_they_change_nothing():
    """Both diagonals, and a node far away on one bond alone."""
    nodes = np.vstack([CORNERS, [[0.05, 0.05]]])
    message = refusal(nodes, [*BRACED, [1, 3], [2, 4]])
    assert "the bonds of node 5 lie on one line" in message
    assert "cross" not in message


def test_nodes_without_bonds_are_named():
    message = refusal(np.vstack([CORNERS, [[0.05, 0.0]]]), BRACED)
    assert message.endswith("; node 5 has no bond: leave it out, or add its bonds.")
    ahead = refusal(np.vstack([[[0.05, 0.0]], CORNERS]), 1 + np.array(BRACED), held=(1, 2))
    assert "; node 1 has no bond" in ahead
    many = refusal(np.vstack([CORNERS, CORNERS + 0.1]), BRACED)
    assert "; nodes 5, 6, 7 and 1 more have no bond: leave them out" in many


def test_parts_that_are_far_apart_are_named_by_their_nearest_nodes():
    message = refusal(np.vstack([CORNERS, CORNERS + np.array([0.05, 0])]), [*BRACED, *(4 + np.array(BRACED))])
    assert "; their nearest nodes are 2 and 5, 30 mm apart" in message or "nodes are 3 and 8, 30 mm apart" in message


@pytest.mark.parametrize(
    ("held", "motion"),
    [
        ([(0, "xy")], "to turn about (0, 0) mm"),
        ([(2, "xy")], "to turn about (20, 20) mm"),
        ([(0, "x"), (1, "y")], "to turn about (20, 0) mm"),
        ([(0, "y"), (1, "y")], "to slide along x"),
        ([(0, "x"), (3, "x")], "to slide along y"),
        ([(1, "x")], "to move as a rigid solid in 2 of 3 ways"),
    ],
)
def test_supports_that_do_not_hold_the_whole_are_named_with_its_motion(held, motion):
    fixed = np.zeros(CORNERS.shape, dtype=np.bool_)
    for node, components in held:
        fixed[node] |= ["x" in components, "y" in components]
    with pytest.raises(MechanismError, match=re.escape(f"; the supports leave the network as a whole free {motion}:")):
        Network(CORNERS, np.array(BRACED), fixed)


def test_supports_on_one_line_let_a_lattice_in_space_turn_about_it():
    network = octet(1, 1, 1, 0.02)
    for axis, along in enumerate("xyz"):
        others = [i for i in range(3) if i != axis]
        line = (network.nodes[:, others] == 0).all(axis=1)
        with pytest.raises(MechanismError, match=f"free to turn about an axis along {along}:"):
            Network(network.nodes, network.bonds, np.repeat(line[:, None], 3, axis=1))


def test_supports_that_hold_the_whole_are_no_cause():
    """The cause is elsewhere: a bond is missing."""
    assert "as a whole" not in refusal(CORNERS, BRACED[:4])


def test_a_frame_that_can_slide_is_refused_with_its_axis():
    """No model carries it, whatever its joints; one that can turn is left to models that clamp it."""
    fixed = np.zeros(CORNERS.shape, dtype=np.bool_)
    fixed[:2, 1] = True
    with pytest.raises(MechanismError, match="slide as a whole along x, where no support holds it"):
        Network(CORNERS, np.array(BRACED[:3]), fixed, rigid_joints=True)
    fixed[0] = True
    assert Network(CORNERS, np.array(BRACED[:3]), fixed, rigid_joints=True).rigid_joints
