"""Steps of finite differences in the stiffness of the bonds.

A difference has an error of the rounding of the loss, ε, over the step, and one of the loss's curvature times the
step: the best one-sided step is about ε^(1/2) of the stiffness, the best central one ε^(1/3) (Press et al., Numerical
Recipes, 2007, section 5.7). A step that is a share of each bond's stiffness suits every network; one in newtons suits
the network that it was chosen for.
"""

import numpy as np
import numpy.typing as npt

from femnn.insitu.relative_loads import Step, StiffnessShare
from femnn.network.identity import is_li2024
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

ONE_SIDED = StiffnessShare(share=1e-7, relative_to="stiffness")
CENTRAL = StiffnessShare(share=1e-5, relative_to="stiffness")
"""Above the powers of the rounding of a double, since equilibria are exact to rather less."""
LI2024_ONE_SIDED = 7e-7
LI2024_CENTRAL = 1e-4
"""The best steps in E·A (N) on the lattice of Li & Mao (2024), shares of 3e-7 and 5e-5."""


def default_steps(network: Network) -> tuple[Step, Step]:
    """Return the one-sided and the central step of a network: in newtons for that of Li & Mao (2024), else shares."""
    return (LI2024_ONE_SIDED, LI2024_CENTRAL) if is_li2024(network) else (ONE_SIDED, CENTRAL)


def stiffness_steps(network: Network, stiffness: Floats, step: Step) -> Floats:
    """Return the step in the stiffness of every bond (N/m), shape (B,).

    Args:
        network: the network.
        stiffness: k of the bonds (N/m), shape (B,).
        step: h in E·A (N), for steps h/L; or a share of k.
    """
    if isinstance(step, StiffnessShare):
        return step.share * stiffness
    return np.asarray(step / network.lengths)
