"""How losses read components out of the displacements of one sample or many, and put forces back on them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, NetworkError
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


def components(network: Network, outputs: Sequence[tuple[int, int]]) -> Integers:
    """Indices into U.ravel() of components of nodes, shape (m,).

    Args:
        network: the network.
        outputs: label of a node and component (0 for x, 1 for y, 2 for z), for each output.

    Raises:
        NetworkError: there is no output, a node is unknown, it has no such component or is held by a support there, or
            a component is given twice.
    """
    if not outputs:
        raise NetworkError(f"{network.name}: the loss reads nothing; give it at least one node and component.")
    for position, (label, component) in enumerate(outputs):
        if component not in range(network.dimension):
            raise NetworkError(
                f"{network.name}: output {position + 1} of the loss is component {component} of node {label}; "
                f"components are 0 to {network.dimension - 1}."
            )
        if network.fixed[network.index(label), component]:
            raise NetworkError(
                f"{network.name}: output {position + 1} of the loss is component {component} of node {label}, which a "
                "support holds; read a free one."
            )
        if (label, component) in outputs[:position]:
            raise NetworkError(
                f"{network.name}: the loss reads component {component} of node {label} twice; give it once."
            )
    return np.array([network.index(label) * network.dimension + component for label, component in outputs])


def checked_reads(reads: npt.ArrayLike) -> Integers:
    """The components that a loss reads, shape (m,).

    Raises:
        ConfigError: they are not indices, each once.
    """
    result = np.asarray(reads)
    if result.ndim != 1 or not result.size or result.dtype.kind not in "iu" or result.min() < 0:
        raise ConfigError(f"A loss reads components by a list of indices from 0 on, shape (m,), not {reads!r}.")
    if len(set(result.tolist())) < len(result):
        raise ConfigError(f"The loss reads a component twice; give each of {result.tolist()} once.")
    return result.astype(np.int64, copy=False)


def read(displacements: Floats, reads: Integers, samples: tuple[int, ...] = ()) -> Floats:
    """The components read, shape (m,) for one sample and (n, m) for n.

    Args:
        displacements: shape (N, d) or (n, N, d).
        reads: indices into those of one sample, shape (m,).
        samples: ``(n,)`` where the loss has targets for n samples, else ``()``.

    Raises:
        ConfigError: the displacements are of another shape, or not of as many samples as the loss has targets for.
    """
    shape = displacements.shape
    if len(shape) not in (2, 3):
        raise ConfigError(f"A loss takes displacements of shape (N, d) or (n, N, d), not {shape}.")
    if samples and shape[:-2] != samples:
        raise ConfigError(
            f"The loss has targets for {samples[0]} samples, but the displacements are of shape {shape}; "
            "take the loss of the samples that they belong to, loss[index]."
        )
    count = shape[-2] * shape[-1]
    if reads.max() >= count:
        raise ConfigError(
            f"The loss reads component {reads.max()}, but {shape[-2]} nodes have {count} components; it was made for "
            "another network."
        )
    return displacements.reshape(*shape[:-2], count)[..., reads]


def spread(values: Floats, reads: Integers, displacements: Floats) -> Floats:
    """Values of the components read where they belong, and zero elsewhere; of the shape of the displacements."""
    *samples, nodes, dimension = displacements.shape
    result = np.zeros((*samples, nodes * dimension))
    result[..., reads] = values
    return result.reshape(displacements.shape)


def plain(values: Floats) -> Any:
    """A float for one sample, the array as it is for many."""
    return values if values.ndim else float(values)


def chosen[T: np.generic](targets: npt.NDArray[T], index: int | Integers) -> npt.NDArray[T]:
    """Targets of the samples chosen.

    Args:
        targets: those of n samples, along the first axis.
        index: one sample, or several.

    Raises:
        ConfigError: there is no such sample.
    """
    try:
        return np.asarray(targets[index])
    except IndexError as error:
        raise ConfigError(
            f"The loss has targets for {len(targets)} samples, 0 to {len(targets) - 1}: {error}."
        ) from None


def require_one_sample(samples: tuple[int, ...], displacements: Floats) -> None:
    """Check that a curvature is asked for one sample alone.

    Args:
        samples: ``(n,)`` where the loss has targets for n samples, else ``()``.
        displacements: at which the curvature is asked for.

    Raises:
        ConfigError: the loss or the displacements are of several samples.
    """
    if samples or displacements.ndim != 2:
        raise ConfigError("The curvature of a loss is that of one sample; take loss[i] and displacements (N, d).")
