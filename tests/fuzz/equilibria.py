"""What must hold of the answer of a model for any network: an equilibrium and its gradient, checked otherwise; or a
named error.
"""

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from numpy_springs import NumpyNetwork
from random_networks import Recipe, force_of, network_of
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from femnn.errors import ConvergenceError, FemnnError, InstabilityError, MechanismError
from femnn.geometry.strips import Shape
from femnn.losses import squared_error
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.model import Model
from femnn.mechanics.spring import Spring
from femnn.network.network import Network
from femnn.solving.problem import Problem
from femnn.solving.state import State

type Floats = np.ndarray

MODELS: dict[str, Model] = {
    "spring": Spring(),
    "bar": Bar(),
    "beam": Beam(cells_per_bond=3),
    "solid": Continuum(shape=Shape(cells_across=1)),
}
BALANCE = 1e-5
"""Out-of-balance force over the forces in the bonds and of the load."""
CLOSE = 2e-4
"""Difference of a gradient from differences of the loss."""
STEPS = (1e-3, 1e-4, 1e-5)
"""Of the stiffness, for these."""
FLOPPY, STIFF = 1e-12, 1e-5
"""Least singular value of the equilibrium matrix over the largest: below the first there is a mechanism, above the
second there is none."""


@dataclass(frozen=True)
class Answer:
    """How a network fared on a model."""

    kind: str
    """"converged", "refused", or "undetermined" where differences of the loss do not settle."""
    said: str = ""


def answered(recipe: Recipe, model: str) -> Answer:
    """Solve for a random network, check the answer, and say what it was.

    Raises:
        AssertionError: it is wrong.
        Exception: it ends by anything that is no named error.
    """
    try:
        network = network_of(recipe)
    except FemnnError as error:
        _require_right_refusal(recipe, error)
        return _refused(error)
    force = force_of(recipe, network)
    problem = Problem(network, MODELS[model], comm=MPI.COMM_SELF)
    try:
        state = problem.solve(force)
    except FemnnError as error:
        return _refused(error)
    _require_equilibrium(problem, state, model, recipe.seed)
    return _checked_gradient(problem, state, model, recipe.seed)


def _refused(error: FemnnError) -> Answer:
    text = str(error)
    assert "\n" not in text, "the message has more than one line"
    assert "nan" not in text.lower().split(), f"the message shows NaN: {text}"
    return Answer("refused", f"{type(error).__name__}: {text}")


def _require_right_refusal(recipe: Recipe, error: FemnnError) -> None:
    """A network that is refused as a mechanism or as in parts is one, by a rank and by a graph."""
    arrays = _arrays(recipe)
    if arrays is None:
        return
    count, bonds = len(arrays.nodes), arrays.bonds
    parts = connected_components(coo_array((np.ones(len(bonds)), bonds.T), shape=(count, count)), directed=False)[0]
    if "parts" in str(error):
        assert parts > 1, f"the network is in one part: {error}"
    if isinstance(error, MechanismError):
        assert parts > 1 or _stiffness_ratio(arrays) < STIFF, f"no mechanism: {error}"


def _arrays(recipe: Recipe) -> NumpyNetwork | None:
    """The arrays of a network before they are checked; None where there are no bonds."""
    kept: list[NumpyNetwork] = []

    class Unchecked(Network):
        def __post_init__(self) -> None:
            kept.append(NumpyNetwork(np.asarray(self.nodes), np.asarray(self.bonds), np.asarray(self.fixed)))

    network_of(recipe, Unchecked)
    return kept[0] if len(kept[0].bonds) else None


def _stiffness_ratio(arrays: NumpyNetwork) -> float:
    """Least over largest singular value of the matrix from free displacements to elongations."""
    zero = np.zeros_like(arrays.nodes)
    directions = arrays.slopes(zero)
    matrix = (arrays.incidence[:, :, None] * directions[:, None, :]).reshape(len(directions), -1)
    matrix = matrix[:, ~arrays.fixed.ravel()]
    if matrix.shape[1] > matrix.shape[0]:
        return 0.0
    values = np.linalg.svd(matrix, compute_uv=False)
    return float(values.min() / values.max()) if values.size else 1.0


