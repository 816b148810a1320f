"""What a calibrated lattice predicts of measurements that it was not fitted to."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from femnn.measured.calibration.calibrated_lattice import CalibratedLattice
from femnn.measured.published import MeasuredDisplacements

type Floats = npt.NDArray[np.float64]


def displacements(
    calibrated: CalibratedLattice,
    values: Floats,
    force: Floats,
    ratios: Mapping[str, Floats],
    outputs: Sequence[tuple[int, int]],
) -> dict[str, Floats]:
    """Displacements of outputs before and after trainings, by the name of the training.

    A training changes widths; each is that of the calibrated lattice times the ratio that the training has found.

    Args:
        calibrated: the lattice.
        values: its parameters, shape (n,).
        force: the load (N), shape (N, d); it hangs as the forward load does.
        ratios: stiffness of each bond over that of the network, shape (B,), by name.
        outputs: label and component of each displacement.

    Raises:
        ConvergenceError: the model has no stable equilibrium under the load.
    """
    at = [(calibrated.network.index(node), component) for node, component in outputs]
    found = {}
    for name, ratio in ratios.items():
        moved = calibrated.state(values, force, "forward-angle", ratio).displacements
        found[name] = np.array([moved[place] for place in at])
    return found


def weighted_error(computed: Mapping[str, Floats], measured: Mapping[str, MeasuredDisplacements]) -> float:
    """Root of the mean square of (computed − measured)/deviation over all displacements.

    Where it is not known which node is which, a measurement is taken in the order that is nearer.

    Args:
        computed: displacements (m), by experiment.
        measured: the measured ones, of the same experiments and perhaps more.
    """
    scores = [measured[name].in_order_of(moved).scores(moved) for name, moved in computed.items()]
    return float(np.sqrt(np.mean(np.square(scores))))
