"""The forward and the adjoint field of one sample of a task, whose product is the gradient."""

import numpy as np
import numpy.typing as npt

from femnn.insitu.reference_loads import applied_force
from femnn.insitu.relative_loads import RelativeForce
from femnn.solving.equilibrium import Equilibrium
from femnn.training.task import Task

type Floats = npt.NDArray[np.float64]


def adjoint_fields(
    solver: Equilibrium,
    task: Task,
    stiffness: Floats,
    sample: int | None = None,
    adjoint_force: RelativeForce | None = None,
    as_asked: bool = False,
) -> dict[str, Floats]:
    """Return the forward and the adjoint field of one sample.

    Args:
        solver: of the network.
        task: what the network learns.
        stiffness: k (N/m), shape (B,).
        sample: index of the sample; where None, the training sample with the largest load.
        adjoint_force: norm of the adjoint force (N), or as a share; what is usual on the network where None.
        as_asked: whether the adjoint force is what the loss asks for, of whatever norm.

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
    return {
        "force": task.forces[sample],
        "adjoint_force": force,
        "forward": state.displacements,
        "adjoint": solver.response(state, [force])[0],
        "gradient": solver.gradient(state, derivative),
    }
