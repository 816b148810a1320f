"""P of solids: regions read linear fields as they are at their nodes, and forces spread over them have no moment."""

import numpy as np
import pytest
from lattice_solids import SPACES, solid
from mpi4py import MPI

from femnn.mechanics.measuring import displacement_space
from femnn.mechanics.structure import Structure

each_space = pytest.mark.parametrize("name", SPACES)


def interpolate(structure: Structure, gradient: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Bring a solid into the displacement G X + c; returns it at the nodes, shape (N, d)."""
    dimension = len(shift)
    part = structure.displacement.sub(0) if structure.space.dofmap.index_map_bs == 1 else structure.displacement
    structure.displacement.x.array[:] = 0.0
    part.interpolate(lambda x: gradient @ x[:dimension] + shift[:, None])
    structure.displacement.x.scatter_forward()
    nodes = structure.network.nodes
    return np.pad(nodes, ((0, 0), (0, dimension - nodes.shape[1]))) @ gradient.T + shift


def components(structure: Structure) -> int:
    return int(displacement_space(structure.space)[0].dofmap.index_map_bs)


@each_space
def test_linear_fields_are_read_exactly(name: str) -> None:
    """P u = G X_n + c to rounding at every node, at the boundary too, where the regions have no symmetry."""
    structure, random = solid(name), np.random.default_rng(0)
    d = components(structure)
    expected = interpolate(structure, random.uniform(-1, 1, (d, d)), 1e-2 * random.uniform(-1, 1, d))
    found = structure.measure_all(structure.displacement.x.petsc_vec)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(structure.measure(structure.displacement.x.petsc_vec), found[:, :2])


@each_space
def test_forces_keep_their_resultant_and_have_no_moment(name: str) -> None:
    """(Pᵀ f)·v = f·v(X_n) for translations v, and 0 for rotations about the node: f acts at the node, not beside it."""
    structure = solid(name)
    network, d = structure.network, components(structure)
    for node in np.flatnonzero(~network.fixed.any(axis=1)):
        force = np.zeros_like(network.nodes)
        force[node] = [0.3, -0.7]
        loaded = structure.vector()
        structure.load(force, loaded)
        scale = loaded.norm() * 1e-2
        centre = np.pad(network.nodes[node], (0, d - 2))
        for axis in range(d):
            interpolate(structure, np.zeros((d, d)), np.eye(d)[axis])
            work = loaded.dot(structure.displacement.x.petsc_vec)
            assert work == pytest.approx(np.pad(force[node], (0, d - 2))[axis], abs=1e-12)
        for i, j in [(0, 1), (1, 2), (2, 0)][: {2: 1, 3: 3}[d]]:
            spin = np.zeros((d, d))
            spin[i, j], spin[j, i] = -1.0, 1.0
            interpolate(structure, spin, -spin @ centre)
            assert abs(loaded.dot(structure.displacement.x.petsc_vec)) < 1e-13 * scale


@each_space
def test_measuring_and_loading_are_adjoint(name: str) -> None:
    """f·(P u) = (Pᵀ f)·u for every u that the supports allow: what makes the solid reciprocal."""
    structure = solid(name)
    forces, loaded, u = np.random.default_rng(0).normal(size=(4, 2)), structure.vector(), structure.vector()
    structure.load(forces, loaded)
    u.array_w[:] = np.random.default_rng(MPI.COMM_WORLD.rank).normal(size=len(u.array_r))
    u.array_w[structure.fixed] = 0.0
    np.testing.assert_allclose((forces * structure.measure(u)).sum(), loaded.dot(u), rtol=1e-11)


@each_space
def test_what_is_free_to_press_makes_a_saddle_point(name: str) -> None:
    """Pressures alone are multipliers, and those within the region of a node that is held are held too."""
    structure = solid(name)
    assert (structure.saddle_points > 0) == (structure.model.formulation == "mixed")
    if structure.saddle_points:
        pressures = structure.space.sub(1).collapse()[0].dofmap.index_map.size_global
        assert pressures - 20 < structure.saddle_points < pressures
