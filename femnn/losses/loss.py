"""What a loss is: a scalar function of the displacements of the network's nodes, with its derivatives."""

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


class Loss(Protocol):
    """A scalar function of U, shape (N, d), that reads a few of its components.

    A loss may hold targets for n samples; it then takes displacements of shape (n, N, d), those of the samples in
    order, and gives n values. A loss without targets of its own for each sample takes either shape. ``loss[i]`` is the
    loss of one sample.

    ∂L/∂U is in newtons where L is in joules; that force is the adjoint load.
    """

    @property
    def reads(self) -> Integers:
        """The components that the loss reads: indices into U.ravel() of one sample, shape (m,)."""

    def value(self, displacements: Floats) -> Any:
        """L(U): a float for U of shape (N, d), an array (n,) for (n, N, d)."""

    def derivative(self, displacements: Floats) -> Floats:
        """∂L/∂U, of the shape of U; with n samples, of each sample's own value."""

    def curvature(self, displacements: Floats) -> Floats:
        """∂²L/∂U² of one sample with respect to the components read, shape (m, m)."""

    def __getitem__(self, index: int | Integers) -> "Loss":
        """The loss of one sample, or of several; the same loss where samples have no targets of their own."""
