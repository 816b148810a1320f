"""A user's own loss, from Python functions of U."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, FemnnError
from femnn.losses.components import checked_reads, components, read, require_one_sample
from femnn.losses.taylor import taylor_test
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

TYPICAL = 0.05
"""Displacements at which a loss is tested unless they are given, as a share of the mean length of the bonds."""
CURVATURE_STEP = float(np.cbrt(np.finfo(np.float64).eps))
"""Step of the central differences, as a share of the largest displacement: truncation and rounding are alike small."""


@dataclass(frozen=True, eq=False)
class CustomLoss:
    """A loss from a function L(U) and a function ∂L/∂U, each of one sample's displacements, shape (N, d).

    A Taylor test on construction checks that the second is the derivative of the first. For n samples the functions
    are called n times; the loss has no targets of its own for each sample.

    Raises:
        ConfigError: a function raises, or does not return finite numbers of the right shape; the derivative is not
            that of the value, or not zero for a component that is not read. So do ``value`` and ``derivative`` later.
    """

    reads: Integers
    function: Callable[[Floats], Any]
    """L of displacements (m), shape (N, d): a number."""
    slope: Callable[[Floats], Any]
    """∂L/∂U of displacements (m), shape (N, d)."""
    tested_at: Floats
    """Displacements (m) of the size that they have in use, shape (N, d), at which the derivative is tested."""
    name: str = "custom"
    """What messages call the loss."""

    def __post_init__(self) -> None:
        """Call both functions and compare them."""
        object.__setattr__(self, "reads", checked_reads(self.reads))
        object.__setattr__(self, "tested_at", np.array(self.tested_at, dtype=np.float64))
        if self.tested_at.ndim != 2 or not np.isfinite(self.tested_at).all():
            raise ConfigError(f"Loss {self.name!r}: displacements to test it at must be finite and of shape (N, d).")
        read(self.tested_at, self.reads)
        derivative = self.derivative(self.tested_at)
        self._require_only_read(derivative)
        test = taylor_test(self._value, derivative, self.tested_at)
        if not test.passed:
            raise ConfigError(
                f"Loss {self.name!r}: the derivative is not that of the value: along a random direction its error is "
                f"{test.error:.2g} of its norm, and the Taylor remainder falls with rate {test.rate:.2f} instead of 2; "
                "correct the derivative, add the components that the value depends on, or compute both in double "
                "precision."
            )

    def value(self, displacements: Floats) -> Any:
        """L(U): a float, or an array (n,) for n samples."""
        read(displacements, self.reads)
        if displacements.ndim == 2:
            return self._value(displacements)
        return np.array([self._value(sample) for sample in displacements])

    def derivative(self, displacements: Floats) -> Floats:
        """∂L/∂U, of the shape of U."""
        read(displacements, self.reads)
        if displacements.ndim == 2:
            return self._derivative(displacements)
        return np.array([self._derivative(sample) for sample in displacements]).reshape(displacements.shape)

    def curvature(self, displacements: Floats) -> Floats:
        """∂²L/∂U² with respect to the components read, by central differences of the derivative, shape (m, m)."""
        require_one_sample((), displacements)
        size = np.abs(displacements).max() or np.abs(self.tested_at).max() or 1.0
        step = CURVATURE_STEP * size
        columns = []
        for component in self.reads:
            moved = np.zeros(displacements.shape)
            moved.reshape(-1)[component] = step
            difference = self._derivative(displacements + moved) - self._derivative(displacements - moved)
            columns.append(read(difference, self.reads) / (2 * step))
        return 0.5 * (np.array(columns) + np.array(columns).T)

    def __getitem__(self, index: int | Integers) -> "CustomLoss":
        """The same loss: samples have no targets of their own."""
        return self

    def _value(self, displacements: Floats) -> float:
        result = self._called(self.function, displacements)
        if np.shape(result) != () or not np.isfinite(number := _numbers(result)):
            raise ConfigError(f"Loss {self.name!r}: the value must be one finite number, not {result!r:.60}.")
        return float(number)

    def _derivative(self, displacements: Floats) -> Floats:
        result = _numbers(self._called(self.slope, displacements))
        if result.shape != displacements.shape:
            raise ConfigError(
                f"Loss {self.name!r}: the derivative must be of the displacements' shape {displacements.shape}, "
                f"not {result.shape}."
            )
        if not np.isfinite(result).all():
            raise ConfigError(f"Loss {self.name!r}: the derivative is NaN or infinite; make it finite where it kinks.")
        return result

    def _called(self, function: Callable[[Floats], Any], displacements: Floats) -> Any:
        try:
            # A copy, which the function may change
            return function(displacements.copy())
        except FemnnError:
            raise
        except Exception as error:
            # Whatever a user's own function raises is reported as its fault, with the line
            line = traceback.extract_tb(error.__traceback__)[-1]
            raise ConfigError(
                f"Loss {self.name!r} raises {type(error).__name__} at line {line.lineno} of {line.filename}: {error}."
            ) from error

    def _require_only_read(self, derivative: Floats) -> None:
        others = np.setdiff1d(np.flatnonzero(derivative), self.reads)
        if others.size:
            node, component = divmod(int(others[0]), derivative.shape[1])
            raise ConfigError(
                f"Loss {self.name!r}: the derivative is not zero for component {component} of node index {node}, "
                "which the loss is not said to read; add it to the components read."
            )


def custom_loss(
    network: Network,
    outputs: Sequence[tuple[int, int]],
    function: Callable[[Floats], Any],
    slope: Callable[[Floats], Any],
    tested_at: Floats | None = None,
    name: str = "custom",
) -> CustomLoss:
    """A loss from a user's own functions of the displacements of a network's nodes.

    Args:
        network: the network.
        outputs: label of a node and component (0 for x, 1 for y, 2 for z), for each component that the loss reads.
        function: L of displacements (m), shape (N, d).
        slope: ∂L/∂U of displacements (m), shape (N, d).
        tested_at: displacements (m) at which the derivative is tested, shape (N, d); random ones of a twentieth of a
            bond's length unless given.
        name: what messages call the loss.

    Raises:
        NetworkError: a node is unknown, has no such component or is held by a support there, or a component is given
            twice.
        ConfigError: a function raises or returns something else, or the derivative is not that of the value.
    """
    reads = components(network, outputs)
    if tested_at is None:
        size = TYPICAL * float(network.lengths.mean())
        tested_at = np.random.default_rng(0).uniform(-size, size, network.nodes.shape)
    if np.shape(tested_at) != network.nodes.shape:
        raise ConfigError(
            f"Loss {name!r}: displacements to test it at are of shape {np.shape(tested_at)}, but the nodes of "
            f"{network.name} are of shape {network.nodes.shape}."
        )
    return CustomLoss(reads, function, slope, tested_at, name)


def _numbers(result: Any) -> Floats:
    """What a function returned as an array; NaN where it is none, for which there is a message already."""
    try:
        # A copy, since the function may fill the same array at its next call
        return np.array(result, dtype=np.float64)
    except (TypeError, ValueError):
        return np.array(np.nan)
