"""What a structure assembles, read as arrays over the network's nodes, the same on every rank."""

import numpy as np

from femnn.mechanics.structure import Structure


def random_displacement(structure: Structure, size: float, seed: int = 0) -> np.ndarray:
    """Displacements of the order of ``size`` times the mean length of the bonds, zero at supports, shape (N, d)."""
    network = structure.network
    values = np.random.default_rng(seed).uniform(-1, 1, network.nodes.shape)
    return np.where(network.fixed, 0.0, size * network.lengths.mean() * values)


def displace(structure: Structure, U: np.ndarray) -> None:
    """Bring the structure into a state with these displacements, zero at supports."""
    vector = structure.vector()
    structure.load(U, vector)
    structure.set_displacement(vector)


def energy(structure: Structure, U: np.ndarray) -> float:
    displace(structure, U)
    return structure.energy()


def internal_force(structure: Structure, U: np.ndarray) -> np.ndarray:
    displace(structure, U)
    vector = structure.vector()
    structure.assemble_internal_force(vector)
    return structure.measure(vector)


def tangent_times(structure: Structure, U: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """K at U times displacements of shape (n, N, d), zero at supports."""
    displace(structure, U)
    matrix, given, product = structure.matrix(), structure.vector(), structure.vector()
    structure.assemble_tangent(matrix)
    answers = []
    for direction in directions:
        structure.load(direction, given)
        matrix.mult(given, product)
        answers.append(structure.measure(product))
    return np.array(answers)
