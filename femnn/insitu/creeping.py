"""Readings of a lattice that creeps, one after another.

Under hung weights every part of a solid of one linear viscoelastic material creeps alike (correspondence principle): at
small strains its displacements are those of an elastic solid under the loads Σ ΔF_i J(t − t_i)/J(t₀). With large
rotations that is an approximation, for what has crept turns the bonds and loads are carried by other bonds than before.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.insitu.estimator_kinds import ReadingEstimator
from femnn.insitu.estimators import FORWARD, MINUS, PLUS, READINGS
from femnn.insitu.experiment import Experiment
from femnn.mechanics.viscoelasticity import Creep, superposed

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Protocol:
    """In which order an estimator loads and looks."""

    scheme: ReadingEstimator
    rested: bool = False
    """Whether the lattice recovers from one state before the next one is loaded."""


RESTED = "product (rested)"
BRACKETED = "centred-product (+ − +)"
EXTRA = {
    RESTED: Protocol(READINGS["product"], rested=True),
    BRACKETED: Protocol(
        ReadingEstimator("read +, −, +", (FORWARD, PLUS, MINUS, PLUS), (0, 0.25, -0.5, 0.25), (1, 0, 0, 0))
    ),
}
"""Further protocols by name."""
BASIS = {RESTED: "product", BRACKETED: "centred-product"}
"""The estimators that these are variants of."""


def protocols(estimators: Iterable[str]) -> dict[str, Protocol]:
    """Return the estimators as they are, and those variants of them that change what creep does, by name."""
    found = {}
    for name in estimators:
        found[name] = Protocol(READINGS[name])
        found |= {variant: protocol for variant, protocol in EXTRA.items() if BASIS[variant] == name}
    return found


def crept_loads(protocol: Protocol, creep: Creep, wait: float, delay: float) -> list[tuple[float, float]]:
    """Return the loads (a, b) under which an elastic lattice would look as the creeping one does at each reading.

    The data's load is hung at time 0 and read after the wait; each change of the load follows at once, and is read
    after the delay.

    Args:
        protocol: which states are read.
        creep: of the material; an elastic lattice is as stiff as this one after the wait.
        wait: time to the first reading of the data's load (s).
        delay: time between a change of the load and the reading (s).
    """
    a, b, time = 1.0, 0.0, wait
    data: list[tuple[float, float]] = [(0.0, 1.0)]
    adjoint: list[tuple[float, float]] = []
    found = []
    for load in protocol.scheme.loads:
        if load != (a, b):
            if protocol.rested:
                data, adjoint, a, b, time = [], [], 0.0, 0.0, 0.0
            data.append((time, load[0] - a))
            adjoint.append((time, load[1] - b))
            time += delay
            a, b = load
        found.append((superposed(creep, data, time, wait), superposed(creep, adjoint, time, wait)))
    return found


def crept_estimate(
    experiment: Experiment, protocol: Protocol, creep: Creep, wait: float, delay: float, s: float
) -> Floats:
    """Return dL/dk as measured without noise on a lattice that creeps, shape (B,).

    Args:
        experiment: of the elastic lattice.
        protocol: which states are read.
        creep: of the material.
        wait: time to the first reading of the data's load (s).
        delay: time between a change of the load and the reading (s).
        s: strength of the adjoint force, in units of the loss's own.

    Raises:
        ConvergenceError, InstabilityError: the lattice does not carry what it would look like under.
    """
    states = [experiment.state(a, b * s) for a, b in crept_loads(protocol, creep, wait, delay)]
    elongations = np.array([experiment.computed_elongation(state) for state in states])
    energies = np.array([experiment.computed_energy(state) for state in states])
    return protocol.scheme.combine(elongations, energies, s)
