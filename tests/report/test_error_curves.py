"""Curves of errors, bars by bond, and figures of rows."""

import numpy as np
import pytest

from femnn.config.quantities import GRAM_FORCE
from femnn.report.bond_bars import BondBars, bond_bars
from femnn.report.error_curves import error_curve
from femnn.report.figure import Figure, Panel, log_panel, stacked
from femnn.report.marks import Bars
from femnn.report.printed import printed
from femnn.report.texts import grams, listed


def test_an_error_is_named_with_its_order_where_it_has_one() -> None:
    """An error of zero is not drawn."""
    forces = GRAM_FORCE * np.geomspace(1e-2, 10, 7)
    curve = error_curve(forces, 1e-3 * forces**2, "centred-product", "centred")
    assert curve.name == "centred  (slope 2.00)"
    assert curve.x[-1] == pytest.approx(10)
    assert error_curve(forces, np.zeros(7), "product", "separate", fitted=False).name == "separate"
    assert np.isnan(error_curve(forces, np.zeros(7), "product", "separate").y).all()
    assert (
        printed(Figure("a", "", "", [[log_panel([curve], "", "force", "error")]], (4, 3))).axes[0].get_xscale() == "log"
    )


def test_bars_of_a_bond_stand_side_by_side() -> None:
    """About the place of the bond, without a gap; too many bonds are not drawn."""
    panel = bond_bars(["1–2", "2–3"], {"a": np.array([1.0, 2.0]), "b": np.array([3.0, -4.0])}, "k")
    first, second = (mark for mark in panel.marks if isinstance(mark, Bars))
    np.testing.assert_allclose(np.asarray(first.places) + np.asarray(second.places), [0.0, 2.0])
    np.testing.assert_allclose(np.asarray(second.places) - first.places, first.thickness)
    assert list(first.keys) == ["1–2", "2–3"]
    many = bond_bars(["x"] * (BondBars.limit + 1), {"a": np.ones(BondBars.limit + 1)}, "k")
    assert "bonds are more than" in Figure("a", "", "", [[many]], (4, 3)).too_large


def test_rows_are_stacked_and_empty_ones_left_out() -> None:
    """No figure is left where nothing is."""
    figure = stacked("a", "", "", [[Panel()], [], [Panel()]], 4.0, 2.0)
    assert figure is not None
    assert (len(figure.panels), figure.size) == (2, (4.0, 4.0))
    assert stacked("a", "", "", [[], []], 4.0, 2.0) is None


def test_forces_and_lists_are_written_for_readers() -> None:
    """Of any length."""
    assert grams(5 * GRAM_FORCE) == "5 gf"
    assert [listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
