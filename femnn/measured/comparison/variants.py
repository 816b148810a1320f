"""Models of a printed lattice in all the ways in which they are compared: ends, linearised, under its own weight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.geometry.strips import Shape
from femnn.measured.comparison.protocol import Prediction, Protocol, predicted
from femnn.mechanics.model import Model
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.options import SolverOptions

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Variant:
    """A model, and what of the printed lattice it is to see."""

    model: Model
    thinned: bool = True
    """Whether bonds have the thinned ends of the network's sections."""
    linearised: bool = False
    """Whether it is the model's linear answer at rest."""
    heavy: bool = False
    """Whether the lattice hangs under a weight of its own."""


def sees_ends(model: Model) -> bool:
    """Return whether a model can have thinned ends: in its shape, or in k where k says all of a bond."""
    return model.traits.thinned_ends or model.traits.energy_from_elongation


class Variants:
    """Solvers of variants, and what they predict of protocols, each found once."""

    def __init__(
        self, network: Network, comm: MPI.Comm, options: SolverOptions, stepping: LoadStepping, weight: Floats
    ) -> None:
        """Nothing is built yet.

        Args:
            network: the printed lattice.
            comm: ranks that share each solve.
            options: PETSc options of all solvers.
            stepping: load stepping of all solvers.
            weight: of the lattice on its nodes (N), shape (N, d).
        """
        self.network, self.weight = network, weight
        self._comm, self._options, self._stepping = comm, options, stepping
        self._solvers: dict[tuple[Model, bool], Equilibrium] = {}
        self._predictions: dict[tuple[Variant, str], Prediction] = {}

    def _solver(self, variant: Variant, stiffness: Floats) -> Equilibrium:
        """The solver of a model of straight bonds or of bonds with thinned ends, with bonds this stiff."""
        model, thinned = variant.model, variant.thinned
        if (model, thinned) not in self._solvers:
            structure = Structure(*_seen(model, self.network, thinned), self._comm)
            self._solvers[model, thinned] = equilibrium(structure, self._options, self._stepping)
        solver = self._solvers[model, thinned]
        solver.structure.set_stiffness(self._stiffness(variant, stiffness))
        return solver

    def _stiffness(self, variant: Variant, stiffness: Floats) -> Floats:
        """Return k of the bonds; of springs and bars with thinned ends, that of ends and bar one behind the other."""
        if not variant.thinned or variant.model.traits.thinned_ends:
            return stiffness
        s = self.network.sections
        return stiffness / (1 + 2 * s.end_share * (1 / s.end_width - 1))

    def predicted(self, variant: Variant, case: str, protocol: Protocol) -> Prediction:
        """Return what a variant predicts of a protocol.

        Args:
            variant: the model as it is taken.
            case: name of the protocol, by which its prediction is found again.
            protocol: what is hung, without the lattice's own weight.

        Raises:
            ConvergenceError: the model has no stable equilibrium under a load.
        """
        if (variant, case) not in self._predictions:
            seen = replace(protocol, weight=self.weight if variant.heavy else None)
            solver = self._solver(variant, self.network.stiffness)
            self._predictions[variant, case] = predicted(solver, seen, variant.linearised)
        return self._predictions[variant, case]

    def displacements(self, variant: Variant, force: Floats, stiffness: Floats) -> Floats:
        """Return displacements of the nodes under a load (m), shape (N, d).

        Args:
            variant: the model as it is taken.
            force: the load (N), shape (N, d).
            stiffness: of springs of the same widths (N/m), shape (B,).

        Raises:
            ConvergenceError: the model has no stable equilibrium under the load.
        """
        solver = self._solver(variant, stiffness)
        if variant.linearised or variant.model.linear:
            return solver.response(solver.forward(np.zeros_like(force)), [force])[0]
        if not variant.heavy:
            return solver.forward(force).displacements
        return solver.forward(force + self.weight).displacements - solver.forward(self.weight).displacements


def _seen(model: Model, network: Network, thinned: bool) -> tuple[Model, Network]:
    """Model and network; beams are told not to look at thinned ends, solids are given bonds that have none."""
    if thinned or not model.traits.thinned_ends:
        return model, network
    shaped: Any = model
    if model.traits.lines:
        return replace(shaped, thinned_ends=False), network
    straight = replace(network.sections, end_share=np.zeros(len(network.bonds)))
    # Nor a slope between end and bar
    plain = replace(shaped, shape=replace(shaped.shape, taper=Shape().taper))
    return plain, replace(network, sections=straight)
