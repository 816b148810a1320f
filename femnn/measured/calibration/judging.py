"""What a calibrated lattice predicts of measurements that it was not fitted to."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from femnn.measured.calibration.calibrated_lattice import CalibratedLattice
from femnn.measured.comparison.pushed_outputs import Push
from femnn.measured.published import MeasuredDisplacements

type Floats = npt.NDArray[np.float64]


def displacements(calibrated: CalibratedLattice, values: Floats, pushes: Mapping[str, Push]) -> dict[str, Floats]:
    """Displacements of outputs before and after trainings (m), by the name of the experiment.

    A training changes widths; each is that of the calibrated lattice times the ratio that the training has found.

    Args:
        calibrated: the lattice.
        values: its parameters, shape (n,).
        pushes: by name; they hang as the forward load does.

    Raises:
        ConvergenceError: the model has no stable equilibrium under a load.
    """
    stated = calibrated.network.stiffness
    return {
        name: push.read(calibrated.state(values, push.force, "forward-angle", push.stiffness / stated).displacements)
        for name, push in pushes.items()
    }


def weighted_error(computed: Mapping[str, Floats], measured: Mapping[str, MeasuredDisplacements]) -> float:
    """Root of the mean square of (computed − measured)/deviation over all displacements.

    Where it is not known which node is which, a measurement is taken in the order that is nearer.

    Args:
        computed: displacements (m), by experiment.
        measured: the measured ones, of the same experiments and perhaps more.
    """
    scores = [measured[name].in_order_of(moved).scores(moved) for name, moved in computed.items()]
    return float(np.sqrt(np.mean(np.square(scores))))
