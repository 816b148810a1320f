"""What studies of classification draw alike: curves of training and test, confusion matrices, fields of a sample."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.network.network import Network
from femnn.network.port import Port
from femnn.report.colours import COLOURS
from femnn.report.curves import SeededCurve, by_seed, training_panel
from femnn.report.example_fields import fields_figure
from femnn.report.figure import Figure, Panel
from femnn.report.marks import Confusion
from femnn.study.points import Point
from femnn.study.results import Results
from femnn.training.tasks import Input, Output

PARTS = {"training": COLOURS[0], "test": COLOURS[1]}
"""Parts of the samples with their colours."""
SEEDS = "Lines: means over the seeds; thin lines and bands: the seeds."

DEPTH = 1e-9
"""Share of the largest loss at which a diagram of losses ends."""

type Counts = npt.NDArray[np.int64]


def training_and_test(history: pd.DataFrame, what: str, factor: float = 1.0) -> list[SeededCurve]:
    """Return curves of the training and of the test samples against the epochs, as far as there are values.

    Args:
        history: with columns "seed", "epoch", and ``training_{what}`` and ``test_{what}``.
        what: "loss" or a metric, as "accuracy".
        factor: on the values.
    """
    curves = (by_seed(history, f"{part}_{what}", part, colour, factor) for part, colour in PARTS.items())
    return [curve for curve in curves if curve is not None]


def deep_limits(curves: Sequence[SeededCurve]) -> tuple[float, float]:
    """Return limits of a logarithmic axis of losses, so that one that ends at rounding leaves room for the others."""
    means = np.concatenate([curve.mean for curve in curves])
    largest = float(np.nanmax(means))
    return max(DEPTH * largest, 0.3 * float(means[means > 0].min())), 3 * largest


def training_figure(name: str, title: str, history: pd.DataFrame, caption: str = SEEDS) -> Figure | None:
    """Return a figure of accuracy and loss of the training and the test samples; None where there are none.

    Args:
        name: of the file.
        title: of the figure.
        history: as for :func:`training_and_test`.
        caption: what is drawn.
    """
    shown = {
        "accuracy": (training_and_test(history, "accuracy", 100), "classified correctly (%)"),
        "loss": (training_and_test(history, "loss"), "loss"),
    }
    panels = [training_panel(curves, label, what) for what, (curves, label) in shown.items() if curves]
    return Figure(name, title, caption, [panels], (5.25 * len(panels), 3.6)) if panels else None


def summed[Key: Hashable](matrices: Iterable[tuple[Key, npt.ArrayLike]]) -> dict[Key, Counts]:
    """Return confusion matrices summed, as over seeds, by what they are of; those without samples are left out."""
    sums: dict[Key, Counts] = {}
    for key, matrix in matrices:
        sums[key] = sums.get(key, 0) + np.asarray(matrix, dtype=np.int64)
    return {key: counts for key, counts in sums.items() if counts.any()}


def confusion_figure(
    name: str,
    title: str,
    matrices: Mapping[str, npt.ArrayLike],
    classes: Sequence[str],
    caption: str = "Test samples of all seeds.",
) -> Figure | None:
    """Return a figure of confusion matrices side by side; None where there are none.

    Args:
        name: of the file.
        title: of the figure.
        matrices: by the heading of the panel.
        classes: names of the classes.
        caption: what is drawn.
    """
    panels = [Panel([Confusion(counts=counts, classes=classes)], heading) for heading, counts in matrices.items()]
    return Figure(name, title, caption, [panels], (3.9 * len(panels), 3.6)) if panels else None


def sample_figure(name: str, where: str, network: Network, example: Mapping[str, Any], caption: str) -> Figure | None:
    """Return a figure of the fields of a sample; None where its loss sets no adjoint force.

    Args:
        name: of the file.
        where: in which network, the end of the title.
        network: the network.
        example: what :func:`femnn.training.examples.example` returns.
        caption: what else is to be said.
    """
    title = f"Forward and adjoint field of a sample of {example['class']}{where}"
    told = "True elongation of every bond, red for longer. The adjoint force is the error of the outputs."
    return fields_figure(title, f"{caption} {told}", network, example, name)


def port_marks(
    inputs: Sequence[Input], outputs: Sequence[Output], dimension: int
) -> tuple[dict[str, Port], dict[str, Port]]:
    """Return inputs and outputs of a task by the names by which they are marked on a lattice.

    Args:
        inputs: "feature 1" and so on, or "force" where there is one.
        outputs: "class 1" and so on, or the components where a node has several.
        dimension: of the network.
    """
    pushed = [f"feature {i}" for i in range(1, len(inputs) + 1)] if len(inputs) > 1 else ["force"]
    distinct = len({output.node for output in outputs}) == len(outputs)
    read = [f"class {i}" if distinct else f"u{o.component} of {o.node}" for i, o in enumerate(outputs, 1)]
    return (
        {name: port.port(dimension) for name, port in zip(pushed, inputs, strict=True)},
        {name: port.port(dimension) for name, port in zip(read, outputs, strict=True)},
    )


def first_seeds(results: Results, having: str, *keys: str) -> Iterator[tuple[Point, dict[str, Any]]]:
    """Return the first point of each kind that has a value, with all its values.

    Args:
        results: of the run.
        having: name of the value.
        keys: of points, which tell the kinds apart.
    """
    shown = set()
    for point, values in results:
        kind = tuple(point.get(key) for key in keys)
        if having in values and kind not in shown:
            shown.add(kind)
            yield point, values
