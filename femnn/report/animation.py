"""Animations of a training: the lattice as its stiffness changes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter
from matplotlib.collections import LineCollection

from femnn.errors import ConfigError, NetworkError
from femnn.network.network import Floats, Network
from femnn.report.lattice_marks import Bounds, LatticeStiffness
from femnn.report.lattice_plots import colour_scale
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
    texts: Sequence[str] = (),
    bounds: Bounds | None = None,
) -> None:
    """Write an animation of the stiffness of a lattice; the ending of the file says as what.

    Args:
        path: the file, .gif or .mp4; an .mp4 needs the program ffmpeg.
        network: the network.
        stiffness_frames: k (N/m), shape (frames, B).
        texts: titles of the frames, such as the epoch and the accuracy; none or one for each.
        bounds: smallest and largest k (N/m); those of the network where None.

    Raises:
        ConfigError: an ending other than these, no ffmpeg, no such folder, or numbers of frames that differ.
        NetworkError: the frames do not fit the network.
    """
    writer, stiffness = _writer(path), np.asarray(stiffness_frames, dtype=np.float64)
    _check(network, stiffness, texts)
    figure, axes = drawing(1, 1, 6.4, 4.4)
    axis = axes[0, 0]

    def draw(i: int) -> LineCollection:
        axis.clear()
        frame = LatticeStiffness(network=network, values=stiffness[i], bounds=bounds)
        return trained_lattice(frame, axis, texts[i] if texts else "")

    shown = np.unique(np.linspace(0, len(stiffness) - 1, min(len(stiffness), MOST_FRAMES)).round().astype(int))
    colour_scale(draw(int(shown[0])), [axis], STIFFNESS_LABEL)
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


def _check(network: Network, stiffness: Floats, texts: Sequence[str]) -> None:
    bonds, frames = len(network.bonds), len(stiffness)
    if stiffness.ndim != 2 or stiffness.shape[1] != bonds or not frames:
        raise NetworkError(f"{network.name}: stiffness must be of shape (frames, {bonds}), not {stiffness.shape}.")
    if len(texts) not in (0, frames):
        raise ConfigError(f"{network.name}: texts must be as many as the {frames} frames of k.")
