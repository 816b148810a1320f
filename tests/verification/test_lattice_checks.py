"""Moduli of the triangular lattice of beams: the closed forms, the limit of bars, and what a wrong one would show."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn.mechanics.beam import Beam
from femnn.verification.lattice_checks import SLENDERNESS, WITHOUT_SHEAR, beam_lattice_moduli, moduli, star

COMM = MPI.COMM_WORLD


def test_moduli_are_those_of_the_closed_form_and_tend_to_those_of_bars() -> None:
    """Every figure is within its tolerance: 1e-7 of the closed forms, 1e-4 of 2k/√3 at L/w = 100."""
    checks = list(beam_lattice_moduli(COMM))
    assert len(checks) == 3 * len(SLENDERNESS) + 2 + 3
    assert [(c.quantity, c.computed, c.reference) for c in checks if not c.passed] == []


def test_the_departure_from_bars_falls_with_the_square_of_the_width() -> None:
    """Rigid joints stiffen the lattice by 2/3 (w/L)² and take 4/9 (w/L)² from Poisson's ratio, to leading order."""
    for slenderness in (40, 100):
        found = moduli(WITHOUT_SHEAR, slenderness, COMM)
        assert (found.young - 1) * slenderness**2 == pytest.approx(2 / 3, rel=1e-3)
        assert (1 / 3 - found.poisson) * slenderness**2 == pytest.approx(4 / 9, rel=1e-3)


def test_one_cell_a_bond_is_enough() -> None:
    """The energy of a beam bent by its ends alone is exact with one quadratic cell and two points: nothing locks."""
    coarse, fine = (moduli(Beam("modulus", cells, shear_factor=1e6), 100, COMM) for cells in (1, 8))
    assert (coarse.young, coarse.poisson) == pytest.approx((fine.young, fine.poisson), rel=1e-7)


def test_the_star_is_a_piece_of_the_lattice() -> None:
    """Twelve bonds of one length, six of them at the node in the middle."""
    network = star(8)
    assert network.lengths == pytest.approx(np.full(12, 16e-3))
    assert np.bincount(network.bonds.ravel()).tolist() == [6, 3, 3, 3, 3, 3, 3]
