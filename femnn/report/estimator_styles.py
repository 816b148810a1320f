"""Colours and dashes of estimators, the same in all figures: a colour for what is loaded, dashes for products."""

from femnn.insitu.estimators import ESTIMATORS, READINGS
from femnn.report.colours import COLOURS


def estimator_style(name: str) -> tuple[str, str]:
    """Return the colour and the dashes of an estimator.

    Estimators that load alike have one colour; products of elongations and one-sided nudges are dashed.
    """
    families = list(dict.fromkeys(_family(other) for other, it in ESTIMATORS.items() if it.applies_adjoint_force))
    family = _family(name)
    colour = COLOURS[families.index(family) % len(COLOURS)] if family in families else COLOURS[-1]
    estimator = ESTIMATORS[name]
    product = name in READINGS and READINGS[name].factors is not None and READINGS[name].order is not None
    return colour, "--" if product or (estimator.loss_pulls and estimator.order == 1) else "-"


def _family(name: str) -> str:
    if ESTIMATORS[name].loss_pulls:
        return "loss"
    return name.removesuffix("-product").removesuffix("-energy")
