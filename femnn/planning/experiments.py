"""Experiments that a set of weights can make, with the states that they lead to."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.camera import Camera
from femnn.insitu.estimator_kinds import ReadingEstimator
from femnn.insitu.estimators import FORWARD, READINGS
from femnn.insitu.expected_error import Expected, expected, noiseless_readings
from femnn.insitu.experiment import Experiment
from femnn.losses import ProjectedError, SquaredError
from femnn.planning.limits import Limits, Strain
from femnn.planning.plan_settings import PlanSettings
from femnn.planning.refusals import Limit, Refusal, require_strain
from femnn.planning.weight_sets import Hung, WeightSet, force_of, grams, hung, netted
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

ROUNDED = 0.2
"""Share of the data's load by which the weights may miss it; what they miss is in the expected error."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """An experiment: what hangs in each state, and what comes of it."""

    experiment: Experiment
    """With the data's load as it hangs, and targets scaled."""
    scale: float
    """Factor on the data's load and on the targets."""
    estimator: str
    strength: float
    """s: the adjoint force as it hangs, in units of the loss's own."""
    hung: tuple[tuple[Hung, ...], ...]
    """What hangs in each state, in the order of reading."""
    states: tuple[State, ...]
    strains: tuple[Strain, ...]
    predicted: Expected
    """Of the scaled case; divided by the square of the scale it is the gradient."""

    @property
    def reading(self) -> ReadingEstimator:
        """How the readings are put together."""
        return READINGS[self.estimator]

    def error(self, exact: Floats, repeats: int) -> float:
        """Root of the mean square relative L2 error against dL/dk of the case as it stands, shape (B,)."""
        return self.predicted.error(self.scale**2 * exact, repeats)


