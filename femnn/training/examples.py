"""What a trained network tells of the samples, and the two fields of one of them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.insitu.reference_loads import applied_force
from femnn.insitu.relative_loads import RelativeForce
from femnn.solving.equilibrium import Equilibrium
from femnn.training.history import History
from femnn.training.task import Task
from femnn.training.tasks.classification import predicted
from femnn.training.tasks.samples import Samples

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


def confusion(samples: Samples, task: Task, displacements: Floats, part: Integers | None = None) -> list[list[int]]:
    """Samples by their class (rows) and the class that is told (columns), without those that have no answer.

    Args:
        samples: the data.
        task: the classification.
        displacements: U of all samples (m), shape (n, N, d).
        part: indices of the samples that count; the test samples where None.
    """
    counted = task.test if part is None else part
    answered = counted[np.isfinite(displacements[counted]).all(axis=(1, 2))]
    matrix = np.zeros((len(samples.classes), len(samples.classes)), dtype=np.int64)
    np.add.at(matrix, (samples.labels[answered], predicted(displacements[answered], task.loss.reads)), 1)
    return [[int(count) for count in row] for row in matrix]


def example(
    solver: Equilibrium, samples: Samples, task: Task, history: History, adjoint_force: RelativeForce | None
) -> dict[str, Any]:
    """Forward and adjoint field of the first training sample that has an answer; nothing where none has.

    Args:
        solver: of the network.
        samples: the data.
        task: the classification.
        history: what the network was trained to.
        adjoint_force: norm of the adjoint force (N), or as a share; what is usual on the network where None.
    """
    answered = np.isfinite(history.displacements[task.training]).all(axis=(1, 2))
    if not answered.any():
        return {}
    sample = int(task.training[np.argmax(answered)])
    fields = sample_fields(solver, task, history.stiffness, sample, adjoint_force, gradient=False)
    return {
        "class": samples.classes[int(samples.labels[sample])],
        **{name: values.tolist() for name, values in fields.items()},
    }


def sample_fields(
    solver: Equilibrium,
    task: Task,
    stiffness: Floats,
    sample: int | None = None,
    adjoint_force: RelativeForce | None = None,
    as_asked: bool = False,
    gradient: bool = True,
) -> dict[str, Floats]:
    """Return the forward and the adjoint field of one sample.

    Args:
        solver: of the network.
        task: what the network learns.
        stiffness: k (N/m), shape (B,).
        sample: index of the sample; where None, the training sample with the largest load.
        adjoint_force: norm of the adjoint force (N), or as a share; what is usual on the network where None.
        as_asked: whether the adjoint force is what the loss asks for, of whatever norm.
        gradient: whether the gradient is wanted, too.

    Returns:
        "force" and "adjoint_force" (N), "forward" and "adjoint" displacements (m), shape (N, d) each, and "gradient",
        the exact dL/dk, shape (B,).

    Raises:
        ConvergenceError, InstabilityError: the sample has no stable equilibrium.
    """
    if sample is None:
        sample = int(task.training[np.linalg.norm(task.forces[task.training], axis=(1, 2)).argmax()])
    solver.structure.set_stiffness(stiffness)
    state = solver.forward(task.forces[sample], None, task.moved(sample))
    derivative = task.loss[sample].derivative(state.displacements)
    force, size = -derivative, float(np.linalg.norm(derivative))
    if size > 0 and not as_asked:
        force *= applied_force(solver, state, force, adjoint_force) / size
    found = {
        "force": task.forces[sample],
        "adjoint_force": force,
        "forward": state.displacements,
        "adjoint": solver.response(state, [force])[0],
    }
    return found | ({"gradient": solver.gradient(state, derivative)} if gradient else {})
