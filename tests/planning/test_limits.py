"""Limits: Euler's load bond by bond, and the gap between bonds that are not joined."""

from dataclasses import replace

import numpy as np
import pytest
from reference import NETWORKS

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.scales import euler_loads
from femnn.planning.limits import Limits, _distances

pytestmark = pytest.mark.serial


def test_euler_load_of_the_printed_bond():
    """π² E t w³/(12 L²): 2.9 gf, in space by the smaller side of the section."""
    plane = NETWORKS["2D"]
    np.testing.assert_allclose(euler_loads(plane), np.pi**2 * 0.55e6 * (2e-3) ** 4 / 12 / 16e-3**2)
    assert euler_loads(plane)[0] / GRAM_FORCE == pytest.approx(2.88, abs=0.01)
    space = NETWORKS["3D"]
    flat = replace(space, sections=replace(space.sections, thickness=0.5 * space.sections.thickness))
    np.testing.assert_allclose(euler_loads(flat), euler_loads(space) / 8)


@pytest.mark.parametrize("dimension", [2, 3])
def test_distance_of_segments_is_the_least_of_all_their_points(dimension):
    """Against points along both, for segments that pass, meet and run side by side."""
    one, other = np.random.default_rng(0).normal(size=(2, 200, 2, dimension))
    other[:20] = one[:20] + 0.3
    t = np.linspace(0, 1, 201)[:, None]
    points = [(1 - t) * s[:, None, 0] + t * s[:, None, 1] for s in (one, other)]
    sampled = np.linalg.norm(points[0][:, :, None] - points[1][:, None], axis=-1).min(axis=(1, 2))
    found = _distances(one, other)
    assert (found <= sampled + 1e-12).all()
    assert (sampled - found).max() < 0.03


def test_gap_at_rest_and_where_bonds_meet():
    """Rows of the triangular lattice are a height apart, less a width; a node pushed into a bond closes the gap."""
    network = NETWORKS["2D"]
    limits, still = Limits(network), np.zeros_like(network.nodes)
    none = np.zeros(len(network.bonds))
    strain = limits.strain(still, network.stiffness, none)
    assert strain.share == 0
    assert strain.gap == pytest.approx(16e-3 * np.sqrt(3) / 2 - 2e-3, rel=1e-6)
    pushed = still.copy()
    pushed[network.index(14), 1] = 12.5e-3
    strain = limits.strain(pushed, network.stiffness, none)
    assert strain.gap < 0
    assert strain.between is not None


def test_the_bond_that_is_compressed_most_is_named():
    network = NETWORKS["2D"]
    elongation = np.zeros(len(network.bonds))
    elongation[[3, 7]] = -1e-4, -2e-4
    strain = Limits(network).strain(np.zeros_like(network.nodes), network.stiffness, elongation)
    assert strain.bond == 7
    assert strain.compression == pytest.approx(network.stiffness[7] * 2e-4)
    assert strain.share == pytest.approx(strain.compression / euler_loads(network)[7])
