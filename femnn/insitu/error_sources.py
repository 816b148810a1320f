"""Errors of a measured gradient by their sources: nonlinearity, camera, rounded weights, angles and creep.

Nonlinearity is never absent; each of the others is added to it alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from femnn.insitu.camera import Camera
from femnn.insitu.creeping import Protocol, crept_loads
from femnn.insitu.estimators import reading_estimator
from femnn.insitu.experiment import Experiment
from femnn.insitu.hanging import Answer, Strings
from femnn.mechanics.elongation import elongation_directions
from femnn.mechanics.viscoelasticity import Creep
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]
type Load = tuple[float, float]

NOTHING, NOISE, ROUNDING, ANGLE, CREEP, ALL = "nonlinearity", "camera", "rounding", "angle", "creep", "all"
SOURCES = (NOTHING, NOISE, ROUNDING, ANGLE, CREEP, ALL)


@dataclass(frozen=True, eq=False)
class BenchErrors:
    """What loads and material of a bench have of errors."""

    weight: float
    """Smallest weight (N), to multiples of which every load is rounded."""
    angle: float
    """Standard deviation of the angle by which a weight hangs askew (degrees)."""
    creep: Creep
    """Of the material."""
    wait: float
    """Time from hanging the data's load to its first reading (s)."""
    delay: float
    """Time between one reading and the next (s)."""


class ErrorSources:
    """What errors do to the gradient that one estimator has at one strength of the adjoint force."""

    def __init__(self, experiment: Experiment, estimator: str, s: float, bench: BenchErrors) -> None:
        """Nothing is solved yet.

        Args:
            experiment: of the model and the case.
            estimator: one of :data:`femnn.insitu.estimators.READINGS`.
            s: strength of the adjoint force, in units of the loss's own.
            bench: errors of loads and material.

        Raises:
            ConfigError: there is no such estimator.
        """
        self._experiment, self._how, self._s, self._bench = experiment, reading_estimator(estimator), s, bench

    def estimates(self, source: str, camera: Camera) -> Floats:
        """Draw measurements with one source of error, or with all, shape (looks, B); (1, B) where nothing is random.

        Args:
            source: one of :data:`SOURCES`.
            camera: takes as many pictures at once as there are measurements; its generator draws errors of loads, too.

        Raises:
            ConvergenceError, InstabilityError: a state is not carried.
        """
        experiment, bench = self._experiment, self._bench
        loads: Iterable[Load] = self._how.loads
        if source in (CREEP, ALL):
            loads = crept_loads(Protocol(self._how), bench.creep, bench.wait, bench.delay)
        seen = self._states(loads)
        elongations = np.array([experiment.computed_elongation(state) for state in seen])[:, None]
        energies = np.array([experiment.computed_energy(state) for state in seen])[:, None]
        if source in (ROUNDING, ANGLE, ALL):
            weight, angle = (0.0 if source == ANGLE else bench.weight), (0.0 if source == ROUNDING else bench.angle)
            stretched, stored = self._by_loads(weight, angle, camera.looks or 1, camera.generator)
            elongations, energies = elongations + stretched, energies + stored
        if source in (NOISE, ALL):
            off = np.array([self._by_camera(state, camera) for state in seen])
            energies = energies + 0.5 * ((elongations + off) ** 2 - elongations**2)
            elongations = elongations + off
        return self._how.combine(elongations, energies, self._s)

    def _states(self, loads: Iterable[Load]) -> list[State]:
        return [self._experiment.state(a, b * self._s) for a, b in loads]

    def _by_loads(
        self, weight: float, angle: float, repeats: int, generator: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """What errors of the loads do to elongations and energies, shape (states, repeats, B).

        The data's weights stay where they hang from one reading to the next; each adjoint force is hung again.
        """
        data = self._data.drawn(repeats, weight, angle, generator)
        stretched, stored = [], []
        for (a, b), (of_data, adjoint, of_adjoint) in zip(self._how.loads, self._answers, strict=True):
            hung = adjoint.drawn(repeats, weight, angle, generator)
            # Where no adjoint force hangs, none is off
            share = 1.0 if b else 0.0
            stretched.append(a * data @ of_data.elongations + share * hung @ of_adjoint.elongations)
            stored.append(a * data @ of_data.energies + share * hung @ of_adjoint.energies)
        return np.array(stretched), np.array(stored)

    @cached_property
    def _data(self) -> Strings:
        return Strings.of(self._experiment.force)

    @cached_property
    def _answers(self) -> list[tuple[Answer, Strings, Answer]]:
        """Of each state: its answer to changes of the data's load, and the strings of the adjoint force with theirs."""
        experiment, found = self._experiment, []
        for (_, b), state in zip(self._how.loads, self._states(self._how.loads), strict=True):
            adjoint = Strings.of((b * self._s or 1.0) * experiment.adjoint_force)
            found.append((self._data.answer(experiment, state), adjoint, adjoint.answer(experiment, state)))
        return found

    def _by_camera(self, state: State, camera: Camera) -> Floats:
        """Errors of the camera's elongations, shape (looks, B)."""
        network = self._experiment.solver.structure.network
        errors = camera.see(np.zeros_like(network.nodes), network.fixed)
        directions = elongation_directions(network, state.displacements, self._experiment.elongation)
        p, q = network.bonds.T
        return np.asarray((directions * (errors[..., q, :] - errors[..., p, :])).sum(axis=-1))
