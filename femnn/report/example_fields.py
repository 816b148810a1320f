"""The forward and the adjoint field of one example, whose product is the gradient."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import NetworkError
from femnn.mechanics.elongation import elongations
from femnn.network.network import Floats, Network
from femnn.report.figure import Figure, Panel
from femnn.report.lattice_marks import LatticeField

TITLES = ("forward: the example's load", "adjoint: the error as a load", "gradient dL/dk")
SEEN = 0.06
"""Share of the lattice's size to which small displacements are magnified, so that they can be seen."""


def field_panels(
    network: Network,
    fields: Mapping[str, Any],
    titles: tuple[str, str, str] = TITLES,
    gradient_label: str = "",
) -> list[Panel]:
    """Return panels of the elongations under the example's load and the adjoint load, and of the gradient if given.

    Each field is drawn on its deformed lattice; displacements too small to be seen are magnified, by the factor that
    is told in the title.

    Args:
        network: the network.
        fields: displacements "forward" and "adjoint" (m) under the loads "force" and "adjoint_force" (N), shape (N, d)
            each, and "gradient", dL/dk, shape (B,), scaled to its largest size unless it has a label of its own.
        titles: of the drawings.
        gradient_label: of the gradient's colour scale.

    Raises:
        NetworkError: an array does not fit the network.
    """
    panels = []
    for name, load, title in (("forward", "force", titles[0]), ("adjoint", "adjoint_force", titles[1])):
        displacements = _fitting(f"{name} field", network, fields[name], network.nodes.shape)
        forces = _fitting(load.replace("_", " ") + "s", network, fields[load], network.nodes.shape)
        factor = magnification(network, displacements)
        told = title if factor == 1 else f"{title} (drawn × {factor:g})"
        panels.append(Panel([elongation_field(network, displacements, forces, factor)], told))
    if fields.get("gradient") is not None:
        gradient = _fitting("gradient", network, fields["gradient"], (len(network.bonds),))
        size = 1.0 if gradient_label else float(np.abs(gradient).max()) or 1.0
        label = gradient_label or "dL/dk, of its largest"
        panels.append(Panel([LatticeField(network=network, values=gradient / size, label=label)], titles[2]))
    return panels


def elongation_field(
    network: Network, displacements: Floats, forces: Floats, magnification: float = 1.0
) -> LatticeField:
    """Return a lattice with the true elongations of its bonds, loads as arrows.

    Args:
        network: the network.
        displacements: U (m), shape (N, d).
        forces: loads (N), shape (N, d).
        magnification: factor on the displacements.
    """
    stretch = 1e6 * elongations(network, displacements, "true")
    return LatticeField(network=network, values=stretch, displacements=displacements, forces=forces,
                        label="elongation (µm)", magnification=magnification)  # fmt: skip


def fields_figure(
    title: str,
    caption: str,
    network: Network,
    example: Mapping[str, Any],
    name: str = "fields",
    at_size_of_load: bool = False,
) -> Figure | None:
    """Return a figure of the forward and the adjoint field of an example; None where the loss sets no adjoint force.

    Args:
        title: of the figure.
        caption: what is drawn.
        network: the network.
        example: arrays "forward", "adjoint", "force", "adjoint_force" and, if it is to be drawn, "gradient".
        name: of the file.
        at_size_of_load: whether the adjoint force is drawn at the size of the load, as the loss sets no force of its
            own.

    Raises:
        NetworkError: an array does not fit the network.
    """
    size = float(np.linalg.norm(example["adjoint_force"]))
    if not size > 0:
        return None
    scale = float(np.linalg.norm(example["force"])) / size if at_size_of_load else 1.0
    scaled = {name: scale * np.asarray(example[name]) for name in ("adjoint", "adjoint_force")}
    panels = field_panels(network, {**example, **scaled})
    return Figure(name, title, caption, [panels], (4.6 * len(panels), 3.9))


def first_gradient_figure(
    network: Network, model: str, example: Mapping[str, Any], at_size_of_load: bool = False
) -> Figure | None:
    """Return :func:`fields_figure` of an example before training, whose title and caption say what is loaded.

    Args:
        network: the network.
        model: its name, for the title.
        example: as :func:`fields_figure` takes it, with "gradient".
        at_size_of_load: whether the adjoint force is drawn at the size of the load, and not as it is.

    Raises:
        NetworkError: an array does not fit the network.
    """
    load, pull = (float(np.linalg.norm(example[name])) / GRAM_FORCE for name in ("force", "adjoint_force"))
    applied = "drawn at the size of the load" if at_size_of_load else f"applied with {pull:.3g} gf"
    return fields_figure(
        f"The forward and the adjoint field of one example, whose product is the gradient ({model})",
        f"Before training, under {load:.3g} gf; the adjoint force, what the answer lacks, is {applied}. True "
        "elongation of every bond, red for longer.",
        network,
        example,
        at_size_of_load=at_size_of_load,
    )


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


def _fitting(what: str, network: Network, values: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    found = np.asarray(values)
    if found.shape != shape or not np.isfinite(found).all():
        raise NetworkError(f"{network.name}: the {what} to draw must be finite, of shape {shape}, not {found.shape}.")
    return found
