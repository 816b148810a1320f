"""``femnn measured``: check a user's measurements, say what they hold, and write the gradient that they measure."""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.measured.camera_checks import ZOOM, Allowed
from femnn.measured.measured_gradient import MeasuredGradient, write_gradients
from femnn.measured.tracked import Tracked, read_tracked
from femnn.measured.tracker_columns import TrackerColumns
from femnn.measured.workbook import read_workbook
from femnn.network.network import Network

PARTS = ("measured", "deviation", "simulated", "trials")
"""What columns of a workbook can be said to hold."""


def describe_tracked(
    path: Path,
    network: Network,
    out: Path | None,
    unit: str | None,
    states: tuple[str, str],
    hold_supports: bool,
    case: str | None = None,
    fit: Collection[str] = (),
    allowed: Allowed | None = None,
    columns: TrackerColumns | None = None,
) -> str:
    """Check tracked positions, and describe them.

    Args:
        path: CSV file of positions.
        network: what was tracked.
        out: file to which the gradient is written.
        unit: of the positions; what the file states, or else metres, where None.
        states: names of the states under the data's load and under the adjoint force.
        hold_supports: whether the supports' motion is taken out.
        case: name of the load case; that of the file unless given.
        fit: what of the camera is fitted; see :func:`femnn.measured.tracked.read_tracked`.
        allowed: what may differ from the network, and by how much.
        columns: which columns, frames and particles of a tracker's own table are which.

    Raises:
        ConfigError: the file cannot be used; or a gradient is to be written and there is none.
    """
    tracked = read_tracked(path, network, unit, hold_supports=hold_supports, fit=fit, allowed=allowed,
                           columns=columns)  # fmt: skip
    counts = sorted({len(repeats) for repeats in tracked.repeats.values()} or {1})
    lines = [
        f"{path.name}: {len(network.nodes)} nodes of {network.name}; "
        f"{' or '.join(map(str, counts))} repeat{'s' * (counts[-1] > 1)}; "
        f"states {', '.join(['rest', *tracked.displacements])}",
        f"at rest the nodes are {1e6 * tracked.residual:.3g} µm (root mean square) from where the network has them",
        f"the camera's scale at rest: {tracked.camera}",
        *(f"note: {note}" for note in (*network.notes, *tracked.notes)),
    ]
    for state in tracked.displacements:
        mean, deviation = tracked.displacement(state)
        lengths = np.linalg.norm(mean, axis=1)
        most = int(np.argmax(lengths))
        if not lengths[most]:
            raise ConfigError(
                f"{path}: no node moves in state {state!r}: its positions are those at rest; check which pictures they "
                "are from."
            )
        scatter = np.sqrt(np.mean(deviation[~network.fixed] ** 2))
        lines.append(
            f"{state}: node {network.labels[most]} moves most, {1e3 * lengths[most]:.4g} mm"
            + (f"; deviation {1e6 * scatter:.3g} µm a component" if len(tracked.repeats[state]) > 1 else "")
            + _zoom(tracked, state, ZOOM in fit)
        )
    gradient = None
    if out is not None or set(states) <= set(tracked.displacements):
        gradient = tracked.gradient(*states, case=case or path.stem)
        lines += _gradient_lines(network, gradient)
    else:
        absent = " and ".join(repr(state) for state in states if state not in tracked.displacements)
        lines.append(f"no gradient: there is no state {absent}")
    return "\n".join(lines + _written(network, [gradient] if gradient else [], out))


def describe_workbook(path: Path, network: Network, out: Path | None, sheet: str | None, columns: list[str]) -> str:
    """Find the measured gradients in a copy of the workbook of Li & Mao (2024), and describe them.

    Args:
        path: the workbook.
        network: the lattice of the paper.
        out: file to which the gradients are written.
        sheet: the only sheet that is searched.
        columns: ``"trials=D:F"``, ``"measured=B"`` and the like, for the only columns that are searched.

    Raises:
        ConfigError: they are not found, or what is given cannot be read.
        NetworkError: the network is not the lattice of the paper.
    """
    parts = dict(text.partition("=")[::2] for text in columns)
    for part in parts:
        if part not in PARTS:
            raise ConfigError(f"Columns hold no {part!r}; {nearest(part, PARTS)} Give them as in trials=D:F.")
    found = read_workbook(path, network, sheet, parts)
    lines: list[str] = []
    for case in found.values():
        lines += [f"{case.gradient.case}: {case.where}", *_gradient_lines(network, case.gradient)]
    return "\n".join(lines + _written(network, [case.gradient for case in found.values()], out))


def _zoom(tracked: Tracked, state: str, fitted: bool) -> str:
    if state not in tracked.zooms:
        return ""
    change, error = tracked.zooms[state]
    shown = f"{100 * change:+.2f}" + (f" ± {100 * error:.1g}" if error > 1e-6 else "")
    return f"; supports {shown} % farther apart than at rest{', taken out as zoom' if fitted else ''}"


def _gradient_lines(network: Network, gradient: MeasuredGradient) -> list[str]:
    lines = [f"{'bond':>8} {'measured (m²)':>15} {'deviation (m²)':>15}"]
    for bond, (value, deviation) in enumerate(zip(gradient.value, gradient.deviation, strict=True)):
        shown = "–" if np.isnan(deviation) else f"{deviation:.2g}"
        lines.append(f"{network.bond_name(bond):>8} {value:15.4g} {shown:>15}")
    return lines


def _written(network: Network, gradients: list[MeasuredGradient], out: Path | None) -> list[str]:
    if out is None:
        return []
    write_gradients(out, network, gradients)
    return [f"written: {out}"]
