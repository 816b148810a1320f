"""Models of the lattice in all the ways in which the study takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

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


class Bench:
    """Solvers of variants, and what they say of the protocols, each found once."""

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
        self._build: Callable[[Structure], Equilibrium] = lambda structure: equilibrium(structure, options, stepping)
        self._comm = comm
        self._solvers: dict[tuple[Model, bool], Equilibrium] = {}
        self._predictions: dict[tuple[Variant, str], Prediction] = {}

    def solver(self, model: Model, thinned: bool) -> Equilibrium:
        """The solver of a model of straight bonds or of bonds with thinned ends, at the stiffness before training."""
        if (model, thinned) not in self._solvers:
            structure = Structure(*_seen(model, self.network, thinned), self._comm)
            self._solvers[model, thinned] = self._build(structure)
        solver = self._solvers[model, thinned]
        solver.structure.set_stiffness(self._stiffness(model, thinned, self.network.stiffness))
        return solver

    def _stiffness(self, model: Model, thinned: bool, stiffness: Floats) -> Floats:
        """k of the bonds; of springs and bars with thinned ends, that of ends and bar one behind the other."""
        if not thinned or model.traits.thinned_ends:
            return stiffness
        s = self.network.sections
        return stiffness / (1 + 2 * s.end_share * (1 / s.end_width - 1))

    def predicted(self, variant: Variant, case: str, protocol: Protocol) -> Prediction:
        """What a variant says of the protocol of a case."""
        if (variant, case) not in self._predictions:
            seen = replace(protocol, weight=self.weight if variant.heavy else None)
            solver = self.solver(variant.model, variant.thinned)
            self._predictions[variant, case] = predicted(solver, seen, variant.linearised)
        return self._predictions[variant, case]

    def displacements(self, variant: Variant, force: Floats, stiffness: Floats) -> Floats:
        """Displacements of the nodes under a load (m), shape (N, d), with widths that make springs this stiff."""
        solver = self.solver(variant.model, variant.thinned)
        solver.structure.set_stiffness(self._stiffness(variant.model, variant.thinned, stiffness))
        if variant.linearised or variant.model.linear:
            return solver.response(solver.forward(np.zeros_like(force)), [force])[0]
        if not variant.heavy:
            return solver.forward(force).displacements
        return solver.forward(force + self.weight).displacements - solver.forward(self.weight).displacements


def _seen(model: Model, network: Network, thinned: bool) -> tuple[Model, Network]:
    """Model and network; beams are told not to look at thinned ends, solids are given bonds that have none."""
    if thinned or not model.traits.thinned_ends:
        return model, network
    if model.traits.lines:
        return replace(model, thinned_ends=False), network
    straight = replace(network.sections, end_share=np.zeros(len(network.bonds)))
    # Nor a slope between end and bar
    plain = replace(model, shape=replace(model.shape, taper=Shape().taper))
    return plain, replace(network, sections=straight)