class Candidates:
    """All experiments on one network in one case."""

    def __init__(
        self, solver: Equilibrium, force: Floats, loss: SquaredError | ProjectedError, settings: PlanSettings
    ) -> None:
        """Nothing is solved yet.

        Args:
            solver: of the model.
            force: the data's load as the case has it (N), shape (N, d).
            loss: the loss.
            settings: the plan's, with weights (:meth:`PlanSettings.at_hand`).
        """
        self._solver, self._force, self._loss, self._settings = solver, force, loss, settings
        self._network = solver.structure.network
        # Callers have had settings.at_hand say what there is
        assert settings.weights is not None
        assert settings.largest is not None
        self._largest = settings.largest
        self._limits, self._weights = Limits(self._network), WeightSet(settings.weights)
        self._camera = Camera(
            settings.noise,
            correlation_length=settings.correlation_length,
            shake=settings.shake,
            nodes=self._network.nodes,
        )
        self.refusals: list[Refusal] = []
        self._strains: dict[int, Strain] = {}

    def all(self) -> Iterator[Candidate]:
        """Those that are admissible; why others are not is kept in ``refusals``."""
        for scale in self._settings.scales:
            try:
                yield from self._scaled(scale)
            except Refusal as refusal:
                self.refusals.append(refusal)

    def _scaled(self, scale: float) -> Iterator[Candidate]:
        data = hung(self._network, scale * self._force, self._weights)
        self._require_strings(data, "the data's load")
        wanted = scale * self._force
        missed = float(np.linalg.norm(force_of(self._network, data) - wanted) / np.linalg.norm(wanted))
        if missed > ROUNDED:
            raise Refusal(
                Limit.WEIGHTS,
                f"the weights make {scale:g} times the data's load only to within {missed:.0%}; add others, or change "
                "scales.",
            )
        loss = self._loss.scaled(scale)
        experiment = Experiment(self._solver, force_of(self._network, data), loss)
        self._state(experiment, data, "the data's load")
        if not experiment.adjoint_force.any():
            raise Refusal(Limit.WEIGHTS, f"at scale {scale:g} the loss asks for no adjoint force; change its targets.")
        for name in self._settings.choice:
            for total in self._weights.sums(self._largest):
                try:
                    yield self._candidate(experiment, scale, name, total, data)
                except Refusal as refusal:
                    self.refusals.append(refusal)

    def _candidate(self, experiment: Experiment, scale: float, name: str, total: float, data: list[Hung]) -> Candidate:
        network, how = self._network, READINGS[name]
        allowed = self._settings.readings
        if allowed is not None and allowed < len(how.loads):
            raise Refusal(
                Limit.PICTURES,
                f"{name} takes {len(how.loads)} pictures, and {allowed} are allowed; allow more (readings).",
            )
        wanted = total * experiment.adjoint_force / experiment.adjoint_magnitude
        superposed = any(a and b for a, b in how.loads)
        taken = [piece for string in data for piece in string.pieces] if superposed else []
        adjoint = hung(network, wanted, self._weights, taken)
        if not all(string.pieces for string in adjoint):
            raise Refusal(
                Limit.WEIGHTS, f"the weights do not make an adjoint force of {grams(total)}; add smaller ones."
            )
        force = force_of(network, adjoint)
        strength = float((force * experiment.adjoint_force).sum() / experiment.adjoint_magnitude**2)
        hangs = [self._hanging(data, adjoint, load, taken) for load in how.loads]
        states, strains = zip(
            *(self._state(experiment, strings, f"{name} with {grams(total)}") for strings in hangs), strict=True
        )
        read = noiseless_readings(experiment, list(states), self._camera)
        return Candidate(
            experiment, scale, name, strength, tuple(map(tuple, hangs)), states, strains, expected(how, read, strength)
        )

    def _hanging(
        self, data: list[Hung], adjoint: list[Hung], load: tuple[float, float], taken: list[float]
    ) -> list[Hung]:
        """What hangs in a state a f + b s g."""
        a, b = load
        strings = list(data) if a else []
        if b in (1, -1):
            strings += adjoint if b > 0 else [string.turned() for string in adjoint]
        elif b:
            pieces = self._weights.hang([b * string.weight for string in adjoint], taken)
            if any(abs(sum(own) - b * string.weight) > 1e-9 for own, string in zip(pieces, adjoint, strict=True)):
                raise Refusal(Limit.WEIGHTS, "the weights do not make the adjoint force and its double; add more.")
            strings += [Hung(s.node, s.axis, s.sign, own) for s, own in zip(adjoint, pieces, strict=True)]
        strings = netted(strings, self._weights)
        self._require_strings(strings, "the load" if load != FORWARD else "the data's load")
        return strings

    def _require_strings(self, strings: list[Hung], what: str) -> None:
        """Refuse loads that are too heavy, or point where they may not."""
        settings, largest, total = self._settings, self._largest, sum(string.weight for string in strings)
        if not all(string.pieces for string in strings):
            raise Refusal(Limit.WEIGHTS, f"the weights do not make {what}; add smaller ones, or other scales.")
        if total > largest * (1 + 1e-9):
            raise Refusal(
                Limit.WEIGHTS,
                f"{what} is {grams(total)}, more than {grams(largest)}; allow more (largest) or hang less (scales).",
                total / largest,
            )
        bent = next((string for string in strings if not string.down(self._network.dimension)), None)
        if bent is not None and not settings.pulleys:
            raise Refusal(
                Limit.PULLEYS, f"{what} at node {bent.node} does not point down; allow pulleys, or turn the lattice."
            )

    def _state(self, experiment: Experiment, strings: list[Hung], what: str) -> tuple[State, Strain]:
        """The equilibrium under what hangs, where the lattice carries it."""
        force = force_of(self._network, strings)
        near = bool((force * experiment.force).sum() > 0.5 * (experiment.force**2).sum())
        try:
            state = (
                experiment.forward
                if np.array_equal(force, experiment.force)
                else experiment.under(force, experiment.forward if near else None)
            )
        except (ConvergenceError, InstabilityError) as error:
            raise Refusal(Limit.EQUILIBRIUM, f"{what}: {error}", 2.0) from None
        if state.stable is False:
            raise Refusal(Limit.EQUILIBRIUM, f"{what} makes the lattice buckle; hang less (scales, largest).", 2.0)
        if id(state) not in self._strains:
            elongation = experiment.computed_elongation(state)
            self._strains[id(state)] = self._limits.strain(state.displacements, state.stiffness, elongation)
        strain = self._strains[id(state)]
        require_strain(self._network, strain, self._settings, what)
        return state, strain
