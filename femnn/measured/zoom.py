"""A change of the camera's zoom between two states, as supports show that stay where they are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.measured.camera_checks import CLEAR, ZOOM, Allowed, above, percent
from femnn.measured.rigid import fitted
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

DOUBTFUL = 1.5
"""Standard errors from which on a change that may be chance is noted."""
NAMED = 6
"""Supports that a message names."""
ROUNDING = 1e-12
"""A change of scale that arithmetic makes."""


@dataclass(frozen=True)
class Zoom:
    """By how much the supports of a state are farther apart than at rest."""

    change: float
    """As a share; below 0 where they are nearer."""
    error: float
    """Its standard error by the camera's noise; 0 where that is not known."""
    false_share: float
    """False elongation of the bonds that it makes, as a share of that which the load causes (root mean squares)."""


def zoom_between(placed: Floats, home: Floats, network: Network, noise: float) -> Zoom:
    """Return the change of zoom from rest to a state.

    Args:
        placed: positions in the network's frame (m), shape (N, d).
        home: at rest (m), shape (N, d).
        network: what was tracked; two of its nodes at least are held in all directions.
        noise: standard deviation of a coordinate (m); NaN where it is not known.
    """
    held = network.fixed.all(axis=1)
    change = fitted(home[held], placed[held], scaled=True, mirrored=False).scale - 1
    spread = float(((home[held] - home[held].mean(axis=0)) ** 2).sum())
    error = 0.0 if np.isnan(noise) else noise * float(np.sqrt(2 / spread))
    p, q = network.bonds.T
    rest, loaded = (np.linalg.norm(x[q] - x[p], axis=1) for x in (home, placed))
    caused = float(np.linalg.norm(loaded / (1 + change) - rest))
    return Zoom(change, error, abs(change) * float(np.linalg.norm(rest)) / max(caused, np.finfo(float).tiny))


def without_zoom(placed: Floats, network: Network, zoom: Zoom) -> Floats:
    """Return positions (m), shape (N, d), with a change of zoom taken out about the supports' centre."""
    centre = placed[network.fixed.all(axis=1)].mean(axis=0)
    return np.asarray(centre + (placed - centre) / (1 + zoom.change))


def require_same_zoom(zoom: Zoom, network: Network, allowed: Allowed, where: str) -> list[str]:
    """Refuse a change of zoom that is no chance and that matters; return a note where it may be chance.

    Args:
        zoom: the change from rest.
        network: what was tracked.
        allowed: what may be.
        where: file, state and repeat, for the message.

    Raises:
        ConfigError: the zoom changed.
    """
    size = abs(zoom.change)
    if zoom.false_share <= allowed.zoom or size < ROUNDING or size < DOUBTFUL * zoom.error:
        return []
    apart = f"{percent(size, zoom.error)} {'farther apart' if zoom.change > 0 else 'nearer'} than at rest"
    makes = f"makes false elongations of {percent(zoom.false_share)} of those that the load causes"
    if size <= CLEAR * zoom.error:
        return [
            f"{where}: supports are {apart}, which {makes} if the zoom changed. It may be noise: rest states of "
            "several repeats tell the camera's noise from how the lattice differs from its network"
        ]
    names = ", ".join(map(str, network.labels[network.fixed.all(axis=1)][:NAMED]))
    raise ConfigError(
        f"{where}: supports are {apart}, scales {1 + zoom.change:#.5g} and 1.0000: the camera's zoom or its distance "
        f"changed, or supports (nodes {names}) moved or were lost. That {makes}, {percent(allowed.zoom)} are allowed. "
        f"Have every state's scale fitted to its supports by --fit {ZOOM}, or allow more by --allow "
        f"zoom={above(zoom.false_share)}."
    )
