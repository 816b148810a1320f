"""Rigidity of a network of central-force bonds: connected parts, compatibility matrix, zero modes.

The compatibility matrix C maps node displacements to bond elongations, e = C u; its null space on the free components
are the mechanisms, motions that stretch no bond to first order (Pellegrino & Calladine, Int. J. Solids Struct. 22,
1986).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

DENSE_LIMIT = 600
"""Up to this many free components the null space comes from a dense singular value decomposition."""
ZERO_EIGENVALUE = 1e-12
"""Eigenvalues of CᵀC below this share of its scale are zero modes (its scale: about the number of bonds at a node)."""
WELL_HELD = 1e-3
"""Stiffness in every direction with which bonds to nodes at rest must hold a node to set it at rest (one bond: 1)."""


def connected_parts(nodes: int, bonds: Integers) -> Integers:
    """Number of the connected part to which each node belongs, shape (nodes,)."""
    adjacency = scipy.sparse.coo_array((np.ones(len(bonds)), (bonds[:, 0], bonds[:, 1])), shape=(nodes, nodes))
    return np.asarray(scipy.sparse.csgraph.connected_components(adjacency, directed=False)[1], dtype=np.int64)


def compatibility(nodes: Floats, bonds: Integers) -> scipy.sparse.csc_array:
    """Compatibility matrix C, shape (B, N·d): elongation of each bond to first order in the displacements.

    Args:
        nodes: coordinates, shape (N, d).
        bonds: end nodes, shape (B, 2).
    """
    count, dimension = nodes.shape
    vectors = nodes[bonds[:, 1]] - nodes[bonds[:, 0]]
    directions = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    columns = bonds[:, :, None] * dimension + np.arange(dimension)
    values = np.stack([-directions, directions], axis=1)
    rows = np.broadcast_to(np.arange(len(bonds))[:, None, None], columns.shape)
    places, shape = (rows.ravel(), columns.ravel()), (len(bonds), count * dimension)
    return scipy.sparse.csc_array((values.ravel(), places), shape=shape)


def nodes_at_rest(nodes: Floats, bonds: Integers, fixed: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Nodes that no zero mode moves, found by growth from the supports, shape (N,); sufficient, not necessary.

    A node that is bonded in d independent directions to nodes at rest is at rest itself. In most lattices this settles
    all nodes in a time linear in their number, where a null space in 3D takes minutes for 100,000 bonds; and it does
    not mistake the soft bending of a slender lattice for a zero mode.
    """
    count, dimension = nodes.shape
    vectors = nodes[bonds[:, 1]] - nodes[bonds[:, 0]]
    directions = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    ends = bonds.T.ravel()
    bonds_of_node = scipy.sparse.csr_array(
        (np.ones(ends.size), (ends, np.tile(np.arange(len(bonds)), 2))), (count, len(bonds))
    )
    stiffness = fixed[:, :, None] * np.eye(dimension)
    rest = fixed.all(axis=1)
    newest = np.flatnonzero(rest)
    while newest.size:
        touched = bonds_of_node[newest].indices
        others = bonds[touched].sum(axis=1) - np.repeat(newest, np.diff(bonds_of_node.indptr)[newest])
        np.add.at(stiffness, others, directions[touched, :, None] * directions[touched, None, :])
        reached = np.unique(others[~rest[others]])
        newest = reached[np.linalg.eigvalsh(stiffness[reached])[:, 0] > WELL_HELD]
        rest[newest] = True
    return np.asarray(rest)


def zero_modes(nodes: Floats, bonds: Integers, fixed: npt.NDArray[np.bool_], most: int = 6) -> Floats:
    """Displacement fields that stretch no bond and respect the supports, shape (modes, N, d), orthonormal.

    Above :data:`DENSE_LIMIT` free components at most ``most`` of them are found, by shift-and-invert.
    """
    free = np.flatnonzero(~(fixed | nodes_at_rest(nodes, bonds, fixed)[:, None]).ravel())
    if not free.size:
        return np.empty((0, *nodes.shape))
    matrix = compatibility(nodes, bonds)[:, free]
    vectors = _dense_null_space(matrix) if free.size <= DENSE_LIMIT else _sparse_null_space(matrix, most)
    modes = np.zeros((vectors.shape[1], nodes.size))
    modes[:, free] = vectors.T
    return modes.reshape(-1, *nodes.shape)


def _dense_null_space(matrix: scipy.sparse.csc_array) -> Floats:
    values, vectors = np.linalg.eigh((matrix.T @ matrix).toarray())
    return np.asarray(vectors[:, values < ZERO_EIGENVALUE * max(values[-1], 1.0)])


def _sparse_null_space(matrix: scipy.sparse.csc_array, most: int) -> Floats:
    gram = (matrix.T @ matrix).tocsc()
    scale = max(gram.diagonal().max(), 1.0)
    start = np.random.default_rng(0).standard_normal(gram.shape[0])
    # The shift is below all eigenvalues, so the factor exists, and near enough to zero that Lanczos converges at once.
    values, vectors = scipy.sparse.linalg.eigsh(gram, k=most, sigma=-1e-8 * scale, which="LM", v0=start)
    return np.asarray(vectors[:, values < ZERO_EIGENVALUE * scale])


def floppy_nodes(nodes: Floats, bonds: Integers, fixed: npt.NDArray[np.bool_]) -> Integers:
    """Indices of the nodes that some zero mode moves, ascending; empty for a rigid network."""
    amplitude = np.sqrt((zero_modes(nodes, bonds, fixed) ** 2).sum(axis=(0, 2)))
    return np.flatnonzero(amplitude > 1e-6)


def smallest_eigenvalue(nodes: Floats, bonds: Integers, fixed: npt.NDArray[np.bool_], stiffness: Floats) -> float:
    """Smallest eigenvalue of K = Cᵀ diag(k) C on the free components (N/m); zero for a mechanism.

    Args:
        nodes: coordinates (m), shape (N, d).
        bonds: end nodes, shape (B, 2).
        fixed: components that are held, shape (N, d).
        stiffness: k (N/m), shape (B,).
    """
    C = compatibility(nodes, bonds)[:, np.flatnonzero(~fixed.ravel())].toarray()
    return float(np.linalg.eigvalsh(C.T @ (stiffness[:, None] * C))[0])
