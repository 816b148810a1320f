"""Derivatives of the predicted products of elongations by all parameters.

Exact, by tangent and adjoint solves at the states in hand, for the modulus, the angles and the widths, and for the ends
of beams. Of solids, where another shape is another mesh, ends and pads are varied by central differences of whole
predictions.
"""

import contextlib
import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.measured.calibration.calibrated_lattice import ANGLES, CalibratedLattice, turned
from femnn.measured.calibration.parameters import SHAPES, WIDTHS
from femnn.measured.calibration.shape_derivatives import ENDS, EndDerivatives
from femnn.measured.comparison.elongation_derivatives import by_forces, by_stiffness, products_by
from femnn.measured.comparison.protocol import Prediction, Protocol
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

STEP = 0.05
"""Step of central differences over meshes of a solid: large against what another mesh changes by itself."""


def jacobian(calibrated: CalibratedLattice, values: Floats, prediction: Prediction, experiment: Protocol) -> Floats:
    """Derivatives of the products of elongations by the parameters (m²), shape (B, n).

    Args:
        calibrated: the lattice.
        values: its parameters, shape (n,).
        prediction: what it answers with them.
        experiment: what is hung on it.

    Raises:
        ConvergenceError: the model has no stable equilibrium under a load in another shape of its solid.
        MeshError: no solid of another shape can be built.
    """
    parameters, solver = calibrated.parameters, calibrated.solver(values)
    ends = _ends(calibrated, solver)
    elongations = [
        _elongations(calibrated, values, prediction.states[i], force, ANGLES[i], ends)
        for i, force in enumerate((experiment.forward, experiment.adjoint))
    ]
    columns = products_by(prediction, *elongations).T
    for name in SHAPES:
        place = parameters.place(name)
        if place is not None and ends is None:
            columns[:, place] = _difference(calibrated, values, name, experiment)[:, None]
    return columns


def _ends(calibrated: CalibratedLattice, solver: Equilibrium) -> EndDerivatives | None:
    """Exact derivatives by the ends, where they are asked for and the model is one of beams."""
    asked = any(calibrated.parameters.place(name) is not None for name in ENDS)
    exact = asked and calibrated.model.traits.exact_shape_derivatives
    return EndDerivatives(solver.structure, calibrated.options) if exact else None


def _elongations(
    calibrated: CalibratedLattice, values: Floats, state: State, force: Floats, angle: str, ends: EndDerivatives | None
) -> Floats:
    """Derivatives of the elongations in one state (m), shape (n, B); zero for what is not exact."""
    parameters, solver = calibrated.parameters, calibrated.solver(values)
    rows = np.zeros((parameters.size, parameters.bonds))
    # Linear models read elongations along the bonds at rest
    seen = replace(state, displacements=np.zeros_like(state.displacements)) if calibrated.model.linear else state
    directions = {"modulus": -state.force}
    if parameters.place(angle) is not None:
        scale = math.exp(parameters.one(values, "modulus"))
        directions[angle] = turned(force, parameters.one(values, angle) + math.pi / 2) / scale
    asked = {name: place for name in directions if (place := parameters.place(name)) is not None}
    if asked:
        changes = by_forces(solver, seen, [directions[name] for name in asked])
        for place, change in zip(asked.values(), changes, strict=True):
            rows[place] = change
    place = parameters.place(WIDTHS)
    if place is not None:
        # k follows the width, so that dk/dlog w = k
        rows[place] = (by_stiffness(solver, seen) * solver.structure.stiffness).T
    if ends is not None:
        names = [name for name in ENDS if parameters.place(name) is not None]
        for name, change in zip(names, ends.by_ends(state, names), strict=True):
            rows[parameters.place(name)] = change
    return rows


def _difference(calibrated: CalibratedLattice, values: Floats, name: str, experiment: Protocol) -> Floats:
    """Central difference of the products of elongations (m²), shape (B,); one-sided where one solid cannot be built."""
    step = np.zeros_like(values)
    step[calibrated.parameters.place(name)] = STEP
    found = []
    for side in (1, 0, -1):
        # Bonds that lie over each other beside their node, as with shorter ends, make no solid
        with contextlib.suppress(MeshError):
            found.append((side, calibrated.predicted(values + side * step, experiment).gradient))
    if len(found) < 2:
        raise MeshError(
            f"{calibrated.network.name}: no solid can be built with a {name} that is {100 * STEP:g} % larger or "
            "smaller; leave it out of the parameters."
        )
    (first, above), (last, below) = found[0], found[-1]
    return (above - below) / ((first - last) * STEP)
