"""Animations of trainings, which studies write into their run's folder on request."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.animation import FFMpegWriter

from femnn.errors import ConfigError
from femnn.learning.classroom import Classroom
from femnn.learning.task import Task
from femnn.learning.training import History
from femnn.network import Network, Port
from femnn.results.animation import MOST_FRAMES, animate
from femnn.results.example_fields import magnification
from femnn.results.trained_lattice import NO_PORTS

type Ending = Literal["", "gif", "mp4"]
"""What animations are written as; none where empty."""

ANIMATIONS = "animations"
"""Folder of the files, in that of the run."""


def require_writer(ending: Ending) -> None:
    """See before a run that its animations can be written after it.

    Raises:
        ConfigError: an .mp4 is asked for and the program ffmpeg is not there.
    """
    if ending == "mp4" and not FFMpegWriter.isAvailable():
        raise ConfigError('animation = "mp4" needs the program ffmpeg, which is not here; set animation to gif.')


def frames(room: Classroom, model: str, task: Task, sample: int, history: History, network: Network) -> dict[str, Any]:
    """What an animation shows, as JSON-able values: k and one sample's displacements at evaluations, evenly spread.

    Args:
        room: where the network was trained.
        model: its name.
        task: what it was trained on.
        sample: whose displacements are shown.
        history: the training, with snapshots.
        network: the network.

    Raises:
        ConfigError: the training kept no snapshots.
    """
    if not history.snapshots:
        raise ConfigError("An animation needs the stiffness at every evaluation; set training.snapshots to true.")
    chosen = np.unique(np.linspace(0, len(history.snapshots) - 1, MOST_FRAMES).round().astype(int)).tolist()
    one = Task(
        task.name, task.forces[[sample]], task.loss[np.array([sample])], np.array([0]), np.empty(0, np.int64), {}
    )
    columns = history.epochs
    return {
        "stiffness": [history.snapshots[i].tolist() for i in chosen],
        "displacements": [room.displacements(model, one, history.snapshots[i], network)[0].tolist() for i in chosen],
        "texts": [f"epoch {columns['epoch'][i]:g}, loss {columns['training_loss'][i]:.2e}" for i in chosen],
    }


def write_animation(
    folder: Path,
    name: str,
    ending: Ending,
    network: Network,
    shown: Mapping[str, Any],
    inputs: Mapping[str, Port] = NO_PORTS,
    outputs: Mapping[str, Port] = NO_PORTS,
) -> None:
    """Write the animation of one training into a run's folder, ``animations/NAME.gif`` or ``.mp4``.

    Args:
        folder: of the run.
        name: of the training.
        ending: what it is written as.
        network: the network, with the bounds of its stiffness.
        shown: what :func:`frames` gave.
        inputs: nodes that are pushed, by name.
        outputs: nodes that answer, by name.
    """
    (folder / ANIMATIONS).mkdir(exist_ok=True)
    U = np.array(shown["displacements"], dtype=np.float64)
    # A frame without an equilibrium is drawn at rest
    U = np.nan_to_num(U)
    animate(
        folder / ANIMATIONS / f"{name}.{ending}", network, np.array(shown["stiffness"]), U, shown["texts"],
        inputs=inputs, outputs=outputs, magnification=magnification(network, U),
    )  # fmt: skip
