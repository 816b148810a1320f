"""Errors of estimates against the adjoint force: a colour for what is loaded, dashes for products, in all figures."""

import numpy as np

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.error_order import error_order
from femnn.insitu.estimators import ESTIMATORS, READINGS
from femnn.network.network import Floats
from femnn.report.colours import COLOURS
from femnn.report.marks import Curve

FORCE_LABEL = "adjoint force (gf)"
ERROR_LABEL = "relative error of the gradient"


def error_curve(
    forces: Floats, errors: Floats, estimator: str, name: str, fitted: bool = True, separator: str = "  "
) -> Curve:
    """Return the error of an estimator against the adjoint force (gf), named with its order where it has one.

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


def estimator_style(name: str) -> tuple[str, str]:
    """Return the colour and the dashes of an estimator.

    Estimators that load alike have one colour; products of elongations and one-sided nudges are dashed.
    """
    families = list(dict.fromkeys(_family(other) for other, it in ESTIMATORS.items() if it.applies_adjoint_force))
    family, estimator = _family(name), ESTIMATORS[name]
    colour = COLOURS[families.index(family) % len(COLOURS)] if family in families else COLOURS[-1]
    product = name in READINGS and READINGS[name].factors is not None and READINGS[name].order is not None
    return colour, "--" if product or (estimator.loss_pulls and estimator.order == 1) else "-"


def _family(name: str) -> str:
    return "loss" if ESTIMATORS[name].loss_pulls else name.removesuffix("-product").removesuffix("-energy")
