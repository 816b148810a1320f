"""Small data of a new project, made so that its network can learn them: to be overwritten by one's own."""

import numpy as np
import numpy.typing as npt

from femnn.insitu.scales import rounded
from femnn.projects.project_ports import Sized

type Floats = npt.NDArray[np.float64]

SAMPLES, STEPS = 40, 11
"""Samples of the classification; forces of the regression."""
CLEAR = 0.02
"""Least share by which the outputs of a sample that is kept differ."""
CLASSES = ("long", "short")
"""In the order of the outputs, which is that of their names."""
UNITS = ("length_mm", 60.0), ("mass_g", 12.0)
"""Features, and the size of each at its largest."""


def classes_table(sized: Sized, seed: int = 0) -> str | None:
    """Return samples of two classes as CSV: those that a network with other widths would tell apart.

    None where it has not two inputs, or puts all samples into one class.
    """
    before, taught = (found[:2, :2] for found in sized.at_inputs)
    if taught.shape != (2, 2):
        return None
    shares = np.random.default_rng(seed).uniform(0.15, 1.0, (60 * SAMPLES, 2))
    first, second = np.abs(taught @ shares.T)
    clear = np.abs(first - second) > CLEAR * np.maximum(first, second)
    label = (second > first).astype(int)
    # A third are such as the network takes for the other class as it is: there is something to be learnt
    own = np.abs(before @ shares.T)
    wrong = (own[1] > own[0]) != label
    kept = [
        [*np.flatnonzero(clear & wrong & (label == kind))[: SAMPLES // 6],
         *np.flatnonzero(clear & ~wrong & (label == kind))][: SAMPLES // 2]
        for kind in (0, 1)
    ]  # fmt: skip
    if min(map(len, kept)) < SAMPLES // 2:
        return None
    rows = [",".join([*(name for name, _ in UNITS), "kind"])]
    for sample in np.sort(np.concatenate(kept)):
        cells = [f"{share * size:.2f}" for share, (_, size) in zip(shares[sample], UNITS, strict=True)]
        rows.append(",".join([*cells, CLASSES[label[sample]]]))
    return "\n".join(rows) + "\n"


def displacements_table(sized: Sized) -> str:
    """Return forces on the first input and the displacements that are wanted of the outputs (m), as CSV."""
    wanted = [rounded(float(value)) for value in sized.taught[:, 0]]
    rows = [",".join(["force_n", *(f"output_{number}_m" for number in range(1, len(wanted) + 1))])]
    # Even steps would look like numbers of the rows
    for share in np.sin(np.linspace(-np.pi / 2, np.pi / 2, STEPS)):
        values = [share * sized.force, *(share * value for value in wanted)]
        rows.append(",".join(f"{value:.6g}" for value in values))
    return "\n".join(rows) + "\n"
