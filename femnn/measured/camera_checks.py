"""What a camera may not do at rest: stretch one direction, mistake the scale, or see another lattice.

Each is measured with its standard error, and refused where it is beyond that and beyond what is allowed.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES
from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.measured.affine import Image
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

ANISOTROPIC, ZOOM = "anisotropic", "zoom"
"""What is fitted on request: a scale for each direction at rest; the scale of every state, from its supports."""
FITS = (ANISOTROPIC, ZOOM)
CLEAR = 4.0
"""Standard errors beyond which a difference is no chance."""
SMALL = 1e-3
"""Standard error, as a share of what it is of, that is not worth stating."""
ALONG = 0.996
"""Cosine of the angle, 5°, within which a direction is called by the axis beside it."""


@dataclass(frozen=True)
class Allowed:
    """How far a measurement may differ from the network, and still be used."""

    scale: float = 0.005
    """Difference of the scales of two directions, and of a calibrated camera's scale from 1, as a share."""
    misfit: float = 0.03
    """Root mean square distance of the nodes at rest from their places, as a share of the shortest bond."""
    zoom: float = 0.05
    """False elongation by a change of zoom, as a share of that which the load causes (root mean squares)."""


def parsed_allowed(texts: list[str]) -> Allowed:
    """Return what is allowed, from texts such as "scale=0.01" or "misfit=5 %".

    Raises:
        ConfigError: an unknown name, or a value that is no share above 0 and up to 1.
    """
    values: dict[str, float] = {}
    names = [field.name for field in fields(Allowed)]
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        if name not in names:
            raise ConfigError(f"Nothing called {name!r} can be allowed; {nearest(name, names)} Write scale=0.01.")
        try:
            values[name] = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
        except ValueError:
            values[name] = np.nan
        if not 0 < values[name] <= 1:
            raise ConfigError(f"--allow {text!r}: give a share above 0 and up to 1, as in {name}=0.01 or {name}=1%.")
    return Allowed(**values)


def require_similar(image: Image, allowed: Allowed, where: str, scale_text: str, factor: float) -> None:
    """Refuse an image that is stretched in one direction against another.

    Args:
        image: the network at rest as it is seen.
        allowed: what may be.
        where: file, state and repeat, for the message.
        scale_text: what a scale is a number of, as "px/mm".
        factor: of the image's scales to those that the message states.

    Raises:
        ConfigError: it is; the message names both directions and scales.
    """
    if image.stretch <= allowed.scale or image.stretch <= CLEAR * image.stretch_error:
        return
    largest, smallest = (factor * image.scales[i] for i in (0, -1))
    along, across = (direction_name(image.axes[i]) for i in (0, -1))
    raise ConfigError(
        f"{where}: {along} is stretched by {percent(image.stretch, image.stretch_error)} against {across}: scales "
        f"{largest:#.4g} and {smallest:#.4g}{scale_text}, as of pixels that are not square or a tilted camera; "
        f"{percent(allowed.scale)} are allowed. Have both scales fitted by --fit {ANISOTROPIC}, or allow more "
        f"by --allow scale={above(image.stretch)}."
    )


def require_size(image: Image, allowed: Allowed, where: str, unit: str) -> None:
    """Refuse an image in a unit of length that is of another size than the network.

    Raises:
        ConfigError: it is; the message states how much.
    """
    excess = image.size - 1
    if abs(excess) <= allowed.scale or abs(excess) <= CLEAR * image.size_error:
        return
    raise ConfigError(
        f"{where}: in {unit} the lattice at rest is {image.size:#.4g} times as large as the network, "
        f"{percent(abs(excess), image.size_error)} off; {percent(allowed.scale)} are allowed. Calibrate the camera, "
        f"have the scale fitted by --unit px, or allow more by --allow scale={above(abs(excess))}."
    )


def require_fit(placed: Floats, network: Network, allowed: Allowed, where: str) -> None:
    """Refuse a rest state that does not fit the network.

    Args:
        placed: the nodes at rest in the network's frame (m), shape (N, d).
        network: what was tracked.
        allowed: what may be.
        where: file, state and repeat, for the message.

    Raises:
        ConfigError: it does not; the message names the node that is farthest off.
    """
    distances = np.linalg.norm(placed - network.nodes, axis=1)
    misfit, shortest = float(np.sqrt((distances**2).mean())), float(network.lengths.min())
    if misfit <= allowed.misfit * shortest:
        return
    worst = int(np.argmax(distances))
    raise ConfigError(
        f"{where}: the nodes at rest are {1e3 * misfit:.3g} mm (root mean square) from where {network.name} has them, "
        f"{percent(misfit / shortest)} of its shortest bond, node {network.labels[worst]} most by "
        f"{1e3 * distances[worst]:.3g} mm; {percent(allowed.misfit)} are allowed. Track them again, name the network "
        f"that was tracked, or allow more by --allow misfit={above(misfit / shortest)}."
    )


def direction_name(axis: Floats) -> str:
    """Return a direction of the file's frame, a unit vector of shape (d,), as x, y or z or by its components."""
    along = int(np.argmax(np.abs(axis)))
    if abs(axis[along]) >= ALONG:
        return AXES[along]
    upwards = axis if axis[along] > 0 else -axis
    return f"the direction ({', '.join(f'{component:.2f}' for component in upwards)})"


def percent(share: float, error: float = 0.0) -> str:
    """Return a share in percent, with its standard error where that is worth stating."""
    shown = f"{100 * share:#.2g}" if share < 0.0995 else f"{100 * share:.0f}"
    return f"{shown} %" if error < SMALL * share else f"{shown} ± {100 * error:.1g} %"


def above(share: float) -> str:
    """Return a share of one digit that is above another one."""
    power = 10.0 ** np.floor(np.log10(share))
    return f"{np.ceil(1.05 * share / power) * power:.1g}"
