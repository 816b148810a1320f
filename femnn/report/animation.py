"""Animations of a training: the lattice as its stiffness, and its answer, change."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter

from femnn.errors import ConfigError, NetworkError
from femnn.network.network import Floats, Network
from femnn.network.port import Port
from femnn.report.lattice_marks import NO_PORTS, Bond, Bounds
from femnn.report.plots import drawing
from femnn.report.trained_lattice import STIFFNESS_LABEL, trained_lattice

MOST_FRAMES = 60
"""Of more frames this many are shown, evenly spread, the first and the last among them."""
FRAMES_A_SECOND = 8
HELD = 12
"""Times that the last frame is shown, so that the result can be looked at before the animation starts again."""
DOTS_PER_INCH = 100


def animate(
    path: Path,
    network: Network,
    stiffness_frames: Floats,
    displacement_frames: Floats | None = None,
    texts: Sequence[str] = (),
    bounds: Bounds | None = None,
    inputs: Mapping[str, Port] = NO_PORTS,
    outputs: Mapping[str, Port] = NO_PORTS,
    removed: Sequence[Bond] = (),
    magnification: float = 1.0,
) -> None:
    """Write an animation of the lattice; the ending of the file says as what.

    Args:
        path: the file, .gif or .mp4; an .mp4 needs the program ffmpeg.
        network: the network.
        stiffness_frames: k (N/m), shape (frames, B).
        displacement_frames: U (m), shape (frames, N, d); the lattice stays at rest where None.
        texts: titles of the frames, such as the epoch and the accuracy; none or one for each.
        bounds: smallest and largest k (N/m); those of the network where None.
        inputs: nodes that are pushed, by the name of the feature.
        outputs: nodes that answer, by the name of the class.
        removed: bonds that are cut, drawn dashed.
        magnification: factor on the displacements.

    Raises:
        ConfigError: an ending other than these, no ffmpeg, no such folder, or numbers of frames that differ.
        NetworkError: the frames do not fit the network.
    """
    writer = _writer(path)
    stiffness = np.asarray(stiffness_frames, dtype=np.float64)
    moves = None if displacement_frames is None else np.asarray(displacement_frames, dtype=np.float64)
    _check(network, stiffness, moves, texts)
    figure, axes = drawing(1, 1, 6.4, 4.4)
    axis = axes[0, 0]

    def draw(i: int, colour_bar: bool = False) -> None:
        axis.clear()
        lines = trained_lattice(
            axis, network, stiffness[i], network.stiffness_bounds if bounds is None else bounds,
            texts[i] if texts else "", inputs, outputs, removed, None if moves is None else moves[i], magnification,
            moves, colour_bar=False,
        )  # fmt: skip
        if colour_bar:
            figure.colorbar(lines, ax=axis, label=STIFFNESS_LABEL, shrink=0.75, pad=0.02)

    shown = np.unique(np.linspace(0, len(stiffness) - 1, min(len(stiffness), MOST_FRAMES)).round().astype(int))
    draw(int(shown[0]), colour_bar=True)
    # Laid out once: the lattice would jump where a title is of another length
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    with writer.saving(figure, str(path), DOTS_PER_INCH):
        for i in shown:
            draw(int(i))
            for _ in range(HELD if i == shown[-1] else 1):
                writer.grab_frame()


def _writer(path: Path) -> AbstractMovieWriter:
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}; make it first.")
    if path.suffix.lower() == ".gif":
        return PillowWriter(fps=FRAMES_A_SECOND)
    if path.suffix.lower() != ".mp4":
        raise ConfigError(f"{path}: an animation is written as .gif or .mp4, not {path.suffix or 'without an ending'}.")
    if not FFMpegWriter.isAvailable():
        raise ConfigError(f"{path}: an .mp4 needs the program ffmpeg, which is not here; write a .gif.")
    return FFMpegWriter(fps=FRAMES_A_SECOND)


def _check(network: Network, stiffness: Floats, moves: Floats | None, texts: Sequence[str]) -> None:
    bonds = len(network.bonds)
    if stiffness.ndim != 2 or stiffness.shape[1] != bonds or not len(stiffness):
        raise NetworkError(f"{network.name}: stiffness must be of shape (frames, {bonds}), not {stiffness.shape}.")
    frames = len(stiffness)
    if moves is not None and moves.shape[1:] != network.nodes.shape:
        raise NetworkError(
            f"{network.name}: displacements must be of shape (frames, {len(network.nodes)}, {network.dimension}), "
            f"not {moves.shape}."
        )
    if (moves is not None and len(moves) != frames) or len(texts) not in (0, frames):
        raise ConfigError(f"{network.name}: displacements and texts must be as many as the {frames} frames of k.")
