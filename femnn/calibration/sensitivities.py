"""Derivatives of the predicted products of elongations by all parameters.

Exact, by tangent and adjoint solves at the states in hand, for the modulus, the angles and the widths, and for the ends
of beams. Of bodies, where another shape is another mesh, ends and pads are varied by central differences of whole
predictions.
"""

import contextlib
import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from femnn.calibration.parameters import SHAPES, WIDTHS
from femnn.calibration.shapes import ENDS, EndDerivatives
from femnn.calibration.specimen import ANGLES, Specimen, turned
from femnn.comparing.protocol import Prediction, Protocol
from femnn.comparing.sensitivity import by_forces, by_stiffness, products_by
from femnn.errors import MeshError
from femnn.mechanics.beam import Beam
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

STEP = 0.05
"""Step of central differences over meshes of a body: large against what meshing anew changes by itself."""


def jacobian(specimen: Specimen, values: Floats, prediction: Prediction, experiment: Protocol) -> Floats:
    """Derivatives of the products of elongations by the parameters (m²), shape (B, n).

    Args:
        specimen: the lattice.
        values: its parameters, shape (n,).
        prediction: what it answers with them.
        experiment: what is hung on it.

    Raises:
        ConvergenceError: the model does not bear a load in another shape of its body.
        MeshError: no body of another shape can be built.
    """
    parameters, solver = specimen.parameters, specimen.solver(values)
    ends = _ends(specimen, solver)
    elongations = [
        _elongations(specimen, values, prediction.states[i], force, ANGLES[i], ends)
        for i, force in enumerate((experiment.forward, experiment.adjoint))
    ]
    columns = products_by(prediction, *elongations).T
    for name in SHAPES:
        place = parameters.place(name)
        if place is not None and ends is None:
            columns[:, place] = _difference(specimen, values, name, experiment)[:, None]
    return columns


def _ends(specimen: Specimen, solver: Equilibrium) -> EndDerivatives | None:
    """Exact derivatives by the ends, where they are asked for and the model is one of beams."""
    asked = any(specimen.parameters.place(name) is not None for name in ENDS)
    return EndDerivatives(solver.structure, specimen.options) if asked and isinstance(specimen.model, Beam) else None


def _elongations(
    specimen: Specimen, values: Floats, state: State, force: Floats, angle: str, ends: EndDerivatives | None
) -> Floats:
    """Derivatives of the elongations in one state (m), shape (n, B); zero for what is not exact."""
    parameters, solver = specimen.parameters, specimen.solver(values)
    rows = np.zeros((parameters.size, parameters.bonds))
    # Linear models read elongations along the bonds at rest
    seen = replace(state, displacements=np.zeros_like(state.displacements)) if specimen.model.linear else state
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


def _difference(specimen: Specimen, values: Floats, name: str, experiment: Protocol) -> Floats:
    """Central difference of the products of elongations (m²), shape (B,); one-sided where one body cannot be built."""
    step = np.zeros_like(values)
    step[specimen.parameters.place(name)] = STEP
    found = []
    for side in (1, 0, -1):
        # Bonds that lie over each other beside their node, as with shorter ends, make no body
        with contextlib.suppress(MeshError):
            found.append((side, specimen.predicted(values + side * step, experiment).gradient))
    if len(found) < 2:
        raise MeshError(
            f"{specimen.network.name}: no body can be built with a {name} that is {100 * STEP:g} % larger or smaller; "
            "leave it out of the parameters."
        )
    (first, above), (last, below) = found[0], found[-1]
    return (above - below) / ((first - last) * STEP)
