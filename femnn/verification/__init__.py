"""Computed figures against published and closed-form ones; ``femnn verify`` prints them all."""

from mpi4py import MPI

from femnn.verification import beams, gradients, mechanics
from femnn.verification.check import Check, print_checks

__all__ = ["Check", "print_checks", "run_checks"]

PARTS = (
    gradients.published_gradients,
    gradients.published_errors,
    gradients.orders,
    gradients.taylor,
    mechanics.snap_through,
    mechanics.lattice_moduli,
    beams.elastica,
    beams.roll_up,
    beams.bend,
)


def run_checks(comm: MPI.Comm) -> list[Check]:
    """All checks, on the ranks of ``comm``."""
    return [check for part in PARTS for check in part(comm)]
