"""Reference loads along a pattern of forces: what a force of a network of one's own is measured by.

The load of 1 % strain is that at which, by the linear response K⁻¹f at rest, the elongation of a bond reaches 1 % of
its length; that of rotation, at which one turns by 0.1 rad. The critical load is the first critical point of the
nonlinear path from rest, along the pattern or against it, whichever comes first: estimators apply both signs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from femnn.config.quantities import GRAM_FORCE, Force
from femnn.config.settings import Settings
from femnn.errors import ConfigError, ConvergenceError, InstabilityError, MechanismError
from femnn.insitu.nudging import gentle
from femnn.insitu.relative_loads import Kind, RelativeForce, Share
from femnn.losses import Loss
from femnn.mechanics.elongation import elongations
from femnn.mechanics.model import Model
from femnn.mechanics.models import BARS, BEAMS
from femnn.mechanics.structure import Structure
from femnn.network.identity import is_li2024
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.critical import critical_point
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.options import SolverOptions
from femnn.solving.path import ArcStepping
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

LI2024_FORCE = 5 * GRAM_FORCE
USUAL = Share(share=0.3, relative_to="least")
"""Adjoint forces where none are given (N)."""
STRAIN = 0.01
ROTATION = 0.1
"""Rotation of a bond (rad) at which the tangents to its way differ from its chord by 5 %."""
SLIGHT = 1e-9
"""Strain as a share of the rotation, or the reverse, below which it is rounding."""
LARGEST = 20_000
"""Unknowns up to which a critical load is looked for."""
SEARCHED = 100.0
"""Multiple of the lesser load of strain and rotation up to which a critical load is sought that is asked for."""
FIRST_STEP = 0.05
"""First step of that search, as a share of the lesser of the two loads."""
MOST_STEPS = 200


class ReferenceLoads(Settings):
    """Loads along one pattern, each a norm over all nodes (N)."""

    model: str
    """Model of the linear response."""
    strain: Force | None = None
    """Load of 1 % strain; None where the pattern strains no bond, as far as the linear response goes."""
    rotation: Force | None = None
    """Load at which a bond turns by 0.1 rad; None where the pattern turns none."""
    critical: Force | None = None
    """First critical load; None where it was not looked for, or there is none as far as it was."""
    critical_model: str | None = None
    """Nonlinear model of the critical load, where it was looked for; the last one if there is none."""

    @property
    def least(self) -> float:
        """The least of the loads (N)."""
        return min(load for load in (self.strain, self.rotation, self.critical) if load is not None)

    @property
    def governing(self) -> Kind:
        """Which of them is the least."""
        kinds: tuple[Kind, ...] = ("strain", "rotation", "critical")
        return min(kinds, key=lambda kind: np.inf if (load := getattr(self, kind)) is None else load)

    def force(self, share: Share, where: str) -> float:
        """The force (N) that a share stands for.

        Raises:
            ConfigError: there is no such reference load.
        """
        load: float | None = getattr(self, share.relative_to)
        if load is None:
            other = "rotation" if share.relative_to == "strain" else "strain"
            raise ConfigError(
                f"{where}: no load along this pattern has what {share.relative_to!r} refers to; "
                f'set relative_to = "{other}" or "least", or give forces in newtons.'
            )
        return share.share * load


class _Response(NamedTuple):
    strain: float
    """Largest strain of a bond by the linear response."""
    rotation: float
    """Largest rotation of a bond by the linear response (rad)."""

    @property
    def strain_load(self) -> float | None:
        """Multiple of the load at which a bond is strained by 1 %; None where it strains none."""
        return STRAIN / self.strain if self.strain > SLIGHT * self.rotation else None

    @property
    def rotation_load(self) -> float | None:
        """Multiple of the load at which a bond turns by 0.1 rad; None where it turns none."""
        return ROTATION / self.rotation if self.rotation > SLIGHT * self.strain else None


def reference_loads(
    network: Network,
    models: Mapping[str, Model],
    names: Sequence[str],
    pattern: Callable[[Equilibrium], Floats],
    kinds: frozenset[Kind],
    comm: MPI.Comm,
    options: SolverOptions,
) -> ReferenceLoads:
    """Return the reference loads of a network along a pattern of forces, the same on every rank.

    Args:
        network: the network.
        models: all models by name.
        names: models of the run; the first of lines that carries the network gives the linear response, the nonlinear
            ones the critical load, the least of theirs. For solids alone beams do, for springs alone bars.
        pattern: forces on the nodes, shape (N, d), of any norm, given the solver of the linear response.
        kinds: which loads are asked for; "least" has the critical load looked for as far as it could be the least.
        comm: ranks that share each solve; all of them call.
        options: PETSc options.

    Raises:
        MechanismError: no model of lines carries the network.
        ConfigError: the pattern is zero, or moves nothing.
    """
    # Solids of the same network carry about what its beams do
    lines = [name for name in names if models[name].traits.lines] or [BEAMS]
    name, solver = _first_that_carries(network, models, lines, comm, options)
    direction = pattern(solver)
    direction = direction / np.linalg.norm(direction)
    found = _response(network, solver.response(at_rest(solver.structure), [direction])[0])
    strain, rotation = found.strain_load, found.rotation_load
    if strain is None and rotation is None:
        raise ConfigError(f"{network.name}: the adjoint force moves no bond; change the targets of the case.")
    least = min(load for load in (strain, rotation) if load is not None)
    critical, critical_model = None, None
    if kinds & {"critical", "least"}:
        reach = SEARCHED * least if "critical" in kinds else least
        nonlinear = [n for n in lines[lines.index(name) :] if not models[n].linear] or [BARS]
        for other in nonlinear:
            # What one model carries another may not: bonds of beams buckle, those of bars do not
            structure = solver.structure if other == name else Structure(models[other], network, comm)
            if structure.degrees_of_freedom <= LARGEST:
                carried = _critical(structure, direction, least, critical or reach, options)
                if carried is not None or critical is None:
                    critical, critical_model = carried, other
    loads = ReferenceLoads(
        model=name, strain=strain, rotation=rotation, critical=critical, critical_model=critical_model
    )
    return comm.bcast(loads)


def at_rest(structure: Structure) -> State:
    """Return the unloaded state of a structure with its present stiffness."""
    nothing = np.zeros_like(structure.network.nodes)
    local = structure.vector()
    size = local.getLocalSize()
    local.destroy()
    return State(structure.network, nothing, nothing, np.zeros(size), structure.stiffness)


def adjoint_pattern(solver: Equilibrium, force: Floats, loss: Loss) -> Floats:
    """Return the adjoint force −∂L/∂U (N), shape (N, d), at the displacements of the linear response to a load.

    Args:
        solver: solver of the model.
        force: the data's load (N), shape (N, d).
        loss: the loss of one sample.

    Raises:
        ConfigError: the loss is at its minimum there.
    """
    U = solver.response(at_rest(solver.structure), [force])[0]
    asked = -loss.derivative(U)
    if not asked.any():
        raise ConfigError(
            "The loss has no gradient under the data's load, so there is no adjoint force; change its targets."
        )
    return asked


def applied_force(solver: Equilibrium, state: State, direction: Floats, force: RelativeForce | None) -> float:
    """Return the norm (N) of the adjoint force that is applied at a state of one sample.

    A share is of the load that the response linearised at this state gives; of critical loads that tells nothing.

    Args:
        solver: solver of the structure.
        state: the forward state.
        direction: the adjoint force that the loss asks for, shape (N, d), of any norm above 0.
        force: in newtons, or a share; where None, what is usual on this network.

    Raises:
        ConfigError: the share is of a critical load, or of what the adjoint force does not cause.
    """
    network = solver.structure.network
    given = usual_force(network) if force is None else force
    if not isinstance(given, Share):
        return given
    found = _response(network, solver.response(state, [direction / np.linalg.norm(direction)])[0])
    loads = ReferenceLoads(model=solver.structure.model.name, strain=found.strain_load, rotation=found.rotation_load)
    return loads.force(given, f"{network.name}, adjoint force")


def applied_nudging(solver: Equilibrium, state: State, loss: Loss, asked: Floats, force: RelativeForce | None) -> float:
    """Return the factor β by which the loss pulls at first with the adjoint force, or less where that is relative.

    A relative force suits the network and not the loss, which may be too stiff for it: see :func:`.nudging.gentle`.

    Args:
        solver: solver of the structure.
        state: the forward state.
        loss: the loss.
        asked: the adjoint force that it asks for (N), shape (N, d), as it is seen.
        force: in newtons, or a share; where None, what is usual on this network.

    Raises:
        ConfigError: see :func:`applied_force`.
    """
    beta = applied_force(solver, state, asked, force) / float(np.linalg.norm(asked))
    given = usual_force(solver.structure.network) if force is None else force
    return gentle(solver, state, loss, beta) if isinstance(given, Share) else beta


def usual_force(network: Network) -> RelativeForce:
    """Return the adjoint force where none is given: 5 gf on the lattice of Li & Mao (2024), a share on others."""
    return LI2024_FORCE if is_li2024(network) else USUAL


def _first_that_carries(
    network: Network, models: Mapping[str, Model], names: Sequence[str], comm: MPI.Comm, options: SolverOptions
) -> tuple[str, Equilibrium]:
    refused: MechanismError | None = None
    for name in names:
        try:
            return name, equilibrium(Structure(models[name], network, comm), options)
        except MechanismError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def _response(network: Network, displacements: Floats) -> _Response:
    """Largest strain and rotation of the bonds, linear in U, shape (N, d)."""
    p, q = network.bonds.T
    L = network.lengths
    along = elongations(network, displacements, "projected")
    across = displacements[q] - displacements[p] - (along / L)[:, None] * network.bond_vectors
    return _Response(float(np.abs(along / L).max()), float((np.linalg.norm(across, axis=1) / L).max()))


def _critical(
    structure: Structure, direction: Floats, least: float, reach: float, options: SolverOptions
) -> float | None:
    """The first critical load along ± a direction (N), up to a reach; None where there is none."""
    stepping = ArcStepping(initial=FIRST_STEP * least, highest=reach, most_steps=MOST_STEPS)
    found = []
    for sign in (1.0, -1.0):
        try:
            load = critical_point(structure, sign * direction, stepping, options).load_factor
        except (ConvergenceError, InstabilityError):
            continue
        if 0 < load <= reach:
            found.append(load)
    return min(found, default=None)
