"""A state of equilibrium."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from femnn.network.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class State:
    """An equilibrium under a load, as a solver leaves it."""

    network: Network
    """The network that is loaded."""
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

    @property
    def loads(self) -> dict[int, Floats]:
        """Force on each node that is loaded (N), shape (d,), by the node's label."""
        labels = self.network.labels
        return {int(labels[node]): self.force[node] for node in np.flatnonzero(self.force.any(axis=1))}

    def __repr__(self) -> str:
        moved = 1e3 * float(np.linalg.norm(self.displacements, axis=1).max())
        stable = {None: "stability unknown", True: "stable", False: "unstable"}[self.stable]
        return f"State({self.network.name}, largest displacement {moved:.4g} mm, {stable})"

    def plot(
        self, values: Floats | None = None, label: str = "", title: str = "", magnification: float = 1.0
    ) -> Figure:
        """Return a drawing of the network as it is displaced, over its shape at rest.

        Args:
            values: a number for each bond, which colours it, shape (B,); elongations (µm) unless given.
            label: of the colours.
            title: of the drawing.
            magnification: factor on the displacements.
        """
        from femnn.mechanics.elongation import elongations
        from femnn.report.lattice_marks import LatticeField
        from femnn.report.lattice_plots import lattice
        from femnn.report.plots import drawing

        if values is None:
            values, label = 1e6 * elongations(self.network, self.displacements, "true"), label or "elongation (µm)"
        figure, axes = drawing(1, 1, 7.0, 5.5)
        field = LatticeField(
            network=self.network, values=values, displacements=self.displacements, forces=self.force, label=label,
            magnification=magnification,
        )  # fmt: skip
        lattice(field, axes[0, 0], title)
        return figure

    def require_stiffness(self, stiffness: Floats) -> None:
        """Refuse to be linearised for another stiffness than that of the equilibrium.

        Raises:
            ValueError: the stiffness of the structure has been changed since.
        """
        if not np.array_equal(self.stiffness, stiffness):
            raise ValueError("The state is an equilibrium for another stiffness; solve for it again.")
