"""The plan of a measurement: the experiment of the least expected error within the limits, and a trial run of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.insitu.camera import Camera
from femnn.insitu.metrics import one_minus_cosine, one_minus_pearson
from femnn.insitu.repeated_measurements import errors_of_measurements
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network.plausibility import warn_of
from femnn.network_files.specification import load_network
from femnn.planning.experiments import Candidate, Candidates
from femnn.planning.plan_settings import PlanSettings
from femnn.planning.refusals import no_plan
from femnn.runtime.progress import tell_notes
from femnn.runtime.ranks import on_root
from femnn.runtime.stack import MPI
from femnn.runtime.streams import stream
from femnn.solving.equilibrium import equilibrium

type Floats = npt.NDArray[np.float64]

ENOUGH = 1.05
"""Error, as a multiple of that of all repeats, with which fewer are enough."""
TRIALS = 200


@dataclass(frozen=True, eq=False)
class Plan:
    """What to do, and what to expect."""

    settings: PlanSettings
    """With the case itself."""
    case: str
    """What the case is called."""
    notes: list[str]
    """What is not as the settings said."""
    network: Network
    best: Candidate
    repeats: int
    """Measurements of which the mean is taken."""
    exact: Floats
    """dL/dk of the case as it stands, shape (B,)."""
    others: list[Candidate]
    """The best experiment of each estimator, the recommended one first."""

    @property
    def error(self) -> float:
        """Root of the mean square relative L2 error of the gradient that is expected."""
        return self.best.error(self.exact, self.repeats)

    @property
    def direction(self) -> tuple[float, float]:
        """1 − cosine and 1 − Pearson of the estimate without noise, which a factor on all bonds does not change."""
        clean = self.best.predicted.clean
        return one_minus_cosine(clean, self.exact), one_minus_pearson(clean, self.exact)


@dataclass(frozen=True)
class Trial:
    """What experiments that were drawn came to."""

    error: float
    """Root of the mean square relative L2 error."""
    uncertainty: float
    count: int


def plan(settings: PlanSettings, comm: MPI.Comm) -> Plan:
    """Choose an experiment.

    Args:
        settings: what it is made for.
        comm: ranks that share each solve; all of them call.

    Raises:
        ConfigError: the case is of another network, and this one lacks ports; the camera sees no bond; or no experiment
            is within the limits, and weights, pulleys or pictures are what binds.
        InstabilityError: the same, where buckling binds; the message names the bond and what it carries.
        NetworkError: the case does not fit the network.
        ConvergenceError: the data's load has no equilibrium.
    """
    network = on_root(comm, lambda: settings.as_meshed(load_network(settings.network)))
    tell_notes(comm, network)
    if settings.noise >= network.lengths.min():
        raise ConfigError(
            f"{network.name}: a camera noise of {settings.noise:.3g} m is more than a bond is long "
            f"({network.lengths.min():.3g} m); give it with its unit, as in '20 µm'."
        )
    settings, called, notes = settings.fitted(network, comm)
    case = settings.resolved_case()
    if case.prescribed:
        raise ConfigError(
            f"{network.name}: a plan says which weights to hang, but this case prescribes displacements; plan a case "
            "of loads alone."
        )
    force, loss = case.force(network), case.loss(network)
    settings, more = settings.at_hand(network, force)
    notes = [*notes, *more]
    warn_of(network, settings.model_copy(update={"case": case}))
    structure = Structure(settings.models_by_name()[settings.model], network, comm)
    solver = equilibrium(structure, settings.solver.resolved(), settings.loading)
    state = solver.forward(force)
    exact = solver.gradient(state, loss.derivative(state.displacements))
    candidates = Candidates(solver, force, loss, settings)
    found = list(candidates.all())
    if not found:
        raise no_plan(network, candidates.refusals, notes)

    def error(candidate: Candidate) -> float:
        return candidate.error(exact, _most_repeats(settings, candidate))

    by_estimator = [
        min((c for c in found if c.estimator == name), key=error)
        for name in dict.fromkeys(candidate.estimator for candidate in found)
    ]
    by_estimator.sort(key=error)
    best = by_estimator[0]
    most = _most_repeats(settings, best)
    enough = next(n for n in range(1, most + 1) if best.error(exact, n) <= ENOUGH * best.error(exact, most))
    return Plan(settings, called, notes, network, best, enough, exact, by_estimator)


def _most_repeats(settings: PlanSettings, candidate: Candidate) -> int:
    """The most measurements that the settings allow of an experiment."""
    if settings.readings is None:
        return settings.repeats
    return min(settings.repeats, settings.readings // len(candidate.states))


def trial(made: Plan, count: int = TRIALS) -> Trial:
    """Carry out the plan some times as experiments, each time with new pictures.

    Args:
        made: the plan.
        count: how often.
    """
    settings = made.settings
    camera = Camera(
        settings.noise,
        stream(settings.seed, "plan"),
        settings.correlation_length,
        settings.shake,
        made.network.nodes,
    )
    found = errors_of_measurements(np.array([_measured(made, camera) for _ in range(count)]), made.exact)
    return Trial(found["relative_l2"], found["uncertainty"], count)


def _measured(made: Plan, camera: Camera) -> Floats:
    """Return the mean of the repeats, shape (B,)."""
    best, estimates = made.best, []
    for _ in range(made.repeats):
        readings = [best.experiment.read(state, camera) for state in best.states]
        elongations = np.array([reading.elongation for reading in readings])
        energies = np.array([reading.energy for reading in readings])
        estimates.append(best.reading.combine(elongations, energies, best.strength) / best.scale**2)
    return np.asarray(np.mean(estimates, axis=0))
