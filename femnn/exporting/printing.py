"""What a printer makes of widths: rounding to its resolution, and walls that are too thin for it."""

from dataclasses import replace

import numpy as np

from femnn.config.quantities import MILLIMETRE
from femnn.errors import ConfigError
from femnn.geometry.strips import end_widths
from femnn.network.network import Network

DIGITS = 12
"""Decimals of a metre that a rounded width keeps, so that 1.8 mm is the number 0.0018."""


def rounded(network: Network, resolution: float) -> tuple[Network, list[str]]:
    """Round the widths of all bonds to multiples of a length, and say by how much they and the stiffnesses change.

    Args:
        network: the network.
        resolution: what widths are multiples of (m).

    Raises:
        ConfigError: nothing is left of a bond.
    """
    width = network.sections.width
    widths = np.round(np.round(width / resolution) * resolution, DIGITS)
    if not (widths > 0).all():
        bond = int(np.argmin(widths))
        raise ConfigError(
            f"--resolution {_mm(resolution)} mm leaves nothing of bond {network.bond_name(bond)}, which is "
            f"{_mm(width[bond])} mm wide; make it finer."
        )
    if np.allclose(widths, width, rtol=1e-9, atol=0.0):
        return network, [f"widths are multiples of {_mm(resolution)} mm as they are"]
    change, share = widths - width, widths / width - 1
    most, worst = int(np.argmax(np.abs(change))), int(np.argmax(np.abs(share)))
    text = (
        f"widths rounded to multiples of {_mm(resolution)} mm: by {change[most] / MILLIMETRE:+.3g} mm at most, at bond "
        f"{network.bond_name(most)}; k changes by {100 * share[worst]:+.2g} % at most, at bond "
        f"{network.bond_name(worst)}, and by {100 * np.sqrt(np.mean(share**2)):.2g} % in the root mean square"
    )
    return replace(network, sections=replace(network.sections, width=widths)), [text]


def thin_walls(network: Network, least: float) -> list[str]:
    """A line on bonds that are thinner than a wall can be, if there are any.

    Args:
        network: its bonds' widths, thinned ends and, in space, thicknesses are looked at.
        least: thickness of the thinnest wall (m).
    """
    sections = network.sections
    parts = {"bar": sections.width, "thinned end": end_widths(network)}
    if network.dimension == 3:
        parts["thickness"] = sections.thickness
    walls = np.stack(list(parts.values()))
    thin = np.flatnonzero((walls < least * (1 - 1e-9)).any(axis=0))
    if not thin.size:
        return []
    part, bond = np.unravel_index(np.argmin(walls), walls.shape)
    return [
        f"warning: {thin.size} of {len(network.bonds)} bonds are thinner than the minimum wall of {_mm(least)} mm, the "
        f"thinnest {network.bond_name(int(bond))}: its {list(parts)[part]} is {_mm(walls[part, bond])} mm"
    ]


def _mm(length: float) -> str:
    return f"{length / MILLIMETRE:.4g}"
