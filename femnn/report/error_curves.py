"""Errors of estimates against the adjoint force, a curve an estimator."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.error_order import error_order
from femnn.report.estimator_styles import estimator_style
from femnn.report.figure import Axis, Panel
from femnn.report.marks import Curve, Mark

type Floats = npt.NDArray[np.float64]

FORCE = Axis("adjoint force (gf)", "log", grid=True, margin=0.01)


def error_curve(
    forces: Floats, errors: Floats, estimator: str, name: str, fitted: bool = True, separator: str = "  "
) -> Curve:
    """Return the error of an estimator, named with its order where it has one.

    Args:
        forces: adjoint forces (N), shape (n,), ascending.
        errors: errors at these, shape (n,).
        estimator: whose colour and dashes the curve has.
        name: of the curve.
        fitted: whether the order is written.
        separator: between the name and the order.
    """
    exponent = error_order(forces, errors) if fitted else None
    label = name if exponent is None else f"{name}{separator}(slope {exponent:.2f})"
    colour, dashes = estimator_style(estimator)
    drawn = np.where(errors > 0, errors, np.nan)
    return Curve(x=forces / GRAM_FORCE, y=drawn, name=label, colour=colour, dashes=dashes)


def error_panel(marks: Sequence[Mark], y_label: str, title: str = "", name_gap: float = 0.052) -> Panel:
    """Return curves on logarithmic axes against the adjoint force (gf), each named at its end.

    Args:
        marks: curves and what else is drawn.
        y_label: of the vertical axis.
        title: of the panel.
        name_gap: between two names, as a share of the height.
    """
    return Panel(marks, title, FORCE, Axis(y_label, "log", grid=True), legend="ends", name_gap=name_gap)
