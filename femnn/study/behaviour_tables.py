"""What studies of behaviours tabulate and mark: displacements of outputs, their ratio, and ports on a lattice."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.config.directions import in_dimension
from femnn.config.quantities import GRAM_FORCE
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.training.tasks import BehaviourSettings
from femnn.training.tasks.ports import read


def output_rows(
    network: Network, behaviour: BehaviourSettings, displacements: npt.NDArray[np.float64]
) -> list[dict[str, Any]]:
    """Return the displacement of every output (m) beside the one that is wanted, a row an output.

    Args:
        network: the network.
        behaviour: what is wanted.
        displacements: U (m), shape (N, d).
    """
    return [
        {
            "output": f"node {node} {output.component}",
            "displacement": float(displacements[network.index(node), component]),
            "wanted": output.displacement,
        }
        for (node, component), output in zip(read(network, behaviour.outputs), behaviour.outputs, strict=True)
    ]


def output_ratio(displacements: Sequence[float | None]) -> float:
    """Return the displacement of the first output divided by that of the second; NaN unless there are two."""
    first, second = displacements if len(displacements) == 2 else (None, None)
    return first / second if first is not None and second else float("nan")


def ratio_text(ratio: float, digits: int) -> str:
    """Return a ratio for a reader, with digits after the point; a dash for NaN."""
    return "–" if np.isnan(ratio) else f"{ratio:.{digits}f}"


def port_marks(network: Network, behaviour: BehaviourSettings) -> tuple[dict[str, Port], dict[str, Port]]:
    """Return the loaded nodes of a behaviour by their force, and its outputs by their node, to mark on a lattice."""
    dimension = network.dimension
    loaded = {
        f"{load.force / GRAM_FORCE:.3g} gf": Port(load.node, in_dimension(load.direction, dimension, "the load"))
        for load in behaviour.loads
    }
    return loaded, {f"node {output.node}": output.port(dimension) for output in behaviour.outputs}
