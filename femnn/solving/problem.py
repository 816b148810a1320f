"""A network in one model, as scripts and notebooks use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from femnn.losses.loss import Loss
from femnn.mechanics.model import Model
from femnn.mechanics.structure import Structure
from femnn.mechanics.supports import Reactions
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.solving.critical import CriticalPoint, critical_point
from femnn.solving.equilibrium import Equilibrium, equilibrium, reactions
from femnn.solving.options import SolverOptions, solver_options
from femnn.solving.path import ArcStepping, Path, trace
from femnn.solving.state import State

if TYPE_CHECKING:
    from matplotlib.figure import Figure

type Floats = npt.NDArray[np.float64]
type Moved = Floats | Mapping[int, npt.ArrayLike]
"""Displacements of supports: of all nodes (m), shape (N, d), or of each support that moves by the label of its node."""


class Problem:
    """A network in one model: equilibria, exact gradients, paths, critical points.

    Nothing is meshed or compiled before it is asked for. All solves share one structure, its matrices and its factors.

    Attributes:
        network: the network.
        model: the model.
    """

    def __init__(
        self,
        network: Network,
        model: Model,
        *,
        solver: str | SolverOptions = "direct",
        stepping: LoadStepping | None = None,
        comm: MPI.Comm | None = None,
    ) -> None:
        """Keep what the problem consists of.

        Args:
            network: the network, the same on every rank.
            model: its energy, as ``Spring()``, ``Bar()``, ``Beam()`` or ``Continuum()``.
            solver: name of a file in solvers/, a path, or options.
            stepping: load stepping of nonlinear models.
            comm: ranks that share each solve; all unless given.
        """
        self.network, self.model = network, model
        self._solver, self._stepping, self._comm = solver, stepping, comm

    def __repr__(self) -> str:
        return f"Problem({self.network!r}, {self.model.name})"

    @cached_property
    def options(self) -> SolverOptions:
        """PETSc options of the solvers.

        Raises:
            ConfigError: there is no such file, or it cannot be read.
        """
        return solver_options(self._solver) if isinstance(self._solver, str) else self._solver

    @cached_property
    def structure(self) -> Structure:
        """The network on its mesh.

        Raises:
            StackError: DOLFINx or PETSc is not there.
            MechanismError: the model does not carry the network.
            MeshError: the network cannot be meshed.
        """
        return Structure(self.model, self.network, self._comm)

    @cached_property
    def solver(self) -> Equilibrium:
        """The solver of the structure."""
        return equilibrium(self.structure, self.options, self._stepping)

    @property
    def comm(self) -> MPI.Comm:
        """Ranks that share each solve."""
        return MPI.COMM_WORLD if self._comm is None else self._comm

    @property
    def stiffness(self) -> Floats:
        """Stiffness k of the bonds (N/m), shape (B,), read-only."""
        return self.structure.stiffness

    def set_stiffness(self, stiffness: Floats) -> None:
        """Change the stiffness k of the bonds (N/m), shape (B,); states found before no longer belong to it.

        Raises:
            NetworkError: wrong shape, or a stiffness that the model cannot have.
        """
        self.structure.set_stiffness(stiffness)

    def holding(self, components: npt.ArrayLike) -> Problem:
        """Return the same problem with further components of nodes held, booleans of shape (N, d)."""
        network = self.network.clamped(components)
        return Problem(network, self.model, solver=self._solver, stepping=self._stepping, comm=self._comm)

    def solve(
        self,
        force: Floats,
        start: State | None = None,
        prescribed: Moved | None = None,
        stiffness: Floats | None = None,
    ) -> State:
        """Return the equilibrium under a load.

        Args:
            force: forces on the nodes (N), shape (N, d); see :meth:`Network.point_force`.
            start: state from which the load is changed; rest unless given.
            prescribed: displacements of supports that move; supports at rest unless given.
            stiffness: k of the bonds (N/m), shape (B,), which the problem has from then on; the one it has if None.

        Raises:
            ConvergenceError: the load cannot be reached along a stable path.
            NetworkError: a force is not finite, or a displacement is prescribed where nothing is held.
        """
        moved = self.network.prescribed(prescribed) if isinstance(prescribed, Mapping) else prescribed
        return self.solver.forward(np.asarray(force, dtype=np.float64), start, moved, stiffness)

    def solve_many(self, forces: Sequence[Floats]) -> list[State]:
        """Return the equilibria under several loads, each from rest; linear models solve for them together."""
        return self.solver.forward_many(forces)

    def gradient(self, state: State, loss: Loss, allow_unstable: bool = False) -> Floats:
        """Return the exact dL/dk of every bond, shape (B,): λᵀ ∂²Π/∂u∂k with K λ = −Pᵀ ∂L/∂U at the state.

        Args:
            state: an equilibrium for the present stiffness.
            loss: a function of the displacements of the nodes.
            allow_unstable: whether the state may be one that cannot be observed.

        Raises:
            InstabilityError: the state is unstable.
            ValueError: the stiffness has been changed since.
        """
        return self.solver.gradient(state, loss.derivative(state.displacements), allow_unstable)

    def reactions(self, state: State) -> Reactions:
        """Return what the supports exert on the network in a state: forces (N) and moments (N·m)."""
        return reactions(self.solver, state)

    def path(
        self,
        force: Floats,
        up_to: float | None = None,
        start: State | None = None,
        stepping: ArcStepping | None = None,
    ) -> Path:
        """Return the equilibrium path under the loads λ f, through limit points.

        Args:
            force: f (N), shape (N, d).
            up_to: λ beyond which tracing ends; that of ``stepping`` unless given.
            start: equilibrium to start from; rest unless given.
            stepping: radius of the steps, and where tracing ends.

        Raises:
            PathError: tracing ends before; it carries what was traced.
        """
        stepping = stepping or ArcStepping()
        if up_to is not None:
            stepping = stepping.model_copy(update={"highest": up_to})
        return trace(self.structure, force, stepping, self.options, start)

    def critical_point(
        self, force: Floats, start: State | None = None, stepping: ArcStepping | None = None
    ) -> CriticalPoint:
        """Return the first point of the path under the loads λ f at which K is singular: buckling, or a limit load.

        Args:
            force: f (N), shape (N, d).
            start: equilibrium to start from; rest unless given.
            stepping: radius of the steps, and the load factor up to which to look.

        Raises:
            ConvergenceError: the path has none, or could not be traced so far.
            InstabilityError: the start is not stable.
        """
        return critical_point(self.structure, force, stepping, self.options, start)

    def plot(self, state: State, values: Floats | None = None, label: str = "", title: str = "") -> Figure:
        """Return a drawing of the deformed model over its shape at rest.

        Args:
            state: the state.
            values: a number for each bond, which colours it, shape (B,); elongations (µm) unless given.
            label: of the colours.
            title: of the drawing.
        """
        from femnn.mechanics.drawn import drawn
        from femnn.mechanics.elongation import elongations
        from femnn.report.lattice_marks import DeformedShape
        from femnn.report.lattice_plots import solid
        from femnn.report.plots import drawing

        structure, network = self.structure, self.network
        structure.set_values(state.values)
        shape = drawn(structure)
        figure, axes = drawing(1, 1, 7.0, 5.5)
        if values is None:
            values, label = 1e6 * elongations(network, state.displacements, "true"), label or "elongation (µm)"
        colours = np.append(values, np.nan)[shape.bonds]
        mark = DeformedShape(
            network=network, rest=shape.rest, moved=shape.moved, values=colours, forces=state.force, label=label
        )
        solid(mark, axes[0, 0], title)
        return figure
