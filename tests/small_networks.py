"""Small networks under loads that deform them much, and stably: solids and frames of them are quick to solve."""

import numpy as np

from femnn.network.network import Network
from femnn.network.sections import Sections

BOND = 16e-3


def strip() -> Network:
    """Two triangles in a row, of five bonds; node 1 is held and node 2 is on a roller."""
    h = np.sqrt(3) / 2
    nodes = BOND * np.array([[0.0, 0.0], [1.0, 0.0], [0.5, -h], [1.5, -h]])
    fixed = np.array([[True, True], [False, True], [False, False], [False, False]])
    bonds = np.array([[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]])
    return Network(nodes, bonds, fixed, name="strip")


PULL = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, -0.3], [0.4, -0.3]])
"""Forces (N) that stretch all bonds of the strip."""


def spatial_frame() -> Network:
    """A crooked column of three bonds on node 1, tied to node 5 by two; it stands by rigid joints."""
    nodes = 1e-2 * np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [2.0, 2.0, 0.3], [1.5, 2.5, 2.0], [-0.5, 2.5, 1.0]])
    fixed = np.zeros(nodes.shape, dtype=np.bool_)
    fixed[[0, 4]] = True
    bonds = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [1, 4]])
    return Network(nodes, bonds, fixed, rigid_joints=True, name="spatial frame")


def cantilever() -> Network:
    """One bond in space, clamped at its first node."""
    nodes = BOND * np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    fixed = np.array([[True] * 3, [False] * 3])
    return Network(nodes, np.array([[0, 1]]), fixed, rigid_joints=True, name="cantilever")


def portal_frame() -> Network:
    """Two columns of steel of 3 m and a beam of 4 m, on clamped feet, nodes 1 and 4."""
    nodes = np.array([[0.0, 0.0], [0.0, 3.0], [4.0, 3.0], [4.0, 0.0]])
    fixed = np.array([[True, True], [False, False], [False, False], [True, True]])
    sections = Sections(*(np.array(value) for value in (210e9, 0.1, 0.2, 0.1, 0.3)))
    bonds = np.array([[0, 1], [1, 2], [2, 3]])
    return Network(nodes, bonds, fixed, sections, rigid_joints=True, name="portal frame")
