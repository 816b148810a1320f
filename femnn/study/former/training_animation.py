"""Animations of trainings, which studies of learning write into their run's folder on request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from femnn.config.file_names import file_name
from femnn.report.animation import animate
from femnn.study.former.study import Point, Run
from femnn.study.run_folder import ANIMATIONS, clear_folder

REPETITIONS = ("seed", "run")
"""Keys of points that tell repetitions of one kind of training apart; the first is animated."""


def write_animations(run: Run, ending: str, folder: Path) -> None:
    """Write ``animations/NAME.gif`` or ``.mp4`` for the first training of each kind: k of every bond as it is trained.

    Trainings of a network with other bonds, as one that is damaged, are left out.

    Args:
        run: of a study of learning.
        ending: gif or mp4.
        folder: of the run.
    """
    clear_folder(folder / ANIMATIONS, "*.gif", "*.mp4")
    (folder / ANIMATIONS).mkdir(exist_ok=True)
    drawn = set()
    for point, outcome in run.outcomes:
        kind = {key: value for key, value in point.items() if key not in REPETITIONS and value is not None}
        for path, snapshots in _snapshots(outcome.data):
            name = "-".join(str(part) for part in (*kind.values(), *path))
            k = np.array(snapshots["stiffness"])
            if name in drawn or k.shape[1] != len(run.network.bonds):
                continue
            drawn.add(name)
            animate(
                folder / ANIMATIONS / f"{file_name(name)}.{ending}",
                run.network,
                k,
                texts=snapshots["texts"],
                bounds=_bounds(run, k),
            )


def _bounds(run: Run, k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the stiffness, wider where a variant of the study has trained beyond those of the network."""
    lower, upper = run.network.stiffness_bounds
    return np.minimum(lower, k.min(axis=0)), np.maximum(upper, k.max(axis=0))


def _snapshots(data: Point, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """All snapshots in an outcome, with the keys that lead to them except for that of the training itself."""
    for key, value in data.items():
        if key == "snapshots":
            yield path, value
        elif isinstance(value, dict):
            yield from _snapshots(value, path if key == "history" else (*path, key))
        elif isinstance(value, list):
            for i, item in enumerate(value):
                if isinstance(item, dict):
                    yield from _snapshots(item, (*path, key, str(i + 1)))