def _require_equilibrium(problem: Problem, state: State, model: str, seed: int) -> None:
    """All numbers are finite, supports rest, reactions balance the load, and energy is stationary."""
    network, U = problem.network, state.displacements
    assert np.isfinite(U).all(), "displacements are not finite"
    assert np.isfinite(state.values).all(), "the state is not finite"
    held = np.abs(U[network.fixed]).max(initial=0.0)
    assert held <= 1e-12 * network.lengths.max(), f"supports move by {held} m"
    reactions = problem.reactions(state).forces
    forces = np.linalg.norm(state.force) + np.linalg.norm(reactions)
    off = np.linalg.norm(state.force.sum(axis=0) + reactions.sum(axis=0))
    assert off <= BALANCE * forces, f"load and reactions leave {off} N of {forces} N"
    if model in ("spring", "bar"):
        numpy = NumpyNetwork(network.nodes, network.bonds, network.fixed, model)
        pulled = problem.stiffness * np.abs(numpy.elongations(U))
        residual = (state.force - numpy.internal_force(U, problem.stiffness).reshape(U.shape))[~network.fixed]
        scale = np.linalg.norm(state.force) + np.linalg.norm(pulled)
        assert np.linalg.norm(residual) <= BALANCE * scale, f"the residual is {np.linalg.norm(residual)} N of {scale} N"
    else:
        _require_stationary(problem, state, forces, seed)


def _require_stationary(problem: Problem, state: State, forces: float, seed: int) -> None:
    """The energy less the work of the load does not change with the state, by differences of the energy alone.

    What large steps leave by curvature and small ones by rounding, one of them does not; an error stays in all.
    """
    structure, network = problem.structure, problem.network
    change = np.random.default_rng([seed, 2]).standard_normal(len(state.values))
    change[structure.fixed] = 0.0
    vector = structure.vector()
    vector.array_w[:] = change
    work = float((state.force * structure.measure(vector)).sum())
    vector.destroy()
    strain = np.clip(forces / float((network.stiffness * network.lengths).mean()), 1e-9, 1.0)
    excess = []
    for share in (1e-5, 1e-6, 1e-7):
        step = share * strain ** (2 / 3) * float(network.lengths.mean())
        energies = []
        for sign in (1, -1):
            structure.set_values(state.values + sign * step * change)
            energies.append(structure.energy())
        slope = (energies[0] - energies[1]) / (2 * step)
        # Where there is next to no load the two energies are large beside their difference
        size = forces * float(np.linalg.norm(change)) + 0.1 * max(map(abs, energies)) / step
        excess.append(abs(slope - work) / size if size else 0.0)
    structure.set_values(state.values)
    assert min(excess) <= BALANCE, f"energy changes by {min(excess)} of the forces"


def _checked_gradient(problem: Problem, state: State, model: str, seed: int) -> Answer:
    """The gradient is finite and that of differences; of springs and bars also that of NumPy."""
    network, k, generator = problem.network, problem.stiffness.copy(), np.random.default_rng([seed, 3])
    free = np.argwhere(~network.fixed)
    if not len(free):
        return Answer("converged")
    node, axis = free[generator.integers(len(free))]
    target = float(state.displacements[node, axis]) + 0.1 * float(network.lengths.mean())
    loss = squared_error(network, [(int(network.labels[node]), int(axis), target)])
    try:
        gradient = problem.gradient(state, loss)
    except InstabilityError as error:
        return _refused(error)
    assert np.isfinite(gradient).all(), "the gradient is not finite"
    if model in ("spring", "bar"):
        numpy = NumpyNetwork(network.nodes, network.bonds, network.fixed, model)
        expected = numpy.gradient(state.displacements, k, loss.derivative(state.displacements))
        off = np.linalg.norm(k * (gradient - expected))
        # What does not depend on the stiffness has a gradient of rounding
        rounding = 1e-12 * loss.value(state.displacements)
        assert off <= CLOSE * np.linalg.norm(k * expected) + rounding, f"NumPy's gradient differs by {off}"
    direction = k * generator.choice([-1.0, 1.0], len(k))
    expected, size = float(gradient @ direction), float(np.linalg.norm(gradient * k))
    if size <= 1e-9 * loss.value(state.displacements):
        # Nothing depends on the stiffness, as without a load
        return Answer("converged")
    slopes = []
    try:
        for step in STEPS:
            losses = [loss.value(problem.solve(state.force, state, stiffness=k + sign * step * direction).displacements)
                      for sign in (1, -1)]  # fmt: skip
            slopes.append((losses[0] - losses[1]) / (2 * step))
            if abs(slopes[-1] - expected) <= CLOSE * size:
                return Answer("converged")
    except (ConvergenceError, InstabilityError) as error:
        return Answer("undetermined", f"{type(error).__name__} beside the state")
    changes = np.abs(np.diff(slopes)) / size
    assert changes.min() > 0.01, f"differences of the loss are {slopes}, the gradient says {expected}, of {size}"
    return Answer("undetermined", "differences of the loss do not settle")
