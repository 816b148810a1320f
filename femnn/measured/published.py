"""What Li & Mao, Nat. Commun. 15, 10528 (2024), doi 10.1038/s41467-024-54849-z, measured on their printed lattice.

The figures are the tables of measurements/li2024, whose README says what each column is.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.config import resources
from femnn.measured.measured_gradient import MeasuredGradient, read_gradients
from femnn.network.network import Network

__all__ = [
    "MeasuredDisplacements",
    "MeasuredGradient",
    "published_displacements",
    "published_gradients",
]

type Floats = npt.NDArray[np.float64]

LATTICE = "li2024"
"""The folder of measurements/."""
GRADIENTS = "gradients.csv"
"""The table of gradients in a folder of measurements/."""
SINGLE_TRIALS = (0.028, 0.034, 0.053, 0.053, 0.082, 0.095)
"""1 − Pearson of the six single trials with linear springs; it is not stated whose case each is."""
INITIAL = "initial"
"""The experiment on displacements before training."""
NOT_STATED = "not stated"
"""What stands for a node that the paper does not name."""


@dataclass(frozen=True)
class MeasuredDisplacements:
    """Displacements of the two lower nodes of the printed lattice under the push of the behaviour task (Fig. 2)."""

    name: str
    """Experiment: "initial", "trained", or "mirror", the other side trained."""
    values: Floats
    """Vertical displacements, upwards positive (m), shape (2,)."""
    deviations: Floats
    """Standard deviations over three repeats (m), shape (2,)."""
    order_known: bool
    """Whether the paper says which of them belongs to which node."""

    def in_order_of(self, displacements: Floats) -> "MeasuredDisplacements":
        """The same in the order, of the two, that is nearer to some displacements (m), shape (2,).

        Where the order is known it is kept.
        """
        turned = replace(self, values=self.values[::-1], deviations=self.deviations[::-1])
        if self.order_known or self.chi_squared(displacements) <= turned.chi_squared(displacements):
            return self
        return turned

    def scores(self, displacements: Floats) -> Floats:
        """(Computed − measured)/deviation of displacements (m) in this order, shape (2,)."""
        return (np.asarray(displacements) - self.values) / self.deviations

    def chi_squared(self, displacements: Floats) -> float:
        """Sum of the squared scores of displacements (m) in this order, by the deviations of single repeats."""
        return float(np.sum(self.scores(displacements) ** 2))


def published_gradients(network: Network) -> dict[str, MeasuredGradient]:
    """Gradients measured by forward and adjoint loading (Fig. 1), by the case's name: "separate" and "same".

    Args:
        network: the lattice of the paper, in any order of its bonds and of the nodes of a bond.

    Raises:
        NetworkError: it is another network; the message names the first bond that does not match.
    """
    return read_gradients(_folder() / GRADIENTS, network)


def published_displacements() -> dict[str, MeasuredDisplacements]:
    """Displacements measured before and after training (Fig. 2), by experiment: "initial", "trained" and "mirror"."""
    return {
        name: MeasuredDisplacements(
            name, rows["value"].to_numpy(), rows["deviation"].to_numpy(), bool((rows["node"] != NOT_STATED).all())
        )
        for name, rows in pd.read_csv(_folder() / "displacements.csv").groupby("experiment", sort=False)
    }


def _folder() -> Path:
    return resources.find("measurements", LATTICE)
