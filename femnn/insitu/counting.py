"""What gradients take that are measured: equilibria that a camera looks at, and solves for them.

The laboratory pays for every equilibrium that a camera looks at, once however often it does. The computer pays for
every solve; a nudged equilibrium takes several, as the load that holds it depends on where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from femnn.insitu.camera import Camera
from femnn.mechanics.structure import Structure
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


@dataclass
class Tally:
    """What has been counted so far."""

    equilibria: int = 0
    """Equilibria that were looked at."""
    solves: int = 0
    """Equilibria that were solved for."""
    linear_solves: int = 0
    """Answers of the structure linearised at an equilibrium, which no laboratory can have."""

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {"equilibria": self.equilibria, "solves": self.solves, "linear_solves": self.linear_solves}


@dataclass
class CountedSolver:
    """A solver whose solves are counted."""

    solver: Equilibrium
    tally: Tally

    @property
    def structure(self) -> Structure:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        return self.solver.structure

    def forward(
        self,
        force: Floats,
        start: State | None = None,
        prescribed: Floats | None = None,
        stiffness: Floats | None = None,
    ) -> State:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        self.tally.solves += 1
        return self.solver.forward(force, start, prescribed, stiffness)

    def forward_many(self, forces: Sequence[Floats], prescribed: Sequence[Floats] | None = None) -> list[State]:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        self.tally.solves += len(forces)
        return self.solver.forward_many(forces, prescribed)

    def response(self, state: State, forces: Sequence[Floats]) -> Floats:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        self.tally.linear_solves += len(forces)
        return self.solver.response(state, forces)

    def gradient(self, state: State, loss_derivative: Floats, allow_unstable: bool = False) -> Floats:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        self.tally.linear_solves += 1
        return self.solver.gradient(state, loss_derivative, allow_unstable)


@dataclass(repr=False)
class CountingCamera(Camera):
    """A camera that counts the equilibria that it looks at, each once."""

    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        """Nothing is seen yet."""
        super().__post_init__()
        self._seen: list[Floats] = []

    def see(self, displacements: Floats, fixed: npt.NDArray[np.bool_]) -> Floats:
        """See :class:`femnn.insitu.camera.Camera`."""
        # Each equilibrium has an array of its own; held here, so that no other takes its identity
        if not any(displacements is known for known in self._seen):
            self._seen.append(displacements)
            self.tally.equilibria += 1
        return super().see(displacements, fixed)
