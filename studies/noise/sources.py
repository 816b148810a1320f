"""Each source of error alone, and all of them together, at one strength of the adjoint force."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.insitu.camera import Camera
from femnn.insitu.estimators import reading_estimator
from femnn.insitu.experiment import Experiment
from femnn.mechanics.elongation import elongation_directions
from femnn.mechanics.viscoelasticity import Creep
from femnn.solving.state import State

from .creeping import Protocol, crept_loads
from .hanging import Answer, Strings
from .settings import BenchSettings

type Floats = npt.NDArray[np.float64]

NOTHING, NOISE, ROUNDING, ANGLE, CREEP, ALL = "nonlinearity", "camera", "rounding", "angle", "creep", "all"
SOURCES = (NOTHING, NOISE, ROUNDING, ANGLE, CREEP, ALL)
"""What is never absent, what is added to it alone, and everything at once."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Estimates of dL/dk with one source of error."""

    source: str
    estimates: Floats
    """Of shape (repeats, B)."""


class Sources:
    """The states of one strength of the adjoint force, and what errors do to them."""

    def __init__(self, experiment: Experiment, bench: BenchSettings, creep: Creep, wait: float, camera: Camera) -> None:
        """Find the strings on which the loads hang.

        Args:
            experiment: of the model and the case.
            bench: weights, angle and delay.
            creep: of the material.
            wait: time to the first reading of the data's load (s).
            camera: takes as many pictures at once as there are measurements.
        """
        self._lab, self._bench, self._creep, self._wait, self._camera = experiment, bench, creep, wait, camera
        self._repeats = camera.looks or 1
        self._data = Strings.of(experiment.force)
        self._answers: dict[tuple[float, float], tuple[Answer, Answer]] = {}

    def measured(self, name: str, s: float, generator: np.random.Generator) -> Iterator[Measured]:
        """Estimates with each source of error, and with all."""
        for source in SOURCES:
            yield Measured(source, self._estimates(name, s, source, generator))

    def _estimates(self, name: str, s: float, source: str, generator: np.random.Generator) -> Floats:
        experiment, bench, how = self._lab, self._bench, reading_estimator(name)
        nominal = [experiment.state(a, b * s) for a, b in how.loads]
        seen = nominal
        if source in (CREEP, ALL):
            loads = crept_loads(Protocol(how), self._creep, self._wait, bench.delay)
            seen = [experiment.state(a, b * s) for a, b in loads]
        elongations = np.array([experiment.computed_elongation(state) for state in seen])[:, None]
        energies = np.array([experiment.computed_energy(state) for state in seen])[:, None]
        if source in (ROUNDING, ANGLE, ALL):
            weight = 0.0 if source == ANGLE else bench.weight
            angle = 0.0 if source == ROUNDING else bench.angle
            changes = self._changed(how.loads, nominal, s, weight, angle, generator)
            elongations, energies = elongations + changes[0], energies + changes[1]
        if source in (NOISE, ALL):
            off = np.array([self._off(state) for state in seen])
            energies = energies + 0.5 * ((elongations + off) ** 2 - elongations**2)
            elongations = elongations + off
        return how.combine(elongations, energies, s)

    def _changed(
        self,
        loads: tuple[tuple[float, float], ...],
        states: list[State],
        s: float,
        weight: float,
        angle: float,
        generator: np.random.Generator,
    ) -> tuple[Floats, Floats]:
        """What errors of the loads do to elongations and energies, shape (states, repeats, B).

        The data's weights stay where they hang from one reading to the next; each adjoint force is hung again.
        """
        data = self._data.drawn(self._repeats, weight, angle, generator)
        stretched, stored = [], []
        for (a, b), state in zip(loads, states, strict=True):
            of_data, of_adjoint, strings = self._answer(a, b * s, state)
            adjoint = strings.drawn(self._repeats, weight if b else 0.0, angle, generator)
            stretched.append(a * data @ of_data.elongations + adjoint @ of_adjoint.elongations)
            stored.append(a * data @ of_data.energies + adjoint @ of_adjoint.energies)
        return np.array(stretched), np.array(stored)

    def _answer(self, a: float, b: float, state: State) -> tuple[Answer, Answer, Strings]:
        strings = Strings.of(self._lab.adjoint_force * (b or 1.0))
        if b == 0:
            strings = Strings(strings.along, strings.across, 0.0 * strings.carried)
        if (a, b) not in self._answers:
            self._answers[a, b] = self._data.answer(self._lab, state), strings.answer(self._lab, state)
        return *self._answers[a, b], strings

    def _off(self, state: State) -> Floats:
        """Errors of the camera's elongations, shape (repeats, B)."""
        experiment = self._lab
        network = experiment.solver.structure.network
        errors = self._camera.see(np.zeros_like(network.nodes), network.fixed)
        directions = elongation_directions(network, state.displacements, experiment.elongation)
        return np.asarray((directions * (errors[:, network.bonds[:, 1]] - errors[:, network.bonds[:, 0]])).sum(axis=-1))
