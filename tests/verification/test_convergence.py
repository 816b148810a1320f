"""The order in which beams converge, and the fit that finds it."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn.verification.convergence import CELLS, ORDER, beam_convergence, fitted_order

COMM = MPI.COMM_WORLD


def test_displacement_and_rotation_converge_with_order_four() -> None:
    """Fitted over 2 to 16 cells a bond, in the plane, in space and on the lattice."""
    checks = list(beam_convergence(COMM))
    assert len(checks) == 6
    assert [(c.quantity, c.computed) for c in checks if not c.passed] == []


@pytest.mark.parametrize("order", [2, 3, ORDER])
def test_the_fit_finds_the_order_of_a_power(order: int) -> None:
    """Errors that fall as a power of the length of a cell give that power."""
    assert fitted_order(0.3 * np.array(CELLS, dtype=np.float64) ** -order) == pytest.approx(order)
