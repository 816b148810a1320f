"""What a model looks like under the data's load, and what it takes to make it buckle."""

from typing import Any

import numpy as np

from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.experiment import Experiment
from femnn.mechanics.drawn import drawn
from femnn.solving.critical import critical_point
from femnn.solving.path import ArcStepping

LARGEST = 20_000
"""Cells up to which a shape is recorded to be drawn."""
DIGITS = 8
"""Decimals of a recorded coordinate (m)."""
FIRST_STEP = 0.1
"""First step on the way to a critical point, as a share of the strength up to which it is looked for."""


def recorded(experiment: Experiment) -> dict[str, Any] | None:
    """The forward state as lines or triangles; None where there are too many."""
    structure = experiment.solver.structure
    structure.set_values(experiment.forward.values)
    shape = drawn(structure)
    if len(shape.bonds) > LARGEST:
        return None
    places = {"rest": shape.rest[:, :, :2], "moved": shape.moved[:, :, :2]} if _flat(experiment) else vars(shape)
    return {name: np.round(places[name], DIGITS).tolist() for name in ("rest", "moved")} | {
        "bonds": shape.bonds.tolist()
    }


def _flat(experiment: Experiment) -> bool:
    return experiment.solver.structure.network.dimension == 2


def stability(experiment: Experiment, strongest: float) -> dict[str, Any] | None:
    """Strength of the adjoint force, against the direction that the loss asks for, at which the model buckles.

    On top of the data's load, as centred estimators apply it.

    Args:
        experiment: the model in its case.
        strongest: adjoint force up to which to look (N).

    Returns:
        Strength (N), kind of the critical point and displacements of its mode; or nothing but ``strongest`` where the
        model carries that much. None for linear models, which cannot tell.
    """
    structure = experiment.solver.structure
    if structure.model.linear:
        return None
    push = -experiment.adjoint_force / experiment.adjoint_magnitude
    before = float((experiment.force * push).sum())
    stepping = ArcStepping(initial=FIRST_STEP * strongest, highest=before + strongest)
    try:
        point = critical_point(structure, push, stepping, start=experiment.forward)
    except (ConvergenceError, InstabilityError):
        return {"borne": strongest}
    strength = point.load_factor - before
    if strength > strongest:
        return {"borne": strongest}
    return {"strength": strength, "kind": point.kind, "mode": point.mode.displacements.tolist()}
