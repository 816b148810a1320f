"""A state of equilibrium."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class State:
    """An equilibrium under a load, as a solver leaves it."""

    force: Floats
    """Forces f on the network's nodes (N), shape (N, d)."""
    displacements: Floats
    """U = P u on every rank (m), shape (N, d)."""
    values: Floats
    """Components of u that this rank owns."""
    stiffness: Floats
    """Stiffness k of the bonds for which the state is an equilibrium (N/m), shape (B,)."""
    load_steps: int = 1
    newton_iterations: int = 1
    unstable: int | None = None
    """Eigenvalues of K that keep the state from being stable; None where the solver cannot tell."""
    prescribed: Floats | None = None
    """Displacements of the supports (m), shape (N, d), zero where nothing is held; None for supports at rest."""

    @property
    def stable(self) -> bool | None:
        """Whether the state can be observed; None where the solver cannot tell."""
        return None if self.unstable is None else self.unstable == 0

    def require_stiffness(self, stiffness: Floats) -> None:
        """Refuse to be linearised for another stiffness than that of the equilibrium.

        Raises:
            ValueError: the stiffness of the structure has been changed since.
        """
        if not np.array_equal(self.stiffness, stiffness):
            raise ValueError("The state is an equilibrium for another stiffness; solve for it again.")
