"""Structures that are gone give back their memory, on several ranks too."""

import gc
from pathlib import Path

from mpi4py import MPI

from femnn.mechanics.models import MODELS
from femnn.mechanics.reclaim import reclaim
from femnn.mechanics.structure import Structure
from femnn.network.lattices import li2024

COMM = MPI.COMM_WORLD
STRUCTURES, VECTORS = 30, 12


def resident() -> float:
    """Memory of this process (kB)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4


def build() -> None:
    """A structure with the vectors that a solver of it has."""
    structure = Structure(MODELS["bar"], li2024(), COMM)
    vectors = [structure.vector() for _ in range(VECTORS)]
    assert len(vectors) == VECTORS


def test_vectors_of_structures_that_are_gone_are_released() -> None:
    """A vector that stays takes 7 kB, so that those of a structure would take 84 kB."""
    for _ in range(5):
        build()
        gc.collect()
    before = resident()
    for _ in range(STRUCTURES):
        build()
        gc.collect()
    reclaim(COMM)
    assert (resident() - before) / STRUCTURES < 30
