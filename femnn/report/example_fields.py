"""The forward and the adjoint field of one example, whose product is the gradient."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure as Drawing

from femnn.errors import NetworkError
from femnn.mechanics.elongation import elongations
from femnn.network.network import Network
from femnn.report.lattice_plots import lattice
from femnn.report.plots import drawing

type Floats = npt.NDArray[np.float64]

SEEN = 0.06
"""Share of the lattice's size to which small displacements are magnified, so that they can be seen."""


def fields(
    network: Network,
    forward: Floats,
    adjoint: Floats,
    forward_forces: Floats,
    adjoint_forces: Floats,
    gradient: Floats | None = None,
    titles: tuple[str, str, str] = ("forward: the example's load", "adjoint: the error as a load", "gradient dL/dk"),
) -> Drawing:
    """Draw the elongations under the example's load and under the adjoint load side by side, and the gradient if given.

    Each field is drawn on its deformed lattice; displacements too small to be seen are magnified, by the factor that
    is told in the title.

    Args:
        network: the network.
        forward: displacements under the load (m), shape (N, d).
        adjoint: displacements under the adjoint load (m), shape (N, d).
        forward_forces: the load (N), shape (N, d).
        adjoint_forces: the adjoint load (N), shape (N, d).
        gradient: dL/dk, shape (B,), drawn third, scaled to its largest size.
        titles: of the drawings.

    Raises:
        NetworkError: an array does not fit the network.
    """
    shape, bonds = network.nodes.shape, (len(network.bonds),)
    _require("forward field", network, forward, shape)
    _require("adjoint field", network, adjoint, shape)
    _require("forces", network, forward_forces, shape)
    _require("adjoint forces", network, adjoint_forces, shape)
    panels = 2 if gradient is None else 3
    figure, axes = drawing(1, panels, 4.6 * panels, 3.9)
    for ax, field, forces, title in (
        (axes[0, 0], forward, forward_forces, titles[0]),
        (axes[0, 1], adjoint, adjoint_forces, titles[1]),
    ):
        factor = magnification(network, field)
        told = title if factor == 1 else f"{title} (drawn × {factor:g})"
        stretch = 1e6 * elongations(network, field, "true")
        lattice(ax, network, stretch, field, _arrows(network, forces), "elongation (µm)", told, factor)
    if gradient is not None:
        _require("gradient", network, gradient, bonds)
        size = float(np.abs(gradient).max()) or 1.0
        lattice(axes[0, 2], network, gradient / size, label="dL/dk, of its largest", title=titles[2])
    return figure


def magnification(network: Network, field: Floats) -> float:
    """Factor 1, 2 or 5 times a power of ten that makes small displacements as large as can be seen, at least 1.

    Args:
        network: the network.
        field: displacements (m), of any shape.
    """
    largest = float(np.abs(field).max(initial=0.0))
    wanted = SEEN * float(np.ptp(network.nodes, axis=0).max()) / largest if largest else 1.0
    if wanted <= 1:
        return 1.0
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(max(step * power for step in (1, 2, 5) if step * power <= wanted * (1 + 1e-9)))


def _arrows(network: Network, forces: Floats) -> dict[int, Floats]:
    return {int(network.labels[i]): forces[i] for i in np.flatnonzero(np.any(forces != 0, axis=1))}


def _require(what: str, network: Network, values: Floats, shape: tuple[int, ...]) -> None:
    if np.shape(values) != shape or not np.isfinite(values).all():
        raise NetworkError(
            f"{network.name}: the {what} to draw must be finite, of shape {shape}, not {np.shape(values)}."
        )
