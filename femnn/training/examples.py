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
    return sample_fields(solver, samples, task, history.stiffness, history.displacements, adjoint_force)


def sample_fields(
    solver: Equilibrium,
    samples: Samples,
    task: Task,
    stiffness: Floats,
    displacements: Floats,
    adjoint_force: RelativeForce | None,
) -> dict[str, Any]:
    """Return what :func:`example` does, of a network that was trained before.

    Args:
        solver: of the network.
        samples: the data.
        task: the classification.
        stiffness: k of the trained network (N/m), shape (B,).
        displacements: U of all samples (m), shape (n, N, d), by which those with an answer are known.
        adjoint_force: as for :func:`example`.
    """
    answered = np.isfinite(displacements[task.training]).all(axis=(1, 2))
    if not answered.any():
        return {}
    sample = int(task.training[np.argmax(answered)])
    state = solver.forward(task.forces[sample], None, task.moved(sample), stiffness)
    force = -task.loss[sample].derivative(state.displacements)
    size = float(np.linalg.norm(force))
    force *= applied_force(solver, state, force, adjoint_force) / size if size > 0 else 0.0
    return {
        "class": samples.classes[int(samples.labels[sample])],
        "force": task.forces[sample].tolist(),
        "adjoint_force": force.tolist(),
        "forward": state.displacements.tolist(),
        "adjoint": solver.response(state, [force])[0].tolist(),
    }
