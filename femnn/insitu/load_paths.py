"""How far the states that an estimator reads are from rest: rotation, strain and share of the critical load.

A state lies at the end of a load path of one leg or two: the data's load or the adjoint force alone, from rest; or the
data's load and on top of it the adjoint force, of either sign. Each leg goes to some share of the load at which its
path has its first critical point, and the share of the state is the largest of those of its legs: 1 at a critical
point, more beyond it. Critical points are those of the network's own stiffness under dead loads. Of nudged states, on
which the loss itself pulls, the component of the pull along the adjoint force counts.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.experiment import Experiment
from femnn.insitu.reference_loads import LARGEST
from femnn.mechanics.elongation import elongations
from femnn.network.network import Network
from femnn.solving.critical import CriticalPoint, critical_point
from femnn.solving.path import ArcStepping
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

DATA, ADJOINT, ADDED, REVERSED, OF_SPRINGS = (
    "data's load",
    "adjoint force alone",
    "adjoint force on top of the data's load",
    "adjoint force reversed on top of the data's load",
    "adjoint force of the springs alone",
)
"""Names of the legs."""
SEARCHED = 4.0
"""Multiple of the data's load, or of the strongest adjoint force, up to which a critical point is looked for."""
FIRST_STEP = 0.1
"""First step on that way, as a share of the load or the strongest adjoint force."""
MOST_STEPS = 100
SAME = 1e-9
"""Difference of two unit patterns of forces that is rounding."""


class Reached(NamedTuple):
    """How far states are from rest, the largest over them."""

    stable: bool | None
    """Whether all of them are stable; None where the solver cannot tell."""
    largest_rotation: float
    """Angle between the chords of a bond at rest and in the state (rad)."""
    largest_strain: float
    """Elongation of a bond, of either sign, over its length."""
    legs: dict[str, float]
    """Load at the end of each leg (N), by its name."""


def chord_rotations(network: Network, displacements: Floats) -> Floats:
    """Return the angle between the chords of every bond at rest and displaced (rad), shape (B,).

    Args:
        network: the network.
        displacements: U (m), shape (N, d), of any size.
    """
    t, L = network.bond_vectors / network.lengths[:, None], network.lengths
    change = displacements[network.bonds[:, 1]] - displacements[network.bonds[:, 0]]
    along = (t * change).sum(axis=1)
    return np.asarray(np.arctan2(np.linalg.norm(change - along[:, None] * t, axis=1), L + along))


def reached(experiment: Experiment, linear: Experiment | None = None) -> Reached:
    """Return how far the states that an estimate has read are from rest.

    Of estimates that read nothing, as the exact one, and of differences of the loss, the forward state counts.

    Args:
        experiment: the experiment, its ``seen`` holding what one estimate has read.
        linear: that of the linear springs, where their adjoint force may have been applied.
    """
    network, states = experiment.solver.structure.network, list(experiment.seen) or [experiment.forward]
    ends: dict[str, float] = {}
    for state in states:
        for leg, load in _legs(experiment, linear, state):
            ends[leg] = max(load, ends.get(leg, 0.0))
    known = [state.stable for state in states]
    return Reached(
        False if False in known else None if None in known else True,
        max(float(chord_rotations(network, s.displacements).max()) for s in states),
        max(float(np.abs(elongations(network, s.displacements, "true") / network.lengths).max()) for s in states),
        ends,
    )


def _legs(experiment: Experiment, linear: Experiment | None, state: State) -> list[tuple[str, float]]:
    """The legs of a state's load path, each with the load at its end (N)."""
    data = (DATA, float(np.linalg.norm(experiment.forward.force)))
    if state is experiment.forward:
        return [data]
    unit = experiment.adjoint_force / experiment.adjoint_magnitude
    if experiment.on_top(state):
        added = float(((state.force - experiment.forward.force) * unit).sum())
        return [data, (ADDED if added > 0 else REVERSED, abs(added))]
    size = float(np.linalg.norm(state.force))
    own = float(np.abs(state.force / size - unit).max()) <= SAME
    return [(ADJOINT if own or linear is None else OF_SPRINGS, size)]


def critical_reversed(experiment: Experiment, strongest: float) -> tuple[float, CriticalPoint] | None:
    """Return where a model buckles under the data's load and on top of it the adjoint force reversed.

    Centred estimators apply it so.

    Args:
        experiment: the model in its case.
        strongest: adjoint force up to which to look (N).

    Returns:
        Strength of the adjoint force (N) and the critical point; None where the model is linear or carries that much.
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
        return None
    strength = point.load_factor - before
    return (strength, point) if strength <= strongest else None


def critical_loads(
    experiment: Experiment, linear: Experiment | None, strongest: float, known: Mapping[str, float]
) -> dict[str, float]:
    """Return the load (N) at which each leg has its first critical point, as far as there is one.

    None of linear models, which have no critical point, nor of legs on which there is none up to :data:`SEARCHED` times
    the load. Of solids and large structures, where a path costs much, only of legs that are known already.

    Args:
        experiment: the model in its case.
        linear: the linear springs in the same case, where their adjoint force may be applied.
        strongest: strongest adjoint force of the sweep (N).
        known: critical loads that are known already, as by :func:`critical_reversed`.
    """
    structure, found = experiment.solver.structure, dict(known)
    if structure.model.linear:
        return {}
    if not structure.model.traits.lines or structure.degrees_of_freedom > LARGEST:
        return found
    for leg, (push, start, load) in _pushes(experiment, linear, strongest).items():
        if leg in found or not load > 0:
            continue
        before = 0.0 if start is None else float((start.force * push).sum())
        stepping = ArcStepping(initial=FIRST_STEP * load, highest=before + SEARCHED * load, most_steps=MOST_STEPS)
        try:
            strength = critical_point(structure, push, stepping, start=start).load_factor - before
        except (ConvergenceError, InstabilityError):
            continue
        if 0 < strength <= SEARCHED * load:
            found[leg] = strength
    return found


def _pushes(
    experiment: Experiment, linear: Experiment | None, strongest: float
) -> dict[str, tuple[Floats, State | None, float]]:
    """Of every leg the unit pattern of its load, where it starts (rest where None), and the load that matters (N)."""
    unit, data = experiment.adjoint_force / experiment.adjoint_magnitude, experiment.forward.force
    # Where supports move too, the data's leg is no path under a dead load
    size, moved = float(np.linalg.norm(data)), experiment.prescribed is not None
    legs: dict[str, tuple[Floats, State | None, float]] = {
        DATA: (data / max(size, np.finfo(float).tiny), None, 0.0 if moved else size),
        ADJOINT: (unit, None, strongest),
        ADDED: (unit, experiment.forward, strongest),
        REVERSED: (-unit, experiment.forward, strongest),
    }
    if linear is not None:
        of_springs = linear.adjoint_force / linear.adjoint_magnitude
        if float(np.abs(of_springs - unit).max()) > SAME:
            legs[OF_SPRINGS] = (of_springs, None, strongest)
    return legs


def critical_share(legs: Mapping[str, float], critical: Mapping[str, float]) -> float:
    """Return the largest share of its critical load to which a leg goes; NaN where none has one that is known."""
    return max((load / critical[leg] for leg, load in legs.items() if leg in critical), default=float("nan"))
